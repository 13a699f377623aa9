"""Plain text and Markdown. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from retrieval.dates import date_or_none
from retrieval.sources.draft import Draft, one_line, tidy
from retrieval.sources.notices import without_notices

if TYPE_CHECKING:
    from markdown_it.token import Token

LONGEST_TITLE = 160
"""Characters; headlines are shorter, and first paragraphs mostly longer."""

LONGEST_BYLINE = 100
"""Characters of a line that says who wrote a text, or when."""
_BYLINES = 3
"""Such lines at the head of a text at most."""
_BY = re.compile(
    r"(?i:by|von|par|por)\s+"
    r"((?!the\b)[^\W\d_a-z][\w.’'-]*"  # a name begins with a capital
    r"(?:,?\s(?:and|und|et|y|de|del|di|la|le|van|von|der|den|al|bin|[^\W\d_a-z][\w.’'-]*)){1,8})",
)
_DATED = re.compile(r"(?:published|updated|posted|date)?(?:\s+on)?[:\s]*(.*\b[12]\d{3}\b.*)", re.I)
_MORE_THAN_A_YEAR = re.compile(r"[^\W\d_]|\d[./-]\d")
"""A year by itself heads a part of the text."""
_PARTED = re.compile(r"\s+[|·•–—-]\s+")
_EMPHASIS = re.compile(r"([*_]{1,3})(?![*_\s])(.+?)(?<![*_\s])\1")
_PLACE = r"[^\W\d_a-z][\w.’'-]*(?:,?[ /](?:of|de|del|la|le|am|an|der|[^\W\d_a-z][\w.’'-]*)){0,4}"
_DATE = (
    r"\d{1,2}(?:st|nd|rd|th|\.)? [^\W\d_]{3,12}\.?,? [12]\d{3}"
    r"|[^\W\d_]{3,12}\.? \d{1,2}(?:st|nd|rd|th)?, [12]\d{3}"
    r"|[12]\d{3}-\d{2}-\d{2}"
)
_AFTER_NAME = re.compile(rf"(?:(?:published|updated|posted)(?: on)? )?({_DATE})", re.I)
_DATELINE = re.compile(rf"(?:{_PLACE}, )?({_DATE})(?: [-–—]{{1,2}} |—)[\"“‘'(]?(\w)")
OLDEST_REPORT = "1990"
"""An earlier date is oftener what is told of than the day on which it is."""
_ANOTHER_DATE = re.compile(_DATE)
"""Behind a dash it ends a time that began with the first."""
_FRONT = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_FACT = re.compile(r"^([A-Za-z_-]+)[ \t]*:[ \t]*(.*)$")


def plain_text(text: str) -> Draft:
    """A .txt file: its first line is its title where it looks like one, and the next where the
    first says who wrote it."""
    text = tidy(text)
    author, published, below = split_byline(text)
    title, body = split_title(below) if author else (None, below)
    if title is None:
        author = published = None
        title, body = split_title(text)
    if title is not None:
        who, when, rest = split_byline(body)
        if not (who and author) and not (when and published):
            author, published, body = author or who, published or when, rest
    return Draft(text=without_notices(body), title=title, author=author, published=published)


def split_title(text: str) -> tuple[str | None, str]:
    """A first line that is a title, and the text below it; None and `text` where there is none.

    A title is short, stands alone above an empty line, does not end as a sentence or a clause does,
    and has a text below it.
    """
    line, parted, body = text.partition("\n\n")
    is_title = (
        parted
        and body.strip()
        and "\n" not in line
        and 0 < len(line) <= LONGEST_TITLE
        and not line.rstrip("\"'”’)").endswith((".", ",", ";", ":", "…", "。"))
    )
    return (one_line(line), body.strip()) if is_title else (None, text)


def split_byline(text: str) -> tuple[str | None, str | None, str]:
    """Who wrote it and when, by lines at the head of a text that say nothing else, and the text
    below these; None for what they do not say."""
    author = published = None
    rest = text
    for _ in range(_BYLINES):
        line, _, below = rest.partition("\n")
        who, when = _said_by(line.strip())
        if not below.strip() or not (who or when) or (who and author) or (when and published):
            break
        author, published, rest = author or who, published or when, below.lstrip()
    return author, published, rest


def _said_by(line: str) -> tuple[str | None, str | None]:
    """Who and when; both None where the line says anything else."""
    if len(line) > LONGEST_BYLINE:
        return None, None
    if marked := _EMPHASIS.fullmatch(line):
        line = marked[2]
    author = published = None
    for part in _PARTED.split(line):
        by, when = _by(part)
        if by is None:
            when = _dated(part)
        if not (by or when) or (by and author) or (when and published):
            return None, None
        author, published = author or by, published or when
    return author, published


def _by(part: str) -> tuple[str | None, str | None]:
    """Who, and when where a date follows the name."""
    if by := _BY.fullmatch(part):
        return one_line(by[1]), None
    for comma in re.finditer(r",\s+", part):
        by = _BY.fullmatch(part, 0, comma.start())
        dated = _AFTER_NAME.fullmatch(part, comma.end())
        if by and dated and (when := date_or_none(dated[1])):
            return one_line(by[1]), when
    return None, None


def _dated(part: str) -> str | None:
    dated = _DATED.fullmatch(part)
    if dated is None or not _MORE_THAN_A_YEAR.search(dated[1]):
        return None
    return date_or_none(dated[1].strip())


def dateline(text: str) -> str | None:
    """The date that a report begins with, after its place if it names one: "Lilongwe, 9 August
    2023 – The river …". It stays in the text, of which it is a part."""
    found = _DATELINE.match(" ".join(text[:LONGEST_BYLINE].split()))
    if found is None or found[2].islower():  # "14 March 2024 – a Thursday – was …"
        return None
    if _ANOTHER_DATE.match(found.string, found.start(2)):
        return None
    date = date_or_none(found[1])
    return None if date is None or date < OLDEST_REPORT else date


