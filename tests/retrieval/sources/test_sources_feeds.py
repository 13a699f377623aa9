"""The parser of feeds on what servers send, and on what they had better not."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval.errors import SourceError, TooLargeError, UnreadableError
from retrieval.sources.feed_parsing import parse
from retrieval.sources.feeds import LARGEST, Discovered, ParsedFeed, own_text, read_feed

URL = "https://mill.example/news/feed"
RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<title>The &lt;b&gt;Mill&lt;/b&gt; &amp; Co</title><link>https://mill.example/</link><ttl>90</ttl>
<item><title>Flood</title><link>/flood?utm_source=rss</link><guid isPermaLink="false">a1</guid>
<pubDate>Wed, 01 May 2024 12:00:00 +0200</pubDate><content:encoded><![CDATA[<p>One.</p>
<h2>Two</h2><ul><li>Three</li></ul>]]></content:encoded></item>
<item><title>No link</title><description>short</description></item>
<item><title>Flood</title><guid isPermaLink="false">a1</guid></item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Mills</title>
<link rel="self" href="/atom"/><link href="https://mill.example/"/>
<entry><id>tag:1</id><title type="html">A &amp;amp; B</title><updated>2024-05-02T10:00:00Z</updated>
<published>2024-05-01T10:00:00Z</published><author><name>Ada</name></author>
<link rel="alternate" href="a"/></entry></feed>"""
JSON = {
    "version": "https://jsonfeed.org/version/1",
    "title": "Mills",
    "items": [
        {"id": 7, "url": "a", "content_text": "One & two.\n\nThree.", "authors": [{"name": "Ada"}]},
        {"external_url": "https://other.example/", "title": 3, "date_published": "yesterday"},
        "nonsense",
    ],
}


def feed(data: bytes | str) -> ParsedFeed:
    found = parse(data.encode() if isinstance(data, str) else data, URL)
    assert isinstance(found, ParsedFeed)
    return found


def test_rss() -> None:
    found = feed(RSS)
    assert (found.title, found.site, found.ttl_min) == (
        "The Mill & Co",
        "https://mill.example/",
        90,
    )
    [flood, other] = found.entries
    assert flood.link == "https://mill.example/flood?utm_source=rss"
    assert flood.published == "2024-05-01T10:00:00Z"
    assert (other.title, other.link) == ("No link", None)


def test_atom() -> None:
    [entry] = feed(ATOM).entries
    assert (entry.title, entry.author, entry.published) == ("A & B", "Ada", "2024-05-01T10:00:00Z")
    assert entry.link == "https://mill.example/a"
    [changed] = feed(ATOM.replace("05-02", "05-03")).entries
    assert changed.key == entry.key
    assert changed.stamp != entry.stamp


def test_json_feed() -> None:
    [first, second] = feed(json.dumps(JSON)).entries
    assert (first.link, first.author) == ("https://mill.example/news/a", "Ada")
    assert first.content == "<p>One &amp; two.</p><p>Three.</p>"
    assert (second.link, second.published) == ("https://other.example/", None)


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1", "utf-8-sig"])
def test_encodings(encoding: str) -> None:
    text = RSS.replace("Flood", "Überflutung").replace(
        '"utf-8"', f'"{encoding.removesuffix("-sig")}"'
    )
    assert feed(text.encode(encoding)).entries[0].title == "Überflutung"


def test_a_feed_that_breaks_off_gives_what_there_is() -> None:
    assert len(feed(RSS[: RSS.index("</channel>")]).entries) == 2


def test_a_page_names_its_feeds_in_order_of_likelihood() -> None:
    page = """<html><head><base href="https://mill.example/blog/">
      <link rel=alternate type=application/rss+xml href=comments/feed>
      <link rel="alternate" type="application/rss+xml; charset=utf-8" href=rss>
      <link rel=stylesheet type=text/css href=x><link rel=alternate hreflang=de href=/de>
      <link rel=alternate type=application/atom+xml href="javascript:alert(1)"></head>"""
    found = parse(page.encode(), URL)
    assert found == Discovered(
        ("https://mill.example/blog/rss", "https://mill.example/blog/comments/feed")
    )


def test_a_feeds_own_text_keeps_its_paragraphs() -> None:
    [entry, _] = feed(RSS.replace("One.", "One. " + "Word after word. " * 30)).entries
    assert own_text(entry).split("\n\n")[1:] == ["Two", "Three"]
    [teaser, _] = feed(RSS).entries
    assert own_text(teaser) == ""


