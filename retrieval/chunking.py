"""Cut an article's text into the passages that are embedded, found and shown.

Among all ways to cut between sentences, the cheapest is taken: a passage costs by how far its size
is from the one aimed at, and by where it ends. Ends of paragraphs are free, ends of sentences cost
a little, and what should not be parted (a heading from its text) costs much. So short paragraphs
come together, long ones are shared out evenly, and no crumb is left at the end.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from retrieval.paragraphs import paragraph_spans
from retrieval.sentences import inside_letter, sentence_spans, whole_before
from retrieval.types import Cut, Span

TokenCounter = Callable[[Sequence[str]], list[int]]
"""How many model tokens each text has, without special ones."""

TARGET = 140
"""Tokens aimed at, about 100 words. Of 60, 100, 140, 180 and 250 it had the best hit@1 of fused
scores on both sets with longer documents, by little: ClapNQ .963 .967 .967 .963 .963, XQuAD .962
.964 .965 .961 .961. Below it there is much more to embed: 60 makes twice the passages."""

_INSIDE_PARAGRAPH = 0.3
_INSIDE_SENTENCE = 1.0
_AFTER_HEADING = 2.0
"""Costs of ending a passage there; a passage of no size at all costs 1."""

_CHARACTERS_PER_TOKEN = 12
"""A model counts a word it cannot read as one token, however long it is: no passage has more
characters than this for each token of the budget."""

_MOST_SENTENCES = 64
"""In one passage: a long list of numbers or names is many passages, and quickly cut."""

_LONGEST_WORD = 100
"""Characters: a longer run without white space may be cut anywhere between them."""

_WORD = re.compile(rf"\S{{1,{_LONGEST_WORD}}}")
_CLAUSE_ENDS = tuple(",;:—–)，；：、，،؛")
_HEADING_LENGTH = 120
_SENTENCE_ENDS = tuple('.!?…。！？।؟"”»’)]')


@dataclass(frozen=True, slots=True)
class _Unit:
    """What is never cut again: a sentence, or a part of one that is over the budget."""

    span: Span
    tokens: int
    paragraph: int
    end_cost: float
    """What it costs to end a passage after it."""


def passages(
    text: str,
    *,
    count: TokenCounter,
    budget: int,
    target: int = TARGET,
    language: str | None = None,
) -> list[Cut]:
    """The passages in order: verbatim, apart from each other, together holding every sentence.

    None has more than `budget` tokens, taken as the sum over its sentences, unless a single word
    has. They end at the end of a paragraph where that suits, else of a sentence; inside a sentence
    (at a clause, else a word, and in a script without spaces a letter) only where it alone is over
    the budget, and then its parts are taken for sentences. Paragraphs are numbered as in
    `retrieval.paragraphs`. `count` is called at most twice. Raises ValueError for a budget below 1.
    """
    if budget < 1:
        raise ValueError("the budget must be at least one token")
    spans = sentence_spans(text, language=language)
    if not spans:
        return []
    sizes = count([text[span.start : span.end] for span in spans])
    limit = budget * _CHARACTERS_PER_TOKEN
    parts = _parts(text, spans, sizes, count=count, budget=budget, limit=limit)
    units = _units(text, parts)
    bounds = _best_bounds(units, budget=budget, limit=limit, target=min(target, budget))
    return [_cut(units[first:last]) for first, last in bounds]


def _cut(units: Sequence[_Unit]) -> Cut:
    return Cut(
        start=units[0].span.start,
        end=units[-1].span.end,
        paragraph=units[0].paragraph,
        sentences=tuple(unit.span for unit in units),
    )


# Sentences over the budget ------------------------------------------------------------------


def _parts(
    text: str,
    spans: Sequence[Span],
    sizes: Sequence[int],
    *,
    count: TokenCounter,
    budget: int,
    limit: int,
) -> list[tuple[Span, int]]:
    """The sentences with their tokens, those over the budget replaced by parts that are not."""
    long = [
        span
        for span, size in zip(spans, sizes, strict=True)
        if size > budget or span.end - span.start > limit
    ]
    words = {span: _words(text, span) for span in long}
    every = [word for span in long for word in words[span]]
    counted = iter(count([text[word.start : word.end] for word in every]) if every else [])
    found: list[tuple[Span, int]] = []
    for span, size in zip(spans, sizes, strict=True):
        if span in words:
            tokens = [min(next(counted), budget) for _ in words[span]]
            found += _shared_out(text, words[span], tokens, budget=budget, limit=limit)
        else:
            found.append((span, size))
    return found


def _words(text: str, span: Span) -> list[Span]:
    """The words of a sentence; a run too long for a word, or of a script without spaces, letter by
    letter."""
    found: list[Span] = []
    position = span.start
    while match := _WORD.search(text, position, span.end):
        start, end = match.span()
        spaceless = end - start > 1 and not text[start:end].isascii() and _is_spaceless(text[start])
        if spaceless:
            end = start + 1
            while end < span.end and inside_letter(text, end):
                end += 1
        elif end - start == _LONGEST_WORD:
            end = whole_before(text, end, start)
        found.append(Span(start, end))
        position = end
    return found


def _is_spaceless(letter: str) -> bool:
    """Whether it is of a script written without spaces (Chinese, Japanese, Thai and the like)."""
    return "\u0e00" <= letter <= "\u0eff" or "\u1000" <= letter <= "\u109f" or letter >= "\u2e80"


def _shared_out(
    text: str, words: Sequence[Span], tokens: Sequence[int], *, budget: int, limit: int
) -> Iterator[tuple[Span, int]]:
    """A long sentence in parts of about one size, ended at clauses where one is near."""
    total = [0, *accumulate(tokens)]
    first = 0
    while first < len(words):
        left = total[-1] - total[first]
        pieces = -(-left // budget) or 1
        last = _last_fitting(words, total, first, budget=budget, limit=limit)
        if last < len(words):
            even = bisect_right(total, total[first] + -(-left // pieces), first + 1) - 1
            last = _clause_end(text, words, first, min(max(even, first + 1), last), last)
        yield Span(words[first].start, words[last - 1].end), total[last] - total[first]
        first = last


def _last_fitting(
    words: Sequence[Span], total: Sequence[int], first: int, *, budget: int, limit: int
) -> int:
    last = max(bisect_right(total, total[first] + budget) - 1, first + 1)
    return max(
        bisect_right(words, words[first].start + limit, first, last, key=lambda word: word.end),
        first + 1,
    )


def _clause_end(text: str, words: Sequence[Span], first: int, even: int, last: int) -> int:
    """The bound after a clause nearest to the even share, but past half of it."""
    ends = [
        bound
        for bound in range((first + even + 1) // 2 + 1, last + 1)
        if text[words[bound - 1].end - 1] in _CLAUSE_ENDS
    ]
    return min(ends, key=lambda bound: abs(bound - even), default=even)


# Which sentences go together ------------------------------------------------------------------


def _units(text: str, parts: Sequence[tuple[Span, int]]) -> list[_Unit]:
    paragraphs = paragraph_spans(text)
    found: list[_Unit] = []
    number = 1
    for index, (span, tokens) in enumerate(parts):
        while paragraphs[number - 1].end < span.end:
            number += 1
        paragraph = paragraphs[number - 1]
        following = parts[index + 1][0] if index + 1 < len(parts) else None
        cost = _end_cost(text, span, paragraph, following)
        found.append(_Unit(span=span, tokens=tokens, paragraph=number, end_cost=cost))
    return found


def _end_cost(text: str, span: Span, paragraph: Span, following: Span | None) -> float:
    if following is None:
        return 0.0
    if span.end == paragraph.end:
        return _AFTER_HEADING if _leads(text, span, paragraph) else 0.0
    if "\n" in text[span.end : following.start]:
        return _INSIDE_PARAGRAPH / 2
    return _INSIDE_PARAGRAPH if text[span.end - 1] in _SENTENCE_ENDS else _INSIDE_SENTENCE


def _leads(text: str, span: Span, paragraph: Span) -> bool:
    """Whether the paragraph is there for the sake of the next: a heading, or `as follows:`."""
    last = text[span.end - 1]
    if last in ":：":
        return True
    short = paragraph.end - paragraph.start <= _HEADING_LENGTH
    return short and span == paragraph and last not in _SENTENCE_ENDS


def _best_bounds(
    units: Sequence[_Unit], *, budget: int, limit: int, target: int
) -> list[tuple[int, int]]:
    """The cheapest way to cut the units into passages, each as (first, one past the last)."""
    tokens = [unit.tokens for unit in units]
    starts = [unit.span.start for unit in units]
    cost = [0.0] + [float("inf")] * len(units)
    begin = [0] * (len(units) + 1)
    for last, unit in enumerate(units, start=1):
        size = 0
        earliest = unit.span.end - limit
        for first in range(last - 1, max(last - 1 - _MOST_SENTENCES, -1), -1):
            size += tokens[first]
            if first < last - 1 and (size > budget or starts[first] < earliest):
                break
            price = cost[first] + (size / target - 1) ** 2
            if price < cost[last]:
                cost[last], begin[last] = price, first
        cost[last] += unit.end_cost
    bounds: list[tuple[int, int]] = []
    last = len(units)
    while last > 0:
        bounds.append((begin[last], last))
        last = begin[last]
    return bounds[::-1]
