"""Where the sentences of a text lie.

The splitting itself is done by sentencex (Wikimedia, rules and abbreviations for some 300
languages). This module gives it what it can judge, one flowing piece of text at a time, and puts
right what it leaves: offsets, stray closing quotes, and whole speeches inside one pair of quotes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise

import sentencex

from retrieval.paragraphs import paragraph_lines, trimmed
from retrieval.types import Span

LONGEST = 4_000
"""Characters: no sentence is longer. The splitter is given no more at once, because its time grows
with the square of what follows an unclosed quote."""

_SPEECH = 300
"""Characters: a quotation longer than this is split inside, or a whole speech would be marked."""

_WRAP_WIDTHS = range(40, 131)
"""Widths that people and programs wrap text at. Longer lines are paragraphs, shorter ones verse,
addresses or lists."""

_LIST_ITEM = re.compile(r"(?:[-*+•‣◦▪–—·]|\(?(?:\d{1,3}|[a-zA-Z])[.)]|#{1,6}|>|\|)\s")
_FINAL = tuple(".!?…。！？।؟:;")
_OPENING = "“‘«‹„‚([{「『（【《〈"
_CLOSING = "”’»›)]}」』）】》〉"
_STRAIGHT = "\"'`"
_QUOTED = tuple("”’»\"'")
_UNQUOTED = str.maketrans(dict.fromkeys(_OPENING + _CLOSING + _STRAIGHT, " "))
_MARKER = re.compile(r"\(?(?:\d{1,3}|[a-zA-Z])[.)]")
_HOUR = re.compile(r"\b[ap]\. ?m\.$", re.IGNORECASE)
_AFTER_HOUR = re.compile(
    r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov"
    r"|Dec)[a-z]*\.? \d|(?:[ECMP][SD]?|[BC]S|GM|IS|JS|AES)T|UTC|Eastern|Pacific)\b"
)
_BEFORE_ANY = re.compile(r"\b(?:[Aa]pprox|[Ii]ncl|[Ee]xcl|Ms|Cllr|Ft|Amb|Atty|Ald|Ste|Sts|Mts)\.$")
"""What never ends a sentence, and the splitter takes for an end."""
_BEFORE_MORE = re.compile(
    r"\b(?:[Mm]ax|[Mm]in|[Aa]vg|[Ee]st|[Vv]ol|[Tt]el|[Cc]h|[Pp]ara|[Tt]emp|[Cc]irca|hrs|mins|secs"
    r"|Mon|Tues?|Wed|Thurs?|Fri|Sat|Sun)\.$"
)
"""What ends none where a number follows it or what begins in lower case."""
_MORE = re.compile(r"[a-z\d€$£¥(+]")
_EMPHASIS = re.compile(r"(?<!\S)\*{1,3}(?=\w)|(?<=[\w.!?:,])\*{1,3}(?!\w)")
"""Of Markdown; the splitter would not know the abbreviation in `**Dr. Berg:**`."""
_WIDE_SPACE = re.compile(r"[^\S\x00-\x7f]")
"""White space beyond ASCII, each a single sign; between an initial and a full stop ("plan B\xa0.")
the splitter breaks down at it."""
_AFTER_UNIT = re.compile(r"(?<=\d\s[ghlmst]\.)\s+(?=[A-Z“\"(])")
"""Behind a unit, which the splitter takes for an initial: `It is 40 m. The other …`."""
_CLOSERS = re.compile(rf"(?:[{re.escape(_CLOSING)}]|''|[\"'](?=\s|$))+")


def sentence_spans(text: str, *, language: str | None = None) -> list[Span]:
    """The sentences in order, without outer white space, together holding all else of the text.

    None reaches over a blank line. Over a single line break one goes on only where the lines look
    wrapped or the next one begins in lower case; headings, list items and table rows stand alone.
    A closing quote or bracket after the full stop belongs to its sentence. `language` (ISO 639-1)
    chooses the abbreviations known; unknown and missing ones are taken for English.
    """
    found: list[Span] = []
    for lines in paragraph_lines(text):
        for start, end in _flowing(text, lines):
            found += _split(text, start, end, language or "en")
    return found


def whole_before(text: str, at: int, floor: int) -> int:
    """The last place, not after `at`, that is not inside a letter; `at` where none is after
    `floor`."""
    place = at
    while place > floor and inside_letter(text, place):
        place -= 1
    return place if place > floor else at


def inside_letter(text: str, at: int) -> bool:
    """Whether a cut at `at` would part a letter from its marks or an emoji from its parts."""
    if at >= len(text):
        return False
    after, before = text[at], text[at - 1]
    return (
        unicodedata.category(after).startswith("M")
        or after == "\u200d"
        or before == "\u200d"
        or "\U0001f3fb" <= after <= "\U0001f3ff"  # skin tones
    )


def _flowing(text: str, lines: Sequence[Span]) -> Iterator[Span]:
    """The paragraph's lines, with those joined that were one before they were wrapped."""
    if len(lines) == 1:
        yield lines[0]
        return
    width = max(line.end - line.start for line in lines)
    full = [_is_full(text, line, after, width) for line, after in pairwise(lines)]
    wrapped = width in _WRAP_WIDTHS and 2 * sum(full) >= len(full)
    start = lines[0].start
    for (line, after), is_full in zip(pairwise(lines), full, strict=True):
        if not _goes_on(text, line, after, wrapped=wrapped and is_full):
            yield Span(start, line.end)
            start = after.start
    yield Span(start, lines[-1].end)


