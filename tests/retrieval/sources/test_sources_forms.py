"""A page in its forms for print and for phones: one article where both say the same, else two."""

from __future__ import annotations

from pathlib import Path

import pytest

from retrieval.library import Library
from retrieval.sources.forms import plain
from retrieval.sources.links import Links
from retrieval.sources.web import fetch_article
from tests.fakes import WordEmbedder
from tests.retrieval.newspaper import Newspaper, page, printed, reading
from tests.retrieval.sources.test_sources_web import CANONICAL, served, settings

STORY = page(1)
PRINTED = STORY.replace(
    "</article>", "<p>Printed by a reader of the Mill on a Sunday.</p></article>"
)
OTHER = page(2).replace("sacks of rye", "loads of barley").replace("weavers", "bargemen")
"""On another subject than STORY, in sentences of the same build."""
ON_PRINTING = "".join(
    f"<p>Press {n} inks its type at dawn, and {n * 31} sheets hang on lines across the hall.</p>"
    for n in range(12)
)
ON_PRINTING = (
    f"<html><title>Printing</title><article><h1>Printing</h1>{ON_PRINTING}</article></html>"
)
FORMS = [
    "/story/print",
    "/story/print/",
    "/story/Print.html",
    "/story/printable",
    "/story/print-version",
    "/print/story",
    "/printer-friendly/story",
    "/story-print",
    "/story/amp",
    "/story/amp/",
    "/amp/story",
    "/story.amp",
]


@pytest.mark.parametrize("path", FORMS)
async def test_a_form_that_says_the_same_is_the_page_itself(path: str) -> None:
    async with served() as site:
        for each in ("/story", "/story/"):
            site.text(each, STORY)
        site.text(path, PRINTED)
        article = await fetch_article(site.at(path), settings())
        assert article.identity == article.url
        assert article.identity.rstrip("/") == site.at("/story")
        assert "on a Sunday" not in article.text


@pytest.mark.parametrize("path", ["/story.amp.html", "/story.print.html", "/story_print.html"])
async def test_endings_of_names_are_known_too(path: str) -> None:
    async with served() as site:
        site.text("/story.html", STORY)
        site.text(path, STORY)
        assert (await fetch_article(site.at(path), settings())).url == site.at("/story.html")


async def test_a_host_for_phones_is_known_too() -> None:
    async def here(_: str, __: int) -> list[str]:
        return ["127.0.0.1"]

    async with served() as site:
        site.text("/story", STORY)
        for host, page_of in (("amp.news.example", "news.example"), ("amp.example", "amp.example")):
            asked = f"http://{host}:{site.port}/story"
            article = await fetch_article(asked, settings(), resolve=here)
            assert article.identity == f"http://{page_of}:{site.port}/story"


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("other", [OTHER, ON_PRINTING, None])
async def test_what_says_something_else_is_an_article_of_its_own(
    path: str, other: str | None
) -> None:
    """One about printing, say, below one about something else, or where there is none."""
    async with served() as site:
        if other:
            for each in ("/story", "/story/"):
                site.text(each, other)
        site.text(path, STORY)
        article = await fetch_article(site.at(path), settings())
        assert article.identity == article.url == site.at(path)
        assert "sacks of rye" in article.text


async def test_all_pages_of_a_story_are_not_taken_for_its_first() -> None:
    whole = STORY.replace("</article>", page(2).partition("</h1>")[2].replace("rye", "barley"))
    async with served() as site:
        site.text("/story", STORY)
        site.text("/story/print", whole)
        article = await fetch_article(site.at("/story/print"), settings())
        assert article.identity == site.at("/story/print")
        assert "barley" in article.text


async def test_what_a_page_calls_itself_is_not_looked_for_elsewhere() -> None:
    async with served() as site:
        site.text("/story/print", PRINTED.replace("<head>", f"<head>{CANONICAL.format('/read/7')}"))
        article = await fetch_article(site.at("/story/print"), settings())
        assert article.identity == site.at("/read/7")
        assert "/story" not in site.asked


async def test_a_plain_page_that_may_not_be_read_is_left_alone() -> None:
    async with served() as site:
        site.text("/robots.txt", "User-agent: *\nDisallow: /story$")
        site.text("/story", STORY)
        site.text("/story/print", PRINTED)
        article = await fetch_article(site.at("/story/print"), settings())
        assert article.identity == site.at("/story/print")
        assert site.asked == ["/robots.txt", "/story/print"]


@pytest.mark.parametrize("first", ["/story/1", "/story/1/print"])
async def test_a_library_has_it_once_in_whatever_order_it_comes(tmp_path: Path, first: str) -> None:
    async with printed(1) as paper:
        paper.pages["/story/1/print"] = PRINTED
        second = "/story/1" if first.endswith("print") else "/story/1/print"
        async with Library(reading(tmp_path), open_embedder=lambda _: WordEmbedder()) as library:
            assert await _added(library, paper, first) == [(1, "added")]
            assert await _added(library, paper, second) == [(1, "unchanged")]


async def test_a_library_has_both_where_they_differ(tmp_path: Path) -> None:
    async with printed(1) as paper:
        paper.pages["/story/1/print"] = ON_PRINTING
        async with Library(reading(tmp_path), open_embedder=lambda _: WordEmbedder()) as library:
            told = await _added(library, paper, "/story/1", "/story/1/print", "/story/1")
            assert told == [(1, "added"), (2, "added"), (1, "unchanged")]


async def _added(library: Library, paper: Newspaper, *paths: str) -> list[tuple[int | None, str]]:
    with Links(library.settings) as links:
        readings = links.read([paper.at(path) for path in paths])
        return [(each.article_id, each.status) async for each in library.add_all(readings)]


@pytest.mark.parametrize(
    "url",
    [
        "https://news.example/",
        "https://news.example/print",
        "https://news.example/print/",
        "https://news.example/amp?id=7",
        "https://amp.news.example/",
        "https://print.example/story",
        "https://news.example/blueprint",
        "https://news.example/printing/story",
        "https://news.example/stamp/story",
        "https://news.example/story?about=print",
    ],
)
def test_what_looks_like_no_form_costs_no_second_look(url: str) -> None:
    assert plain(url) is None
