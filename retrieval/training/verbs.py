"""Questions made to mislead by their verb: what is asked of someone is another thing than is told.

Verbs are learnt from texts, without a tagger: what follows "to" often and has a regular past there.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable
from itertools import accumulate

_WORD = re.compile(r"[A-Za-z][\w’'-]*")
_AFTER_TO = re.compile(r"\bto ([a-z]{3,})\b")
_AUXILIARY = frozenset(
    ["did", "does", "do", "can", "could", "will", "would", "should", "must", "may", "might"]
)
_SUBJECT = frozenset(["who", "what", "that"])
SEEN = 4
"""Times that a verb is in the texts, after "to" and in its past, at least."""
TRIES = 20

Forms = tuple[str, str, str, str]
"""A verb plain, of the third person, in its past, as a participle."""


_IRREGULAR = {
    each[0]: each
    for each in (
        ("become", "becomes", "became", "becoming"),
        ("begin", "begins", "began", "beginning"),
        ("build", "builds", "built", "building"),
        ("buy", "buys", "bought", "buying"),
        ("find", "finds", "found", "finding"),
        ("give", "gives", "gave", "giving"),
        ("hold", "holds", "held", "holding"),
        ("keep", "keeps", "kept", "keeping"),
        ("lead", "leads", "led", "leading"),
        ("leave", "leaves", "left", "leaving"),
        ("lose", "loses", "lost", "losing"),
        ("make", "makes", "made", "making"),
        ("meet", "meets", "met", "meeting"),
        ("pay", "pays", "paid", "paying"),
        ("say", "says", "said", "saying"),
        ("sell", "sells", "sold", "selling"),
        ("send", "sends", "sent", "sending"),
        ("take", "takes", "took", "taking"),
        ("tell", "tells", "told", "telling"),
        ("win", "wins", "won", "winning"),
        ("write", "writes", "wrote", "writing"),
    )
}


def forms(verb: str) -> Forms:
    """The forms of a verb: "carry", "carries", "carried", "carrying"; of few that are irregular."""
    if verb in _IRREGULAR:
        return _IRREGULAR[verb]
    if re.search(r"[^aeiou]y$", verb):
        return verb, f"{verb[:-1]}ies", f"{verb[:-1]}ied", f"{verb}ing"
    third = f"{verb}es" if re.search(r"(?:s|x|z|ch|sh|o)$", verb) else f"{verb}s"
    if verb.endswith("e"):
        return verb, third, f"{verb}d", f"{verb[:-1]}ing"
    # A short vowel under stress doubles what follows; with one syllable it has the stress.
    if re.fullmatch(r"[^aeiou]*[aeiou][bdgmnprt]", verb):
        return verb, third, f"{verb}{verb[-1]}ed", f"{verb}{verb[-1]}ing"
    return verb, third, f"{verb}ed", f"{verb}ing"


class Verbs:
    """The verbs of some texts, to put in one another's place."""

    def __init__(self, texts: Iterable[str]) -> None:
        after: Counter[str] = Counter()
        words: Counter[str] = Counter()
        for text in texts:
            after.update(_AFTER_TO.findall(text))
            words.update(_WORD.findall(text))
        known = [
            forms(verb)
            for verb, count in sorted(after.items())
            if count >= SEEN and words[forms(verb)[2]] >= SEEN
        ]
        self._verbs = known
        # Rooted: "use" and "have" would else be most of what is put in.
        self._usual = list(accumulate(after[each[0]] ** 0.5 for each in known))
        self._form_of = {each[n]: (each, n) for each in known for n in (1, 2, 0)}

    def swapped(self, question: str, passage: str, rng: random.Random) -> str | None:
        """The question with a verb that the passage has in no form; None where it has no verb.

        As a rule the passage does not answer what is then asked, though it speaks of all else.
        """
        places = list(self._places(question))
        if not places or not self._verbs:
            return None
        place, number = rng.choice(places)
        told = {word.casefold() for word in _WORD.findall(f"{question} {passage}")}
        for other in rng.choices(self._verbs, cum_weights=self._usual, k=TRIES):
            if told.isdisjoint(other):
                return question[: place.start()] + other[number] + question[place.end() :]
        return None

    def _places(self, question: str) -> Iterable[tuple[re.Match[str], int]]:
        """Where a verb stands that says what is asked, and in which form."""
        words = list(_WORD.finditer(question))
        asked = False
        for before, word in zip(words, words[1:], strict=False):
            _, number = self._form_of.get(word.group(), (None, -1))
            behind = before.group().casefold()
            if number == 2 or (number == 1 and behind in _SUBJECT):
                yield word, number
            # "What did China deploy": the first plain verb behind whom it is asked of.
            if number == 0 and asked and behind not in _AUXILIARY:
                yield word, number
                asked = False
            asked = asked or behind in _AUXILIARY