def _is_full(text: str, line: Span, after: Span, width: int) -> bool:
    """Whether the first word of the next line had no room on this one."""
    word = text[after.start : min(after.end, after.start + width)].split(maxsplit=1)[0]
    return line.end - line.start + 1 + len(word) > width


def _goes_on(text: str, line: Span, after: Span, *, wrapped: bool) -> bool:
    if _LIST_ITEM.match(text, after.start, after.end):
        return False
    if wrapped:
        return True
    return text[after.start].islower() and not text[line.end - 1].endswith(_FINAL)


def _split(text: str, start: int, end: int, language: str) -> list[Span]:
    found: list[Span] = []
    for span in _after_units(text, _bounded(text, start, end, language)):
        if span.end - span.start > _SPEECH:
            found += _tidied(text, _inside_quotes(text, span, language))
        else:
            found.append(span)
    return _tidied(text, found)


def _after_units(text: str, spans: Iterator[Span]) -> Iterator[Span]:
    for start, end in spans:
        begin = start
        for bound in _AFTER_UNIT.finditer(text, start, end):
            yield Span(begin, bound.start())
            begin = bound.end()
        yield Span(begin, end)


def _bounded(text: str, start: int, end: int, language: str) -> Iterator[Span]:
    """What the splitter says of a stretch, asked about no more than LONGEST characters at once."""
    while start < end:
        stop = min(start + LONGEST, end)
        spans = _segments(text[start:stop], start, language)
        if stop < end:
            if len(spans) > 1:
                stop = spans.pop().start
            else:
                stop = _word_bound(text, start, stop)
                spans = [trimmed(text, start, stop)]
        yield from spans
        start = stop


def _word_bound(text: str, start: int, stop: int) -> int:
    kept = text[start:stop].rsplit(maxsplit=1)
    if len(kept) > 1:
        return stop - len(kept[1])
    return whole_before(text, stop, start)


def _segments(part: str, offset: int, language: str) -> list[Span]:
    # The splitter speaks UTF-8, which has no form for a lone surrogate: one sign stands for one.
    text = part.encode("utf-8", "replace").decode("utf-8")
    found: list[Span] = []
    position = 0
    plain = _EMPHASIS.sub(lambda mark: " " * len(mark[0]), text)
    for segment in _pieces(language, _WIDE_SPACE.sub(" ", plain)):
        span = trimmed(text, position, position + len(segment))
        if span.start < span.end:
            found.append(Span(offset + span.start, offset + span.end))
        position += len(segment)
    return found


def _pieces(language: str, text: str) -> list[str]:
    """What the splitter makes of a text; all of it as one where it breaks down."""
    try:
        return list(sentencex.segment(language, text))
    except BaseException as error:
        # Its panic is no Exception: nobody would catch it, and the program would end.
        if type(error).__name__ != "PanicException":
            raise
        return [text]


def _inside_quotes(text: str, span: Span, language: str) -> list[Span]:
    """The sentences of a stretch that the splitter kept whole for the sake of its quotes."""
    bare = text[span.start : span.end].translate(_UNQUOTED)
    found: list[Span] = []
    start = span.start
    for segment in _segments(bare, span.start, language)[1:]:
        # What opens belongs to the sentence after, what closes to the one before.
        bound = segment.start
        while bound > start and _opens(text, bound - 1):
            bound -= 1
        found.append(trimmed(text, start, bound))
        start = bound
    return [*found, trimmed(text, start, span.end)]


def _opens(text: str, at: int) -> bool:
    sign = text[at]
    if sign in _STRAIGHT:
        return sign == "`" or text[at - 1].isspace()
    return sign in _OPENING or (sign.isspace() and at > 0 and text[at - 1] == "`")


def _tidied(text: str, spans: Sequence[Span]) -> list[Span]:
    """The spans, with closing quotes at the head of one given back to the one before, and those
    that are no sentence of their own joined to a neighbour."""
    found: list[Span] = []
    for span in spans:
        if span.start >= span.end:
            continue
        closers = _CLOSERS.match(text, span.start, span.end) if found else None
        rest = trimmed(text, closers.end(), span.end) if closers else span
        if found and span.end - found[-1].start <= LONGEST and _belongs(text, found[-1], rest):
            found[-1] = Span(found[-1].start, span.end)
            continue
        if closers:
            found[-1] = Span(found[-1].start, closers.end())
        found.append(rest)
    return found


def _belongs(text: str, before: Span, span: Span) -> bool:
    """Whether there is no bound here after all: one side has no words or is the number of a list
    item, what follows a quotation says who spoke (`“Why?” he asked`), or the full stop is that of
    an hour (`5 p.m. Monday`), of an abbreviation (`Ms. Nunes`) or inside a name (`ASP.NET`)."""
    if not _worded(text, span) or not _worded(text, before):
        return True
    first = text[before.start : before.end]
    if _MARKER.fullmatch(first):
        return True
    if text[span.start].islower() and first.endswith(_QUOTED):
        return True
    if _HOUR.search(first[-6:]):
        return bool(_AFTER_HOUR.match(text, span.start, span.end))
    ending = first[-8:]
    if _BEFORE_ANY.search(ending):
        return True
    if _BEFORE_MORE.search(ending) and _MORE.match(text, span.start, span.end):
        return True
    if before.end < span.start or not first.endswith("."):
        return False
    word = first[:-1].rsplit(maxsplit=1)[-1]
    return not word.isalpha() or not word.islower()


def _worded(text: str, span: Span) -> bool:
    return any(map(str.isalnum, text[span.start : span.end]))
