"""Lines at the head of a text that say who wrote it and when."""

from __future__ import annotations

import pytest

from retrieval.sources import read_bytes
from retrieval.sources.plain import markdown, plain_text, split_byline

TEXT = "The bridge at Lindau was mended in May.\n\nIt has three arches."


@pytest.mark.parametrize(
    ("head", "author", "published"),
    [
        ("By Mary Lang\n\n12 March 2023\n\n", "Mary Lang", "2023-03-12"),
        ("BY MARY LANG\n", "MARY LANG", None),
        ("By Mary Lang and Jo de Wit | 12 March 2023\n\n", "Mary Lang and Jo de Wit", "2023-03-12"),
        ("Published on 3 May 2021\nBy A. B. O’Neill\n\n", "A. B. O’Neill", "2021-05-03"),
        ("Von Anna Berg\n\n3. Mai 2021\n\n", "Anna Berg", "2021-05-03"),
        ("2021-05-03\n\n", None, "2021-05-03"),
        ("By Mary Lang, 2 May 2024\n\n", "Mary Lang", "2024-05-02"),
        ("*By Mary Lang, May 2, 2024*\n\n", "Mary Lang", "2024-05-02"),
        ("By Mary Lang, Jo de Wit, updated 2 May 2024\n", "Mary Lang, Jo de Wit", "2024-05-02"),
        ("__By Mary Lang__\n\n_12 March 2023_\n\n", "Mary Lang", "2023-03-12"),
    ],
)
def test_a_byline_is_known_and_no_part_of_the_text(
    head: str, author: str | None, published: str | None
) -> None:
    assert split_byline(head + TEXT) == (author, published, TEXT)
    draft = plain_text(f"The bridge\n\n{head}{TEXT}")
    assert (draft.title, draft.author, draft.published) == ("The bridge", author, published)
    assert draft.text == TEXT


def test_so_it_is_in_markdown() -> None:
    for byline in ("*By Mary Lang*\n\n12 March 2023", "*By Mary Lang, 12 March 2023*"):
        draft = markdown(f"# The bridge\n\n{byline}\n\n{TEXT}")
        assert (draft.title, draft.author, draft.published, draft.text) == (
            "The bridge",
            "Mary Lang",
            "2023-03-12",
            TEXT,
        )


@pytest.mark.parametrize(
    "head",
    [
        "By the sea\n\n",
        "By Sea and by Land\n\n",
        "By Monday it had rained.\n\n",
        "2016\n\n",
        "1914 – 1918\n\n",
        "In 2016 it rained.\n\n",
        "Lindau, 12 March 2023 – The town voted.\n\n",
        "By the sea, 12 March 2023\n\n",
        "By Sea and by Land, 1914\n\n",
        "By Mary Lang, 45 March 2023\n\n",
        "*By the sea*\n\n",
        "",
    ],
)
def test_other_lines_stay(head: str) -> None:
    assert split_byline(head + TEXT) == (None, None, head + TEXT)


def test_a_text_without_a_title_or_with_nothing_else_is_left_as_it_is() -> None:
    assert plain_text("By Mary Lang\nthe bridge was mended.").author is None
    assert split_byline("By Mary Lang\n\n12 March 2023") == (
        "Mary Lang",
        None,
        "12 March 2023",
    )


@pytest.mark.parametrize("byline", ["By Jane Doe\n", "By Jane Doe\n\n", "*By Jane Doe*\n\n"])
def test_the_line_below_a_byline_is_the_title(byline: str) -> None:
    for more, published in (("", None), ("12 March 2023\n\n", "2023-03-12")):
        draft = plain_text(f"{byline}The bridge is mended\n\n{more}{TEXT}")
        assert (draft.title, draft.author) == ("The bridge is mended", "Jane Doe")
        assert (draft.published, draft.text) == (published, TEXT)


@pytest.mark.parametrize("title", ["By Royal Command", "By Jane Doe", "By the sea"])
def test_a_first_line_with_only_the_text_below_it_stays_the_title(title: str) -> None:
    draft = plain_text(f"{title}\n\n{TEXT}")
    assert (draft.title, draft.author, draft.text) == (title, None, TEXT)


@pytest.mark.parametrize(
    ("start", "published"),
    [
        ("Lilongwe, 9 August 2023 - The", "2023-08-09"),
        ("Lilongwe, Malawi, 9 August 2023 – The", "2023-08-09"),
        ("LONDON, March 14, 2024 — “The", "2024-03-14"),
        ("14 March 2024 - The", "2024-03-14"),
        ("2024-03-14: The", None),
        ("12 April 1961: The", None),
        ("Hiroshima, 6 August 1945 — The", None),
        ("14 March 2024 – a Thursday – the", None),
        ("9 August 2023 – 14 August 2023 was when the", None),
        ("August 9, 2023 – August 14, 2023 was when the", None),
        ("On 14 March 2024 - The", None),
        ("14 March - The", None),
        ("2024 - The", None),
        ("32 March 2024 - The", None),
        ("the town, 9 August 2023 - The", None),
        ("Room 9, 9 August 2023 - The", None),
        ("9 August 2023 The", None),
    ],
)
def test_a_report_that_begins_with_its_date_was_published_then(
    start: str, published: str | None
) -> None:
    text = f"{start} bridge was mended.\n\nIt has three arches."
    read = read_bytes(f"The bridge\n\n{text}".encode(), "a.txt")
    assert (read.published, read.text) == (published, text)
    assert read_bytes(f"# The bridge\n\n{text}".encode(), "a.md").published == published


def test_a_date_that_is_known_is_not_taken_from_there() -> None:
    text = f"The bridge\n\nBy Mary Lang, 12 March 2023\n\nLindau, 9 August 2021 - {TEXT}"
    assert read_bytes(text.encode(), "a.txt").published == "2023-03-12"
    later = f"The bridge\n\n{TEXT}\n\nLindau, 9 August 2021 - The town voted."
    assert read_bytes(later.encode(), "a.txt").published is None


def test_what_front_matter_says_goes_before() -> None:
    draft = markdown(f"---\nauthor: Jo Wit\n---\n# The bridge\n\nBy Mary Lang\n\n{TEXT}")
    assert (draft.author, draft.text) == ("Jo Wit", TEXT)
