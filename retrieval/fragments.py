"""Links that open a page at a sentence: the WICG text fragment, `#:~:text=…`.

A browser searches the page for the words of the link, ignoring case, accents and the kind of
quotes and spaces, word by word, and each term within one block. So the terms are taken from one
line of the stored text each, begin and end at words, and are made to fit this one place: found
nowhere else in the text even by a search more lenient than any browser's. List marks, hashes and
table bars, which readers of web pages put into the text, are taken for no part of the page.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote as percent_encode

from retrieval.types import Span

_EXACT_LENGTH = 200
"""Characters of an encoded term up to which all words are given; past it the first and last ones.
Discord takes no button whose link is over 512."""

_EDGE_WORDS = 4
"""Words of a long sentence to give at each end, at least."""

_MOST_EDGE_WORDS = 12
"""Past this, more words do not tell repeated sentences apart; their neighbours do."""

_MOST_CONTEXT_WORDS = 30

_SHORT = 3
"""A quote of so few words is given a neighbour's too: pages repeat such words in their margins."""

_MARKS = re.compile(r"^[ \t]*(?:[-*+•‣◦▪]|#{1,6}|>|\(?\d{1,3}[.)])[ \t]+", re.MULTILINE)
_OPENED = re.compile(r"https?://(?:\[[\da-f:.]+\]|[^\s/?#\[\]])", re.IGNORECASE)
_NOT_IN_URLS = re.compile(r"[\s\x00-\x1f\x7f\"<>\\^`{|}]")
"""Browsers encode these themselves; what a link is pasted into ends at them."""
_EMPHASIS = re.compile(r"(?<![\w*_])(\*\*|__|\*)(?=[^\s*_])([^\n*]{0,400}?[^\s*_])\1(?![\w*_])")
"""Of Markdown, which a page shows as bold or slanted."""
_BLOCK = re.compile(r"[^\r\n|]+")
# Scripts without spaces can only be cut at their punctuation: browsers know their words, we do not.
_WIDE = "，。、；：？！「」『』（）《》〈〉【】…·"
_TOKEN = re.compile(rf"[^\s{_WIDE}]+[{_WIDE}]*|[{_WIDE}]+")
_UNSEEN = re.compile("[\u00ad\u200b\u2060\ufeff]")
_QUOTES = str.maketrans({"‘": "'", "’": "'", "‚": "'", "‛": "'", "“": '"', "”": '"', "„": '"'})
_ACCENTS = re.compile("[\u0300-\u036f]")
_INSIDE_WORD = ".,:;'’·_"


def text_fragment_link(url: str | None, text: str, span: Span) -> str | None:
    """The url, opening at `text[span.start:span.end]`; None for what no browser opens.

    Where the same words with the same neighbours stand elsewhere in the text, no link can tell the
    places apart, and the first of them is opened.
    """
    if url is None or not _OPENED.match(url):
        return None
    base = _NOT_IN_URLS.sub(lambda sign: percent_encode(sign[0]), url.partition(":~:")[0].strip())
    place = _place(text, span)
    if place is None:
        return base
    return f"{base}{'' if '#' in base else '#'}:~:text={_directive(place)}"


@dataclass(frozen=True, slots=True)
class _Place:
    """The words to be opened, as lists of words a block, and what surrounds them."""

    blocks: list[list[str]]
    before: list[str]
    """Words of the same block before it, else of the block before."""
    after: list[str]
    starts_inside: bool
    """Whether `before` is of the same block."""
    ends_inside: bool
    glued_before: bool
    """Whether a browser would see no start of a word here."""
    glued_after: bool
    page: str
    """The whole text, folded, in which the words begin at `start` and end at `end`."""
    start: int
    end: int


