"""Bytes of a stranger's server into a feed's entries: RSS, Atom, JSON Feed, or a page that names
feeds. Run as a process of its own by `feeds.read_feed`.
"""

from __future__ import annotations

import hashlib
import html
import json
import os
import re
import resource
import sys
from calendar import timegm
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from retrieval.dates import moment
from retrieval.errors import Reason, UnreadableError
from retrieval.sources.child import restrict
from retrieval.sources.draft import one_line
from retrieval.sources.feeds import NOT_A_FEED, Discovered, Entry, ParsedFeed

MOST_ENTRIES = 1_000
CPU_S = 60
"""Seconds of computing that a feed may take; the largest take some forty."""
MEMORY_MB = 2048
_FEED_TAG = re.compile(rb"<(?:[a-z]+:)?(?:rss|feed|rdf)\b", re.IGNORECASE)
_PAGE_TAG = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_FEED_TYPES = ("rss+xml", "atom+xml", "rdf+xml", "feed+json", "application/json")
_TAG = re.compile(r"<[^>]*>")
_JSON_FEED = "https://jsonfeed.org/version/"


def main() -> None:
    """Parse standard input, within limits, and print what it is as JSON."""
    restrict(memory_mb=MEMORY_MB)
    os.nice(10)  # questions go first
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    try:
        found: Any = asdict(parse(sys.stdin.buffer.read(), sys.argv[1]))
    except UnreadableError as error:
        found = {"error": str(error), "reason": error.reason}
    # Half of a character, as a broken JSON escape leaves it, can be neither stored nor sent.
    sys.stdout.buffer.write(json.dumps(found, ensure_ascii=False).encode("utf-8", "replace"))


def parse(data: bytes, url: str) -> ParsedFeed | Discovered:
    """What `read_feed` gives; blocking. Raises UnreadableError."""
    plain = data.replace(b"\x00", b"")  # so that UTF-16 is recognised as well
    if plain.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return _json_feed(data, url)
    head = plain[:65536]
    feed, page = _FEED_TAG.search(head), _PAGE_TAG.search(head)
    if feed and not (page and page.start() < feed.start()):
        if b"<!ENTITY" in plain:  # no feed needs them, and they can be made to grow without end
            raise UnreadableError(
                "it declares entities of its own, which no feed needs", Reason.NO_FEED
            )
        return _xml_feed(data, url)
    if page:
        return Discovered(tuple(_named_feeds(data, url)))
    raise UnreadableError(NOT_A_FEED, Reason.NO_FEED)


def _xml_feed(data: bytes, url: str) -> ParsedFeed:
    import feedparser

    try:
        found = feedparser.parse(data, sanitize_html=False, resolve_relative_uris=False)
    except Exception as error:  # it raises anything on what is broken
        raise UnreadableError("it is a damaged feed", Reason.DAMAGED) from error
    about = found.feed
    if not found.version and not found.entries:
        raise UnreadableError(NOT_A_FEED, Reason.NO_FEED)
    site = _link(about.get("link"), url)
    return ParsedFeed(
        title=_plain(about.get("title")) or urlsplit(url).netloc,
        site=site,
        ttl_min=_minutes(about.get("ttl")),
        entries=_each(found.entries, lambda raw: _xml_entry(raw, site or url)),
    )


def _xml_entry(raw: Any, base: str) -> Entry:
    link = _link(raw.get("link"), base)
    contents = [str(part.get("value") or "") for part in raw.get("content") or []]
    # Asked first: feedparser gives the other date, with a warning, where there is none.
    changed = _moment(raw["updated_parsed"]) if "updated_parsed" in raw else None
    return _entry(
        identity=raw.get("id") or link,
        link=link,
        title=_plain(raw.get("title")),
        published=_moment(raw.get("published_parsed")) or changed,
        changed=changed,
        author=_plain((raw.get("author_detail") or {}).get("name") or raw.get("author")),
        content=max(contents, key=len, default=""),
        summary=str(raw.get("summary") or ""),
    )


