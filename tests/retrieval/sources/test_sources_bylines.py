"""Lines at the head of a text that say who wrote it and when."""

from __future__ import annotations

import pytest

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
    draft = markdown(f"# The bridge\n\n*By Mary Lang*\n\n12 March 2023\n\n{TEXT}")
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


def test_what_front_matter_says_goes_before() -> None:
    draft = markdown(f"---\nauthor: Jo Wit\n---\n# The bridge\n\nBy Mary Lang\n\n{TEXT}")
    assert (draft.author, draft.text) == ("Jo Wit", TEXT)
