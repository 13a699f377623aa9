"""From logits of starts and ends to the best answer. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from retrieval.reading.protocol import Finding
from retrieval.types import Span

Logits = npt.NDArray[np.float32]
"""Shape (tokens,)."""
LONGEST = 20
"""Tokens of an answer at most: longer ones, which run on past it, are oftener wrong than right."""
_WORD = re.compile(r"\d+(?:[.,:]\d+)*\w*|\w+(?:['’.]\w+)*")
"""What tokens must not part: 1,100 and 3.5 and U.S and O'Neill, but not 1914–1918."""


def whole_words(text: str, span: Span) -> Span:
    """The span, grown to where the words and numbers that it begins and ends in do."""
    start, end = span
    for word in _WORD.finditer(text):
        if word.end() <= span.start:
            continue
        if word.start() >= span.end:
            break
        start, end = min(start, word.start()), max(end, word.end())
    return Span(start, end)


def closed(text: str, span: Span) -> Span:
    """The span without the end of it that opens a bracket and does not close it."""
    words = text[slice(*span)]
    for opening, closing in ("()", "[]"):
        at = words.rfind(opening)
        if at > 0 and words.count(opening) > words.count(closing):
            words = words[:at].rstrip()
    return Span(span.start, span.start + len(words))


def best_span(
    start: Logits,
    end: Logits,
    *,
    first: int,
    offsets: Sequence[tuple[int, int]],
    text: str,
    relevance: float | None = None,
) -> Finding:
    """The answer whose start and end have the highest sum of logits, none of them after the other.

    `start` and `end` are logits of a whole row of tokens, whose passage begins at place `first`
    and has `offsets` in `text`; place 0 says that there is no answer. Its certainty is softmax over
    all answers and none. Relevance is the margin where the model has no logit of its own for it.
    """
    none = float(start[0] + end[0])
    stop = first + len(offsets)
    if stop == first:
        return Finding(-none if relevance is None else relevance, None, -none, 0.0)
    scores = start[first:stop, None].astype(np.float64) + end[None, first:stop]
    allowed = np.triu(np.ones_like(scores, dtype=bool))
    allowed &= ~np.triu(allowed, k=LONGEST)
    scores = np.where(allowed, scores, -np.inf)
    at = int(scores.argmax())
    best = float(scores.flat[at])
    highest = max(best, none)
    share = np.exp(best - highest) / (np.exp(scores - highest).sum() + np.exp(none - highest))
    begin, finish = divmod(at, len(offsets))
    margin = best - none
    return Finding(
        relevance=margin if relevance is None else relevance,
        span=closed(text, whole_words(text, Span(offsets[begin][0], offsets[finish][1]))),
        margin=margin,
        certainty=float(share),
    )