def _json_feed(data: bytes, url: str) -> ParsedFeed:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        raise UnreadableError(NOT_A_FEED, Reason.NO_FEED) from None
    if not isinstance(found, dict) or not str(found.get("version")).startswith(_JSON_FEED):
        raise UnreadableError(NOT_A_FEED, Reason.NO_FEED)
    site = _link(found.get("home_page_url"), url)
    items = found.get("items")
    rows = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    return ParsedFeed(
        title=one_line(found.get("title")) or urlsplit(url).netloc,
        site=site,
        ttl_min=None,
        entries=_each(rows, lambda raw: _json_entry(raw, site or url)),
    )


def _json_entry(raw: dict[str, Any], base: str) -> Entry:
    link = _link(raw.get("url"), base) or _link(raw.get("external_url"), base)
    authors = raw.get("authors") or [raw.get("author")]
    first = authors[0] if isinstance(authors, list) and authors else None
    text = raw.get("content_text")
    content = raw.get("content_html")
    if not isinstance(content, str):
        paragraphs = re.split(r"\n\s*\n", text) if isinstance(text, str) else []
        content = "".join(f"<p>{html.escape(each)}</p>" for each in paragraphs)
    return _entry(
        identity=str(raw.get("id") or "") or link,
        link=link,
        title=one_line(raw.get("title")),
        published=_iso(raw.get("date_published")),
        changed=_iso(raw.get("date_modified")),
        author=one_line(first.get("name")) if isinstance(first, dict) else None,
        content=content,
        summary=str(raw.get("summary") or ""),
    )


def _entry(
    *,
    identity: str | None,
    link: str | None,
    title: str | None,
    published: str | None,
    changed: str | None,
    author: str | None,
    content: str,
    summary: str,
) -> Entry:
    title = title or _plain(summary or content) or link or ""
    key = identity or f"{title}\n{published}"
    return Entry(
        key=_digest(key),
        stamp=_digest(f"{title}\n{changed}"),
        link=link,
        title=title[:300],
        published=published,
        author=author,
        content=content,
        summary=summary,
    )


def _each(raw: list[Any], read: Callable[[Any], Entry]) -> tuple[Entry, ...]:
    """The entries, each once."""
    found: dict[str, Entry] = {}
    for entry in map(read, raw[:MOST_ENTRIES]):
        found.setdefault(entry.key, entry)
    return tuple(found.values())


def _named_feeds(data: bytes, url: str) -> list[str]:
    """Feeds that a page names in its head; those of comments last."""
    from lxml import etree
    from lxml import html as pages

    try:
        tree = pages.document_fromstring(data)
    except (etree.LxmlError, ValueError):
        return []
    base = str(tree.xpath("string(//base/@href)")) or url
    found: dict[str, bool] = {}
    for link in tree.iterfind(".//link[@href]"):
        kind = (link.get("type") or "").lower().split(";")[0].strip()
        if "alternate" not in (link.get("rel") or "").lower().split():
            continue
        if kind.endswith(_FEED_TYPES) and (target := _link(link.get("href"), urljoin(url, base))):
            about = f"{target} {link.get('title') or ''}".lower()
            found.setdefault(target, "comment" in about)
    return sorted(found, key=lambda target: found[target])


def _link(raw: object, base: str) -> str | None:
    if not isinstance(raw, str) or not raw.strip():
        return None
    try:
        joined = urljoin(base, raw.strip())
        joined.encode()  # raises where a broken escape has left half of a character
        parts = urlsplit(joined)
        whole = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        return joined if whole else None
    except ValueError:
        return None


def _plain(raw: object) -> str | None:
    return one_line(html.unescape(_TAG.sub(" ", raw))) if isinstance(raw, str) else None


def _moment(parsed: Any) -> str | None:
    try:
        return moment(datetime.fromtimestamp(timegm(parsed), UTC))
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _iso(raw: object) -> str | None:
    try:
        return moment(datetime.fromisoformat(str(raw)))
    except (ValueError, OverflowError):
        return None


def _minutes(raw: object) -> int | None:
    text = str(raw or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


if __name__ == "__main__":
    main()