def test_a_feeds_own_text_is_parsed_apart() -> None:
    loads = (
        "import sys\nfrom retrieval.sources.feeds import Entry, own_text\n"
        "text = own_text(Entry('k', 's', None, 't', None, None, '<p>word' * 70, ''))\n"
        "assert len(text.split()) == 70\n"
        "print([name for name in sys.modules if name.split('.')[0] == 'lxml'])"
    )
    done = subprocess.run([sys.executable, "-c", loads], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


BOMB = "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9))
HOSTILE = {
    "bomb": f'<!DOCTYPE l [<!ENTITY a "ha">{BOMB}]><rss version="2.0"><title>&j;</title></rss>',
    "outside": '<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss><title>&a;</title></rss>',
    "nested": "<rss version='2.0'><channel>" + "<a>" * 50_000,
    "nested json": '{"version":' + "[" * 500_000,
    "open": "<rss version='2.0'><channel><title>" + "<![CDATA[" * 100_000,
    "ampersands": "<rss version='2.0'><channel><title>" + "&" * 300_000,
    "attributes": "<rss version='2.0'><channel " + "a=b " * 200_000,
    "page": "<html><head>" + "<link rel=alternate type=application/rss+xml>" * 20_000,
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_what_is_hostile_ends_in_time(name: str) -> None:
    started = time.monotonic()
    try:
        found = await read_feed(HOSTILE[name].encode(), URL)
        assert "root:" not in str(found)
    except SourceError:
        pass
    # The limit is on computing; a busy machine takes several times as long.
    assert time.monotonic() - started < 120


async def test_what_is_too_large_is_not_even_read() -> None:
    with pytest.raises(TooLargeError, match="8 MB"):
        await read_feed(b"<rss>" + bytes(LARGEST), URL)


async def test_the_parser_does_not_see_the_bots_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_TOKEN", "secret")
    monkeypatch.setenv("PYTHONINSPECT", "")
    assert os.environ["BOT_TOKEN"] == "secret"
    found = await read_feed(RSS.encode(), URL)
    assert isinstance(found, ParsedFeed)


PIECES = st.sampled_from(
    [RSS, ATOM, json.dumps(JSON), "<rss", "<feed", "<item>", "</item>", "<link>", "<![CDATA[",
     "]]>", "&#0;", "&#x110000;", "&nope;", "<pubDate>", "99999999", "<guid>", "\x00", "\ud800",
     '"', "{", "}", "[", "null", "http://[", "//", "<?xml", "<!DOCTYPE", "<html>",
     "<base href=//[>", "<link rel=alternate type=application/rss+xml href=//[>", "\u200b"]
)  # fmt: skip


@settings(deadline=20_000, max_examples=150, suppress_health_check=list(HealthCheck))
@given(st.lists(PIECES | st.text(max_size=20), max_size=8), st.binary(max_size=30), st.integers())
def test_whatever_comes_is_a_feed_or_refused(parts: list[str], noise: bytes, seed: int) -> None:
    data = bytearray("".join(parts).encode("utf-8", "surrogatepass"))
    for at, byte in enumerate(noise):
        if data:
            data[(seed + at * 7919) % len(data)] = byte
    try:
        found = parse(bytes(data), URL)
    except UnreadableError:
        return
    json.dumps(str(found))
    for entry in found.entries if isinstance(found, ParsedFeed) else ():
        assert entry.link is None or entry.link.startswith(("http://", "https://"))
        assert len(entry.key) == 32
        own_text(entry)


def test_the_parser_is_no_part_of_the_package_that_starts_it() -> None:
    """Else Python would warn of it at every poll."""
    init = Path(__file__).parents[3] / "retrieval" / "sources" / "__init__.py"
    assert "feed_parsing" not in init.read_text(encoding="utf-8")


async def test_nobody_is_left_parsing_where_the_poll_is_cancelled() -> None:
    def children() -> set[str]:
        listed = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text()
        return set(listed.split())

    before = children()
    for turns in range(12):  # from before the process is there to while it works
        reading = asyncio.create_task(read_feed(RSS.encode(), URL))
        for _ in range(turns):
            await asyncio.sleep(0.001 * turns)
        reading.cancel()
        with suppress(asyncio.CancelledError):
            await reading
        assert children() <= before