def markdown(text: str) -> Draft:
    """A .md file as its reader sees it: without marks, a block a paragraph.

    Title, author and date come from its front matter, the title else from its first heading. A
    title that heads the text is not repeated in it.
    """
    facts, text = _front_matter(tidy(text))
    blocks = list(_blocks(text))
    heading = next((words for level, words in blocks[:3] if level == 1), None)
    if heading is None and blocks and blocks[0][0]:
        heading = blocks[0][1]
    title = facts.get("title") or one_line(heading)
    if blocks and blocks[0][0] and one_line(blocks[0][1]) == title and len(blocks) > 1:
        del blocks[0]
    body = tidy("\n\n".join(words for _, words in blocks))
    author, published, body = split_byline(body) if title else (None, None, body)
    return Draft(
        text=without_notices(body),
        title=title,
        author=facts.get("author") or facts.get("authors") or author,
        published=date_or_none(facts.get("date") or facts.get("published")) or published,
        source=facts.get("source") or facts.get("publisher"),
        language=_language(facts.get("lang") or facts.get("language")),
        url=facts.get("url") or facts.get("canonical"),
    )


def _front_matter(text: str) -> tuple[dict[str, str], str]:
    match = _FRONT.match(text)
    if not match:
        return {}, text
    facts: dict[str, str] = {}
    for line in match[1].splitlines():
        if fact := _FACT.match(line):
            value = fact[2].strip().strip("[]").strip().strip("\"'").strip()
            if value:
                facts.setdefault(fact[1].lower(), value)
    return facts, text[match.end() :]


def _language(value: str | None) -> str | None:
    code = (value or "").lower()[:2]
    return code if len(code) == 2 and code.isalpha() else None


def _blocks(text: str) -> Iterator[tuple[int, str]]:
    """The blocks of a Markdown text in order: heading level (0 for what is none) and words."""
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    level = 0
    row: list[str] | None = None
    for token in tokens:
        if token.type == "heading_open":
            level = int(token.tag[1:])
        elif token.type == "tr_open":
            row = []
        elif token.type == "tr_close" and row is not None:
            yield 0, " | ".join(row)
            row = None
        elif words := _words(token):
            if row is None:
                yield level, words
            else:
                row.append(words)
            level = 0


def _words(token: Token) -> str:
    if token.type in ("fence", "code_block"):
        return token.content.strip("\n")
    if token.type == "html_block":
        return tidy(re.sub(r"<!--.*?-->|<[^>]*>", "", token.content, flags=re.DOTALL))
    return _inline(token.children or ()).strip() if token.type == "inline" else ""


def _inline(tokens: Sequence[Token]) -> str:
    parts = []
    for token in tokens:
        if token.type in ("text", "code_inline"):
            parts.append(token.content)
        elif token.type in ("softbreak", "hardbreak"):
            parts.append("\n" if token.type == "hardbreak" else " ")
    return "".join(parts)
