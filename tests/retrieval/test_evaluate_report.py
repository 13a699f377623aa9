"""The page: self-contained, escaped, well-formed, and with everything on it."""

from html.parser import HTMLParser

import pytest

from retrieval.evaluate.charts import Line, bars, lines
from retrieval.evaluate.outcomes import Report
from retrieval.evaluate.report import page, rank_histogram
from retrieval.evaluate.run import measure
from tests.retrieval.evaluation import WordSearcher, small_set


class Page(HTMLParser):
    """What a browser would make of it, as far as it matters here."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.fixture
async def report() -> Report:
    data = small_set()
    return await measure(data, WordSearcher(data.documents), passages=6)


async def test_nothing_runs_and_nothing_is_fetched(report: Report) -> None:
    html = page(report)
    parsed = Page(html)
    names = {name for name, _ in parsed.tags}
    assert not names & {"script", "link", "img", "iframe", "object", "b"}
    for _, attributes in parsed.tags:
        assert not {"src", "href"} & attributes.keys()
        assert not any(name.startswith("on") for name in attributes)
    assert "url(" not in html
    assert "@import" not in html


async def test_texts_of_the_data_set_are_escaped_and_whole(report: Report) -> None:
    html = page(report)
    assert "<script>alert" not in html
    assert "cows make wax &lt;b&gt;" in html
    assert "cows make wax <b>" in Page(html).words


async def test_failing_questions_come_with_what_was_returned_instead(report: Report) -> None:
    words = Page(page(report)).words
    assert "answered, though nothing answers it" in words
    assert "wrong first passage" in words
    assert "Returned from cows:" in words
    assert "bees at rank 2" in words
    assert "Quantum" not in words


async def test_there_are_three_charts_for_phones_and_the_dark(report: Report) -> None:
    html = page(report)
    assert [name for name, _ in Page(html).tags].count("svg") == 3
    assert "prefers-color-scheme: dark" in html
    assert "width=device-width" in html


async def test_ranks_are_counted(report: Report) -> None:
    labels, counts = rank_histogram(report.outcomes)
    assert dict(zip(labels, counts, strict=True)) == {
        **{str(rank): 0 for rank in range(3, 11)}, "1": 2, "2": 1, "later": 0, "none": 0
    }  # fmt: skip


async def test_without_failures_the_page_says_so(report: Report) -> None:
    good = [o for o in report.outcomes if not o.failed]
    clean = Report("small", 3, 6, report.metrics, report.answering, {}, tuple(good))
    assert "Failing questionsNone." in Page(page(clean)).words


async def test_the_page_does_without_answering_figures(report: Report) -> None:
    bare = Report("small", 3, 6, report.metrics, None, {}, report.outcomes)
    assert [name for name, _ in Page(page(bare)).tags].count("svg") == 1


def test_a_bar_is_as_high_as_its_count() -> None:
    drawn = Page(bars("t", ["a", "b"], [4, 2], x_label="x"))
    heights = [float(a["height"] or 0) for name, a in drawn.tags if name == "rect"]
    assert heights[0] == pytest.approx(2 * heights[1])


def test_bars_of_nothing_are_flat() -> None:
    drawn = Page(bars("t", ["a"], [0], x_label="x"))
    assert [a["height"] for name, a in drawn.tags if name == "rect"] == ["0.0"]


def test_lines_stay_within_the_drawing_and_names_are_escaped() -> None:
    html = lines(
        '"t" & co', [Line("<n>", "one", [(0, 0), (1, 1)], [3, 4])], x_label="<x>", y_label="y"
    )
    drawn = Page(html)
    (points,) = [a["points"] or "" for name, a in drawn.tags if name == "polyline"]
    for point in points.split():
        x, y = map(float, point.split(","))
        assert 0 <= x <= 480
        assert 0 <= y <= 280
    assert "&lt;n&gt;" in html
    assert "&lt;x&gt;" in html
    assert len([1 for name, _ in drawn.tags if name == "circle"]) == 2
