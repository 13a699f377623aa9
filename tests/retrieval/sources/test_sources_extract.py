"""Reading pages: what is the article's is kept, block by block, and the rest is left."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.errors import EmptyError, SourceError
from retrieval.sources import read_bytes

SENTENCES = (
    "The committee met on Tuesday and agreed that the old bridge has to be rebuilt by spring.",
    "“Nobody in this town wants to wait any longer,” said the mayor, who had called the meeting.",
    "The work is expected to cost four million crowns, most of which the county is going to pay.",
    "A first attempt had failed in 2014 when the builder went bankrupt after only three months.",
    "Ferries will carry pedestrians over the river until then, every ten minutes and for nothing.",
    "Drivers have to take the motorway, which adds about twenty minutes to the way to the harbour.",
)


def paragraphs(count: int = 6) -> str:
    return "".join(f"<p>{sentence} {sentence}</p>" for sentence in SENTENCES[:count])


def read(body: str, head: str = "<title>A new bridge | The Courier</title>") -> str:
    page = f"<!doctype html><html lang=en><head>{head}</head><body>{body}</body></html>"
    return read_bytes(page.encode(), "page.html").text


CHROME = '<header><nav><ul><li><a href="/">Home</a><li><a href="/s">Sport</a></ul></nav></header>'
RELATED = (
    '<aside class="related"><h3>More stories</h3><ul>'
    + "".join(f'<li><a href="/{n}">Another story, number {n}</a></li>' for n in range(8))
    + "</ul></aside>"
)
COMMENTS = (
    '<div id="comments"><h3>Comments</h3>'
    + "".join(f'<div class="comment"><p>I think this is bad, user {n}.</p></div>' for n in range(5))
    + "</div>"
)
FOOTER = "<footer><p>© 2019 The Courier. All rights reserved.</p></footer>"


def test_only_the_article_is_kept_of_a_page() -> None:
    text = read(
        f'{CHROME}<article><h1>A new bridge</h1><div class="article-body">{paragraphs()}</div>'
        f"</article>{RELATED}{COMMENTS}{FOOTER}"
    )
    assert text.split("\n\n") == [f"{sentence} {sentence}" for sentence in SENTENCES]


def test_headings_lists_and_quotes_are_blocks_of_their_own() -> None:
    text = read(
        f"{CHROME}<article><h1>A new bridge</h1>{paragraphs(3)}<h2>What is planned</h2>"
        f"<ul><li>{SENTENCES[3]}</li><li>{SENTENCES[4]}</li></ul>"
        f"<blockquote>{SENTENCES[5]}</blockquote>{paragraphs(2)}</article>{FOOTER}"
    )
    blocks = text.split("\n\n")
    assert blocks[3:7] == ["What is planned", SENTENCES[3], SENTENCES[4], SENTENCES[5]]


def test_words_are_those_of_the_page() -> None:
    text = read(
        f"<article>{paragraphs(3)}<p>The <b>mayor</b> of <a href=/x>Ash&shy;ton</a>, <i>Jane\n"
        f"Doe</i>,&nbsp;said&#8239;so.<br>Twice in one week of May.</p>{paragraphs(2)}</article>"
    )
    assert "The mayor of Ashton, Jane Doe, said so.\nTwice in one week of May." in text


def test_what_cannot_be_seen_is_not_read() -> None:
    hidden = "".join(
        f"<p {how}>The secret word of {how.split('=')[0]} is xylophone, and nobody can see it.</p>"
        for how in ("hidden", 'style="display: none"', 'aria-hidden="true"')
    )
    text = read(f"<article>{paragraphs(3)}{hidden}<script>xylophone</script></article>")
    assert "xylophone" not in text
    assert text.count("\n\n") == 2


def test_a_row_of_a_table_is_one_line() -> None:
    rows = "".join(
        f"<tr><td>Bridge {n}</td><td>{n}00 metres</td><td>built in 19{n}0</td></tr>"
        for n in range(1, 6)
    )
    text = read(f"<article>{paragraphs(4)}<table>{rows}</table>{paragraphs(2)}</article>")
    assert "Bridge 1 | 100 metres | built in 1910\n\nBridge 2" in text


def test_a_row_of_headings_goes_with_the_rows_below_it() -> None:
    heads = "<tr><th>Name</th><th>Party</th></tr>"
    rows = "".join(
        f"<tr><td>{name} of Lindau</td><td>Greens</td><td>{n},0{n}0 votes</td></tr>"
        for n, name in enumerate(("Anna Berg", "Karl Ott", "Ada Roth"), 1)
    )
    table = f"<table><thead>{heads}</thead><tbody>{rows}</tbody></table>"
    text = read(f"<article>{paragraphs(4)}{table}{paragraphs(2)}</article>")
    assert "\n\nName | Party\n\nAnna Berg of Lindau | Greens | 1,010 votes\n\n" in text


def test_a_text_that_only_its_metadata_holds_is_taken_from_there() -> None:
    facts = {"@type": "NewsArticle", "articleBody": "\n\n".join(SENTENCES)}
    text = read(
        f"{CHROME}<div id=app></div>{FOOTER}",
        f'<title>A new bridge</title><script type="application/ld+json">{json.dumps(facts)}'
        "</script>",
    )
    assert text == "\n\n".join(SENTENCES)


def test_a_short_page_is_still_read() -> None:
    assert read("<p>The bridge is closed.</p>") == "The bridge is closed."


@pytest.mark.parametrize(
    "page",
    [
        "<html></html>",
        "<html><body></body></html>",
        "<!doctype html>",
        "<html><body><script>1</script></body></html>",
        "<html><frameset><frame src=x></frameset></html>",
    ],
)
def test_a_page_without_words_is_empty(page: str) -> None:
    with pytest.raises(EmptyError, match="no article was found"):
        read_bytes(page.encode(), "page.html")


def test_pages_nested_thousands_deep_are_read_or_refused() -> None:
    page = "<html><body>" + "<div>" * 20_000 + SENTENCES[0]
    try:
        assert SENTENCES[0] in read_bytes(page.encode(), "page.html").text
    except SourceError as error:
        assert "page.html" in str(error)  # noqa: PT017 - it may be read or refused


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["<p>", "</p>", "<div>", "</div>", "<td>", "<tr>", "<table>", "<br>", "<a href=x>",
             "</a>", "<!--", "-->", "<h1>", "<li>", "<b>", "&#0;", "&amp", "<svg>", "</body>",
             "<body>", "<![CDATA[", "]]>", "<p hidden>", "\x00", "\ud800", *SENTENCES]
        ),
        max_size=40,
    )
)  # fmt: skip
def test_no_page_breaks_reading(parts: list[str]) -> None:
    page = "<html><body>" + "".join(parts)
    try:
        article = read_bytes(page.encode("utf-8", "surrogatepass"), "page.html")
    except SourceError as error:
        assert str(error).startswith("page.html cannot be read: ")  # noqa: PT017 - likewise
    else:
        assert article.text.strip()