def _place(text: str, span: Span) -> _Place | None:
    text = _MARKS.sub(lambda mark: " " * len(mark[0]), text)
    text = _EMPHASIS.sub(lambda found: f"{_blank(found[1])}{found[2]}{_blank(found[1])}", text)
    found = [block for block in _blocks(text, span.start, span.end) if block]
    if not found:
        return None
    start, end = found[0][0].start, found[-1][-1].end
    before, starts_inside = _nearest(text, start, backwards=True)
    after, ends_inside = _nearest(text, end, backwards=False)
    head, middle, tail = _fold(text[:start]), _fold(text[start:end]), _fold(text[end:])
    head += " " if head and text[start - 1].isspace() else ""
    tail = (" " if text[end : end + 1].isspace() else "") + tail
    return _Place(
        blocks=[_shown(text, block) for block in found],
        before=_shown(text, before),
        after=_shown(text, after),
        starts_inside=starts_inside,
        ends_inside=ends_inside,
        glued_before=_inside_word(text, start),
        glued_after=_inside_word(text, end),
        page=head + middle + tail,
        start=len(head),
        end=len(head) + len(middle),
    )


def _blank(mark: str) -> str:
    """As long, so that offsets stay, and taken for no part of a word, as spaces would be for one's
    end: `**"Why?"** he asked`."""
    return "\u200b" * len(mark)


def _blocks(text: str, start: int, end: int) -> Iterator[list[Span]]:
    """The words of each line or table cell."""
    for block in _BLOCK.finditer(text, start, end):
        words = _TOKEN.finditer(text, *block.span())
        yield [Span(*word.span()) for word in words if _UNSEEN.sub("", word[0])]


def _nearest(text: str, at: int, *, backwards: bool) -> tuple[list[Span], bool]:
    """The words of the block on that side of an offset, and whether it is the offset's own."""
    reach = 2_000  # characters: more than enough words
    while True:
        low, high = (max(0, at - reach), at) if backwards else (at, at + reach)
        blocks = list(_blocks(text, low, high))
        own = blocks[-1 if backwards else 0] if blocks else []
        edge = (
            text[low:high].rstrip(" \t\u00a0") if backwards else text[low:high].lstrip(" \t\u00a0")
        )
        inside = bool(own) and edge[-1 if backwards else 0] not in "\r\n|"
        worded = [block for block in blocks if block]
        if worded or (low == 0 and backwards) or (high >= len(text) and not backwards):
            return (worded[-1 if backwards else 0] if worded else []), inside
        reach *= 8


def _shown(text: str, words: Sequence[Span]) -> list[str]:
    """The words as they are put in a link. White space between two is kept apart by joining."""
    found: list[str] = []
    for index, word in enumerate(words):
        shown = _UNSEEN.sub("", text[word.start : word.end])
        spaced = index + 1 < len(words) and words[index + 1].start > word.end
        found.append(shown + " " if spaced else shown)
    return found


def _inside_word(text: str, at: int) -> bool:
    if at == 0 or at >= len(text):
        return False
    around = text[max(0, at - 2) : at + 2]
    left = text[at - 1]
    right = text[at]
    if left.isalnum() and right.isalnum():
        return True
    joined = (left in _INSIDE_WORD and right.isalnum()) or (
        left.isalnum() and right in _INSIDE_WORD
    )
    return joined and not any(map(str.isspace, around))


def _fold(text: str) -> str:
    """The text as the most lenient browser compares it."""
    text = text.replace("|", " ")
    if not text.isascii():
        text = _ACCENTS.sub("", unicodedata.normalize("NFKD", _UNSEEN.sub("", text)))
        text = text.translate(_QUOTES)
    return " ".join(text.casefold().split())


# Which words to give -------------------------------------------------------------------------


def _directive(place: _Place) -> str:
    words = place.blocks[0]
    if len(place.blocks) == 1 and len(_encoded(words)) <= _EXACT_LENGTH:
        return _exact(place, words)
    return _range(place) or _exact(place, words)


def _exact(place: _Place, words: Sequence[str]) -> str:
    length = place.end - place.start
    rivals = [at for at in _found(place.page, _term(words), 0) if at != place.start]
    for prefix, suffix in _contexts(place, short=len(words) <= _SHORT):
        before, after = _context_terms(place, prefix, suffix)
        if not any(
            _follows(place.page, before, at) and _leads(place.page, after, at + length)
            for at in rivals
        ):
            break
    return _joined(place, prefix, _encoded(words), suffix)


