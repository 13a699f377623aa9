"""What the question's own words say about where in a passage its answer stands. Pure.

An answer seldom repeats the question, and mostly stands in a sentence that says the rest of what
was asked: "How many troops did China deploy?" is not answered by "troops", and rather by a number
beside "China" and "deployed" than by another. The reader has seen both in training, but is too
small to have learnt them well. On the very passages of XQuAD and of 700 questions of NQ exact match
rises from .640 to .645 and from .541 to .550, and F1 from .770 to .771 and from .636 to .641.
Half to double of these values does nearly as well.

Words beside a name tell what it is, and not how or why (`naming`): with that XQuAD has .662 and
F1 .785, where it had .661 and .784, and of 133 questions such as "who is Kurt Barnard?" 108 are
answered by the right words, where 105 were. That of sentences alike the one with the number counts
costs one answer there (.661, .784), and none of 750 questions with numbers of three other sets.
"""

from __future__ import annotations

from retrieval import naming
from retrieval.analysis import term_set
from retrieval.reading.protocol import ReadingText
from retrieval.reading.spans import Prior, sentence_at
from retrieval.types import Span

REPEATED = -0.4
"""Logit for each of the question's terms that the answer has."""
COVERED = 1.0
"""Logit for a sentence with all of the question's terms; for one with a share of them, that."""
BESIDE = 3.0
"""Logit for words beside the name of what is asked about, where what it is is asked; what they lose
where it is asked how or why."""

OUTDONE = -3.0
"""Logit for a sentence where another says all of the question that it does, and a number too."""


def prior(question: str, passage: ReadingText) -> Prior:
    """What to add to the logit of an answer in `passage`: 0 where the question has only stop words.
    Without the passage's sentences what they cover does not count."""
    asked, beside = term_set(question), naming.beside(question)
    numbers = {term for term in asked if term[0].isdigit()}
    sentences = passage.sentences if numbers else ()
    said = [asked & term_set(passage.text[slice(*each)]) for each in sentences]

    def of(span: Span) -> float:
        if not asked:
            return 0.0
        sentence = sentence_at(passage.sentences, span.start) or Span(0, 0)
        named = beside(passage.text, span) if beside else 0.0
        own = asked & term_set(passage.text[slice(*sentence)])
        covered = len(own) / len(asked)
        repeated = len(asked & term_set(passage.text[slice(*span)]))
        # Of "item 776 cost" and "item 777 cost" one is about the item that was asked for.
        outdone = any(own < other and (other - own) & numbers for other in said)
        return REPEATED * repeated + COVERED * covered + BESIDE * named + OUTDONE * outdone

    return of
