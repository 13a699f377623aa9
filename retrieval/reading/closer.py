"""A closer look at the sentence that answers, for its very words. Pure.

Which sentence answers is found best in the whole passage, and which of its words by reading it once
more by itself, and once with the sentence before it: logits of the three readings are added up. It
is what averaging several networks does, at the cost of two short rows.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import replace

from retrieval.reading.pairs import Pair
from retrieval.reading.protocol import Finding, ReadingText, Rival
from retrieval.reading.spans import Logits, sentence_at
from retrieval.types import Span


def views(passage: ReadingText, answer: Span | None) -> list[Span]:
    """Stretches of the passage's text to read again: the answer's sentence, and that with the one
    before it. None that is the whole passage, which was read, or the one ahead in the list."""
    sentences = passage.sentences
    own = None if answer is None else sentence_at(sentences, answer.start)
    if own is None:
        return []
    at = sentences.index(own)
    stretches = (Span(sentences[n].start, own.end) for n in (at, max(0, at - 1)))
    whole = Span(sentences[0].start, sentences[-1].end)
    return [each for each in dict.fromkeys(stretches) if each != whole]


def add(
    scores: MutableMapping[Rival, float], view: Span, pair: Pair, start: Logits, end: Logits
) -> None:
    """Add what the rivals score in this view, read as `pair`; drop those that it cannot have."""
    starts = {view.start + a: pair.first + n for n, (a, _) in enumerate(pair.offsets)}
    ends = {view.start + b: pair.first + n for n, (_, b) in enumerate(pair.offsets)}
    for rival in list(scores):
        first, last = starts.get(rival.tokens.start), ends.get(rival.tokens.end)
        if first is None or last is None:
            del scores[rival]
        else:
            scores[rival] += float(start[first] + end[last])


def chosen(found: Finding, scores: Mapping[Rival, float]) -> Finding:
    """The finding with the best of the rivals; as it was where none is left."""
    if not scores:
        return found
    return replace(found, span=max(scores, key=lambda rival: scores[rival]).span)