def _contexts(place: _Place, *, short: bool) -> Iterator[tuple[int, int]]:
    """How many words to take of each neighbour: few first, on one side first."""
    least_before = 1 if place.glued_before and place.before else 0
    least_after = 1 if place.glued_after and place.after else 0
    if short and place.starts_inside:
        least_before = min(2, len(place.before))
    elif short and place.ends_inside:
        least_after = min(2, len(place.after))
    most_before = min(len(place.before), _MOST_CONTEXT_WORDS)
    most_after = min(len(place.after), _MOST_CONTEXT_WORDS)
    for count in range(max(most_before, most_after) + 1):
        before = max(least_before, min(count, most_before))
        after = max(least_after, min(count, most_after))
        one_sided = [(before, least_after), (least_before, after)]
        # Neighbours in the same block are less likely to have something between them.
        yield from one_sided if place.starts_inside or not place.ends_inside else one_sided[::-1]
        yield before, after


def _range(place: _Place) -> str | None:
    """First and last words; None where they cannot be told apart."""
    one_block = len(place.blocks) == 1
    first, last = place.blocks[0], place.blocks[-1]
    room = len(first) - _EDGE_WORDS if one_block else len(first)
    if one_block and room < _EDGE_WORDS:
        return None
    start = _start_words(place, first, min(room, _MOST_EDGE_WORDS))
    prefix = _prefix_for(place, first[:start])
    if prefix is None:
        return None
    from_start = place.start + len(_term(first[:start]))
    rest = len(last) - start if one_block else len(last)
    for end in range(min(_EDGE_WORDS, rest), rest + 1):
        suffix = _suffix_for(place, last[-end:], from_start)
        if suffix is not None:
            core = f"{_encoded(first[:start])},{_encoded(last[-end:])}"
            return _joined(place, prefix, core, suffix)
    return None


def _start_words(place: _Place, first: Sequence[str], most: int) -> int:
    for count in range(min(_EDGE_WORDS, most), most):
        if all(at == place.start for at in _found(place.page, _term(first[:count]), 0)):
            return count
    return most


def _prefix_for(place: _Place, start: Sequence[str]) -> int | None:
    """Words of the prefix with which the start is found here alone; None where no prefix helps."""
    rivals = [at for at in _found(place.page, _term(start), 0) if at != place.start]
    least = 1 if place.glued_before and place.before else 0
    for count in range(least, min(len(place.before), _MOST_CONTEXT_WORDS) + 1):
        before, _ = _context_terms(place, count, 0)
        if not any(_follows(place.page, before, at) for at in rivals):
            return count
    return None


def _suffix_for(place: _Place, end: Sequence[str], from_start: int) -> int | None:
    """Words of the suffix with which a search from the start ends here; None where none does."""
    term = _term(end)
    target = place.end - len(term)
    rivals = [at for at in _found(place.page[: place.end], term, from_start) if at < target]
    least = 1 if place.glued_after and place.after else 0
    for count in range(least, min(len(place.after), _MOST_CONTEXT_WORDS) + 1):
        _, after = _context_terms(place, 0, count)
        if not any(_leads(place.page, after, at + len(term)) for at in rivals):
            return count
        if len(end) < _MOST_EDGE_WORDS:
            break  # more words of the sentence itself are better than a neighbour's
    return None


def _context_terms(place: _Place, prefix: int, suffix: int) -> tuple[str, str]:
    before = place.before[len(place.before) - prefix :]
    return _term(before), _term(place.after[:suffix])


def _found(page: str, term: str, start: int) -> Iterator[int]:
    at = page.find(term, start)
    while at >= 0:
        yield at
        at = page.find(term, at + 1)


def _follows(page: str, before: str, at: int) -> bool:
    return page.endswith(before, 0, at) or page.endswith(f"{before} ", 0, at)


def _leads(page: str, after: str, at: int) -> bool:
    return page.startswith(after, at) or page.startswith(f" {after}", at)


def _term(words: Sequence[str]) -> str:
    return _fold("".join(words))


def _encoded(words: Sequence[str]) -> str:
    """The words as a term: with what separates terms encoded as well."""
    joined = " ".join("".join(words).split())
    return percent_encode(joined, safe="", errors="replace").replace("-", "%2D")


def _joined(place: _Place, prefix: int, core: str, suffix: int) -> str:
    before = f"{_encoded(place.before[-prefix:])}-," if prefix else ""
    after = f",-{_encoded(place.after[:suffix])}" if suffix else ""
    return f"{before}{core}{after}"
