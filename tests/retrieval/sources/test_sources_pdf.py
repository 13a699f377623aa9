"""PDFs are read as people read them: column by column, without what runs along."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Sequence

import paper
import pytest

from retrieval.errors import UnreadableError
from retrieval.sources import read_bytes
from retrieval.sources.pdf import pdf

LEFT = (
    "The committee met on Tuesday and agreed that the old bridge has to be rebuilt by spring. "
    "“Nobody in this town wants to wait any longer,” said the mayor, who had called the meeting. "
    "The work is expected to cost four million crowns, most of which the county is going to pay."
)
RIGHT = (
    "A first attempt had failed in 2014 when the builder went bankrupt after three months. "
    "Ferries will carry pedestrians over the river until then, every ten minutes, for nothing. "
    "Drivers have to take the motorway, which adds twenty minutes to the way to the harbour."
)
THIRD = (
    "The harbour master was not heard, as he had fallen ill on the evening before the meeting. "
    "His deputy said that no ship would have to wait for longer than the time of one tide. "
    "The council is going to decide on the matter in the first week of the month of December."
)
HEADLINE = "A new bridge is to be built over the river before the ships return in spring"


def column(text: str, x: int, y: int = 700, width: int = 44) -> list[paper.Placed]:
    return [(x, y - 12 * at, line) for at, line in enumerate(textwrap.wrap(text, width))]


def by_rows(*columns: Sequence[paper.Placed]) -> list[paper.Placed]:
    return sorted((each for one in columns for each in one), key=lambda each: (-each[1], each[0]))


def read(*pages: Sequence[paper.Placed]) -> list[str]:
    return read_bytes(paper.placed_pdf(pages, title="Bridges"), "a.pdf").text.split("\n\n")


@pytest.mark.parametrize("mixed", [True, False])
def test_columns_are_read_one_after_the_other(mixed: bool) -> None:
    columns = column(LEFT, 60), column(RIGHT, 320)
    placed = by_rows(*columns) if mixed else [*columns[0], *columns[1]]
    assert read([(60, 740, HEADLINE), *placed]) == [HEADLINE, LEFT, RIGHT]


def test_three_columns_are_read_one_after_the_other() -> None:
    placed = by_rows(
        column(LEFT, 40, width=30), column(RIGHT, 220, width=30), column(THIRD, 400, width=30)
    )
    assert read(placed) == [LEFT, RIGHT, THIRD]


def test_a_heading_over_the_columns_parts_what_is_above_and_below() -> None:
    above = by_rows(column(LEFT, 60), column(RIGHT, 320))
    below = by_rows(column(THIRD, 60, 500), column(LEFT, 320, 500))
    heading = [(60, 540, HEADLINE)]
    assert read([*above, *heading, *below]) == [LEFT, RIGHT, HEADLINE, THIRD, LEFT]


def test_what_runs_along_is_left_out_of_columns_too() -> None:
    pages = [
        [
            (60, 770, "The Courier"), (480, 770, f"May {number}, 2019"),
            *by_rows(column(one, 60), column(other, 320)), (300, 30, f"{number}"),
        ]
        for number, (one, other) in enumerate([(LEFT, RIGHT), (THIRD, LEFT), (RIGHT, THIRD)], 1)
    ]  # fmt: skip
    assert read(*pages) == [LEFT, RIGHT, THIRD, LEFT, RIGHT, THIRD]


def test_a_table_is_read_by_rows() -> None:
    table = [
        (x, 500 - 12 * at, words)
        for at in range(8)
        for x, words in ((60, f"Bridge {at}"), (320, f"{at}00 metres"))
    ]
    text = "\n".join(read([*column(LEFT, 60, width=90), *table]))
    assert "Bridge 3 300 metres" in " ".join(text.split())


def test_words_cut_at_the_ends_of_lines_are_whole_again() -> None:
    lines = [
        "The commission agreed after a meeting of eleven hours that the recon-",
        "struction of the bridge is to begin in spring, with a well-known buil-",
        "der.",
    ]
    assert read([(60, 700 - 12 * at, line) for at, line in enumerate(lines)]) == [
        "The commission agreed after a meeting of eleven hours that the reconstruction of the "
        "bridge is to begin in spring, with a well-known builder."
    ]


def test_a_page_is_known_of_every_sentence() -> None:
    pages = [column(text, 60, width=80) for text in (LEFT, RIGHT, THIRD)]
    pages.insert(1, [])
    article = read_bytes(paper.placed_pdf(pages, title="Bridges"), "a.pdf")
    starts = article.page_starts
    assert len(starts) == 4
    assert article.text[starts[0] :].startswith(LEFT)
    assert article.text[starts[2] :].lstrip().startswith(RIGHT)
    assert article.text[starts[3] :].lstrip().startswith(THIRD)


def test_a_word_cut_over_an_empty_page_leaves_pages_in_order() -> None:
    article = read_bytes(
        paper.placed_pdf(
            [[(60, 700, "The recon-")], [], [(60, 700, "struction begins.")]], title="Bridges"
        ),
        "a.pdf",
    )
    assert article.text == "The reconstruction begins."
    assert list(article.page_starts) == sorted(article.page_starts)


FIGURES = [("Killed", "12"), ("Wounded", "40"), ("Missing", "7"), ("Total", "59")]


def table(y: int) -> list[paper.Placed]:
    return [
        (x, y - 14 * at, words)
        for at, row in enumerate(FIGURES)
        for x, words in zip((60, 300), row, strict=True)
    ]


@pytest.mark.parametrize("y", [770, 500])
def test_figures_at_the_edge_of_a_page_are_no_page_numbers(y: int) -> None:
    text = " ".join(read([*column(LEFT, 60, 650, width=90), *table(y)]))
    assert all(f"{name} {figure}" in text for name, figure in FIGURES)


def test_rows_of_figures_on_every_page_are_no_running_heads() -> None:
    pages = [
        [
            (x, 700 - 14 * at, f"{1900 + 7 * number * at + x}")
            for at in range(6)
            for x in (60, 200, 340)
        ]
        for number in (3, 5, 8)
    ]
    text = " ".join(read(*pages))
    assert all(words in text for page in pages for _, _, words in page)


def test_a_year_at_the_end_of_a_page_is_no_page_number() -> None:
    lines = [
        "The bridge was rebuilt, as the mayor had promised to everybody in the town, in",
        "2014",
    ]
    number = [(300, 30, "117")]
    assert read([*((60, 700 - 12 * at, each) for at, each in enumerate(lines)), *number]) == [
        " ".join(lines)
    ]


def test_a_page_number_close_to_the_text_is_known_by_counting_along() -> None:
    pages = [
        [*column(text, 60, width=80), (60, 664, f"{number}")]
        for number, text in enumerate((LEFT, RIGHT, THIRD), 7)
    ]
    assert read(*pages) == [LEFT, RIGHT, THIRD]


@pytest.mark.parametrize("y", [770, 30])
@pytest.mark.parametrize("number", ["i", "ii", "iv", "xii", "- xlix -", "Page lxiv"])
def test_a_page_number_in_roman_numerals_is_left_out(number: str, y: int) -> None:
    assert read([*column(LEFT, 60, width=80), (300, y, number)]) == [LEFT]


def test_roman_numbers_close_to_the_text_or_beside_a_running_head_are_known_by_counting() -> None:
    pages = [
        [(60, 712, "Preface"), (400, 712, number), *column(text, 60, width=80), (60, 664, number)]
        for number, text in zip(("viii", "ix", "x"), (LEFT, RIGHT, THIRD), strict=True)
    ]
    assert read(*pages) == [LEFT, RIGHT, THIRD]


@pytest.mark.parametrize("heading", ["I", "IV", "civil", "iiii", "vx", "mix"])
def test_a_chapter_s_number_and_a_word_of_such_letters_are_no_page_numbers(heading: str) -> None:
    text = " ".join(read([(300, 770, heading), *column(LEFT, 60, width=80)]))
    assert text == f"{heading} {LEFT}"


SENTENCES = [
    "The first page says that the bridge is old.",
    "The second page says that it has to go.",
    "The third page says what a new one costs.",
]


def test_no_more_pages_are_read_than_there_are() -> None:
    document = read_bytes(paper.pdf([[each] for each in SENTENCES], count=99_999), "a.pdf")
    assert len(document.page_starts) == len(SENTENCES)
    assert all(each in document.text for each in SENTENCES)


def test_a_damaged_page_hides_none_that_come_after_it() -> None:
    data = paper.pdf([[each] for each in SENTENCES])
    second = data.index(b"/Type /Page ", data.index(b"/Type /Page ") + 1)
    object_start = data.rindex(b" 0 obj\n", 0, second) + len(b" 0 obj\n")
    damaged = data[:object_start] + b"(" + data[object_start + 1 : second] + data[second:]
    end = damaged.index(b"\nendobj", second)
    damaged = damaged[: end - 1] + b")" + damaged[end:]
    document = read_bytes(damaged, "a.pdf")
    assert SENTENCES[0] in document.text
    assert SENTENCES[1] not in document.text
    assert SENTENCES[2] in document.text


def test_a_catalog_that_does_not_say_it_is_one_is_taken_for_one() -> None:
    data = paper.pdf([SENTENCES]).replace(b"/Type /Catalog", b"/Like /Catalog")
    assert SENTENCES[0] in read_bytes(data, "a.pdf").text


def test_a_catalog_that_is_nowhere_is_not_looked_for_in_a_million_objects() -> None:
    data = paper.pdf([SENTENCES]).replace(b"/Root 1 0 R", b"/Root 3 0 R")
    data = data.replace(b"/Type /Catalog", b"/Like /Catalog").replace(b"/Size 7", b"/Size 1000000")
    start = time.process_time()
    with pytest.raises(UnreadableError, match="damaged"):
        pdf(data)  # in this process, whose time can be told
    assert time.process_time() - start < 1
