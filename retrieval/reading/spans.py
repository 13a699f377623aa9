"""From logits of starts and ends to the best answer. Pure."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from retrieval.reading.protocol import Finding, Rival
from retrieval.types import Span

Logits = npt.NDArray[np.float32]
"""Shape (tokens,)."""
LONGEST = 20
"""Tokens of an answer at most: longer ones, which run on past it, are oftener wrong than right."""
CANDIDATES = 12
"""Answers among which the words of the question may choose: the best by logits alone. On XQuAD the
best of twelve has F1 .91, where the first has .70."""
RIVALS = 20
"""Answers of a sentence among which a closer look at it may choose."""
Prior = Callable[[Span], float]
"""What to add to the logit of an answer, by its place in the text, before answers are compared."""
_WORD = re.compile(r"\d+(?:[.,:]\d+)*\w*|\w+(?:['’.]\w+)*")
"""What tokens must not part: 1,100 and 3.5 and U.S and O'Neill, but not 1914–1918."""
_ABBREVIATED = re.compile(r"\.(?=[,;:)]| [a-z])")
"""A full stop that ends no sentence."""
_LIST_MARK = re.compile(r"(?:[-*+•]|\(?\d{1,3}[.)])\s+")
_CELL = re.compile(r"[^|]+")


def whole_words(text: str, span: Span) -> Span:
    """The span, grown to where the words and numbers that it begins and ends in do."""
    start, end = span
    for word in _WORD.finditer(text):
        if word.end() <= span.start:
            continue
        if word.start() >= span.end:
            break
        start, end = min(start, word.start()), max(end, word.end())
    if end > start and text[end - 1].isalnum() and _ABBREVIATED.match(text, end):
        end += 1
    return Span(start, end)


def closed(text: str, span: Span) -> Span:
    """The span without the end of it that opens a bracket and does not close it, and with both of a
    quotation's marks or neither."""
    words = text[slice(*span)]
    for opening, closing in ("()", "[]"):
        at = words.rfind(opening)
        if at > 0 and words.count(opening) > words.count(closing):
            words = words[:at].rstrip()
    return _quoted(text, Span(span.start, span.start + len(words)))


def _quoted(text: str, span: Span) -> Span:
    """The span with both marks of what is quoted in it or neither, where these are at its ends."""
    start, end = span
    for opening, closing in ("“”", "«»", "„“", '""'):
        words = text[start:end]
        more = words.count(opening) - words.count(closing)
        if opening == closing:
            more = words.count(opening) % 2
        if more > 0 and text.startswith(closing, end):
            end += 1
        elif more and start > 0 and text[start - 1] == opening:
            start -= 1
        elif more > 0 and words.startswith(opening) and len(words) > 1:
            start += 1
        elif more and words.endswith(closing) and len(words) > 1:
            end -= 1
    return Span(start, end)


def sentence_at(sentences: Sequence[Span], at: int) -> Span | None:
    """The sentence that holds the character at a place; None where none does."""
    return next((s for s in sentences if s.start <= at < s.end), None)


def rooms(text: str, sentences: Sequence[Span]) -> list[Span]:
    """Where answers lie, each in one of them: a sentence, of a table's row a cell, of a list's item
    what follows its mark."""
    found = []
    for start, end in sentences:
        mark = _LIST_MARK.match(text, start, end) if text[start - 1 : start] in ("", "\n") else None
        cells = _CELL.finditer(text, mark.end() if mark else start, end)
        found += [Span(*cell.span()) for cell in cells]
    return found


def best_span(
    start: Logits,
    end: Logits,
    *,
    first: int,
    offsets: Sequence[tuple[int, int]],
    text: str,
    relevance: float | None = None,
    sentences: Sequence[Span] = (),
    places: Sequence[Span] | None = None,
    prior: Prior | None = None,
) -> Finding:
    """The answer whose start and end have the highest sum of logits, none of them after the other.

    `start` and `end` are logits of a whole row of tokens, whose passage begins at place `first`
    and has `offsets` in `text`; place 0 says that there is no answer. Where the `sentences` of the
    text are known, it lies within one of their `rooms`, or of the `places` given. With a `prior` it
    is chosen among the best few by that sum and the prior together. Its margin is by logits alone,
    and its certainty is softmax of these over all answers and none. Relevance is the margin where
    the model has no logit of its own for it. Its rivals are the best answers in its sentence, by
    that sum and the prior.
    """
    none = float(start[0] + end[0])
    stop = first + len(offsets)
    if stop == first:
        return Finding(-none if relevance is None else relevance, None, -none, 0.0)
    scores = start[first:stop, None].astype(np.float64) + end[None, first:stop]
    allowed = np.triu(np.ones_like(scores, dtype=bool))
    allowed &= ~np.triu(allowed, k=LONGEST)
    inside = allowed & _in_one(rooms(text, sentences) if places is None else places, offsets)
    allowed = inside if inside.any() else allowed
    scores = np.where(allowed, scores, -np.inf)

    def tokens(at: int) -> Span:
        begin, finish = divmod(at, len(offsets))
        return Span(offsets[begin][0], offsets[finish][1])

    # Kept: the best in the passage are among the best in its sentence.
    @functools.cache
    def span(at: int) -> Span:
        return closed(text, whole_words(text, tokens(at)))

    @functools.cache
    def score(at: int) -> float:
        return float(scores.flat[at]) + (prior(span(at)) if prior else 0.0)

    at = int(scores.argmax())
    if prior is not None:
        at = max(_highest(scores, CANDIDATES), key=score)
    chosen = float(scores.flat[at])
    own = sentence_at(sentences, span(at).start)
    among = (
        [] if own is None else _highest(np.where(_in_one([own], offsets), scores, -np.inf), RIVALS)
    )
    highest = max(float(scores.max()), none)
    share = np.exp(chosen - highest) / (np.exp(scores - highest).sum() + np.exp(none - highest))
    margin = chosen - none
    return Finding(
        relevance=margin if relevance is None else relevance,
        span=span(at),
        margin=margin,
        certainty=float(share),
        rivals=tuple(
            sorted(
                (Rival(span(each), tokens(each), score(each)) for each in among),
                key=lambda rival: -rival.score,
            )
        ),
    )


def _highest(scores: npt.NDArray[np.float64], count: int) -> list[int]:
    """Places of so many of the highest scores, as many as are not -inf; lowest first."""
    # Most are -inf, and parting these too takes ten times as long.
    places = np.flatnonzero(np.isfinite(scores))
    best = np.argsort(scores.flat[places], kind="stable")[-count:]
    return [int(each) for each in places[best]]


def _in_one(places: Sequence[Span], offsets: Sequence[tuple[int, int]]) -> npt.NDArray[np.bool_]:
    """Shape (tokens, tokens): whether what begins at one token and ends at another lies in one of
    the places, which are in order."""
    if not places:
        return np.ones((len(offsets), len(offsets)), dtype=bool)
    bounds, tokens = np.array(places), np.array(offsets)
    starts = np.searchsorted(bounds[:, 1], tokens[:, 0], side="right")
    ends = np.searchsorted(bounds[:, 1], tokens[:, 1] - 1, side="right")
    begun = tokens[:, 0] >= np.append(bounds[:, 0], np.inf)[starts]
    begun &= starts < len(places)
    same: npt.NDArray[np.bool_] = (starts[:, None] == ends[None, :]) & begun[:, None]
    return same
