"""Questions that ask otherwise: for the same in other words, or for what was not told."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable

_AUXILIARY = r"(?:did|was|were|is|does|do|are|will)"
_REWORDED = (
    (r"^How many (?=\w)", ("What number of ", "How large a number of ")),
    (r"^How much (?=\w+ (?:is|was|were|did|does|do|are)\b)", ("What amount of ",)),
    (rf"^When (?={_AUXILIARY}\b)", ("At what time ", "At which time ")),
    (r"^(?:In|On) (?:what|which) (?:year|date|day) ", ("When ",)),
    (rf"^Where (?={_AUXILIARY}\b)", ("In what place ", "At which place ")),
    (r"^Who (?=\w+ed\b|was\b|is\b)", ("Which person ", "What person ")),
    (rf"^Why (?={_AUXILIARY}\b)", ("For what reason ", "What is the reason why ")),
    (r"^What is (?=the\b)", ("What's ", "Tell me ")),
)
_PATTERNS = tuple((re.compile(pattern), others) for pattern, others in _REWORDED)
_ADVERB = re.compile(r"^(?:When|Where|Why|How) (?=(?:did|was|were|does|do|is|are|has|had)\b)")
_REASONS = re.compile(
    r"\b(?:because|due to|owing to|in order|so that|reasons?|caused?|since|to|for|as)\b",
    re.IGNORECASE,
)
_TIMES = re.compile(
    r"\d{2,4}|\b(?:January|February|March|April|May|June|July|August|September|October|November"
    r"|December|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|today|yesterday|tomorrow|tonight|morning"
    r"|noon|evening|night|hours?|days?|weeks?|months?|years?|century|ago|after|before|during|when"
    r"|until|once)\b",
    re.IGNORECASE,
)
_PLACES = re.compile(
    r"\b(?:in|at|on|near|from|to|into|under|behind|beside|where|here|there)\b", re.IGNORECASE
)
_MEANS = re.compile(r"\b(?:by|with|using|through|via|thanks to)\b", re.IGNORECASE)
_TOLD = {"Why": _REASONS, "When": _TIMES, "Where": _PLACES, "How": _MEANS}
_VERB = re.compile(
    r"^(?:Who|What|Which \w+) (?P<told>[a-z]{3,}(?:ed|s)) (?=(?:the|a|an|his|her|their|in|at|by)\b)"
    r"|^(?:When|Where|Why|How|Who|What) (?:did|does|do) .* (?P<base>[a-z]{3,})\?$"
)
_NO_VERBS = frozenset({"was", "has", "does", "is", "years", "need", "name", "time", "place"})
OFTEN = 4
"""Questions that a word has to be the verb of, and times that it has to stand in the past: of
rarer ones many are no verbs."""
STEM = 4
"""Letters that forms of the same verb share."""


def reworded(question: str, rng: random.Random) -> str:
    """The question for the same in other words; as it is where no other are known."""
    for pattern, others in _PATTERNS:
        if match := pattern.search(question):
            return rng.choice(others) + question[match.end() :]
    return question


class Otherwise:
    """Asks otherwise, with the verbs of some questions."""

    def __init__(self, questions: Iterable[str], texts: Iterable[str]) -> None:
        found: dict[str, Counter[str]] = {"told": Counter(), "base": Counter()}
        for question in questions:
            if (match := _VERB.search(question)) and match.lastgroup:
                found[match.lastgroup][match[match.lastgroup]] += 1
        past = Counter(re.findall(r"\b[a-z]+ed\b", " ".join(texts)))
        self._verbs = {
            kind: [
                word
                for word, count in sorted(counts.items())
                for base in [word.removesuffix("s") if kind == "told" else word]
                if count >= OFTEN
                and word not in _NO_VERBS
                and max(past[word], past[f"{base}ed"], past[f"{base}d"]) >= OFTEN
            ]
            for kind, counts in found.items()
        }

    def verb(self, question: str, passage: str, rng: random.Random) -> str | None:
        """The question with another verb, of which the passage says nothing; None where that
        cannot be."""
        match = _VERB.search(question)
        kind = match.lastgroup if match else None
        if match is None or kind is None or match[kind] not in self._verbs[kind]:
            return None
        own, lowered = match[kind][:STEM], passage.casefold()
        for verb in rng.choices(self._verbs[kind], k=8):
            if verb[:STEM] != own and verb[:STEM] not in lowered:
                return question[: match.start(kind)] + verb + question[match.end(kind) :]
        return None

    def adverb(self, question: str, passage: str, rng: random.Random) -> str | None:
        """The question for a time, a place, a reason or a way, of which the passage seems to say
        none; None where that cannot be."""
        match = _ADVERB.search(question)
        if match is None:
            return None
        own = match.group().strip()
        others = [name for name, told in _TOLD.items() if name != own and not told.search(passage)]
        return f"{rng.choice(others)} {question[match.end() :]}" if others else None
