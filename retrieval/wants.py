"""What kind of answer a question wants, and whether a sentence has one of that kind. Pure.

"How many" wants a number, "when" a date, "who" and "where" a name that the question does not
itself give. These are hints among other evidence, never a rule: the words are English ones, and a
question in another language simply gets no hint.
"""

from __future__ import annotations

import re
from typing import Literal

Want = Literal["number", "date", "name", "other"]

_NUMBER_WANTED = re.compile(
    r"\bhow (?:many|much|long|old|far|tall|high|large|big|fast|often|deep|wide|heavy|few)\b"
    r"|\b(?:what|which) (?:number|percent|percentage|amount|share|age|size|population|proportion"
    r"|fraction)\b|\bnumber of\b"
)
_DATE_WANTED = re.compile(
    r"\bwhen\b|\b(?:what|which) (?:year|date|day|month|century|decade|time)\b|\bhow long ago\b"
)
_NAME_WANTED = re.compile(
    r"\bwho(?:se|m)?\b|\bwhere\b"
    r"|\b(?:what|which) (?:country|city|state|place|town|region|location|continent|person)\b"
)
_COUNTING = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|half"
    "|once|twice|several"
)
_NUMBER = re.compile(
    rf"\d|\b(?:{_COUNTING}|hundred|thousand|million|billion|dozen)s?\b", re.IGNORECASE
)
_NUMERAL = re.compile(
    rf"\d|\b(?:{_COUNTING}|zero|no|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
    r"|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|billions?|trillions?|halves"
    r"|thirds?|quarters?|dozens?|doubled?|tripled?|trebled?|pairs?|couple|free|both|single|a)\b",
    re.IGNORECASE,
)
"""Whatever may tell an amount, among few words."""
MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_DATE = re.compile(
    r"\b(?:1\d|20)\d\d\b"
    rf"|\b(?:{MONTHS}"
    r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday|century|yesterday|today|tomorrow"
    r"|year|month|week|day|winter|summer|spring|autumn|decade)s?\b",
    re.IGNORECASE,
)
_AMOUNT = re.compile(r"\bhow (?:many|much|long|old|far|large|big|tall|high)\b", re.IGNORECASE)
_NAME = re.compile(r"\b[A-Z][\w’'-]+")


_POLAR = re.compile(
    r"\s*(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might|must)"
    r"(?:n['’]t)?\s(?!.*(?:\bor\b|\b(?:wh(?:at|o|en|ere|y|ich|ose|om)|how)\b))",
    re.IGNORECASE | re.DOTALL,
)


def polar(question: str) -> bool:
    """Whether it asks for a yes or no, which a whole sentence tells and no few words of it do."""
    return _POLAR.match(question) is not None


def want(question: str) -> Want:
    """What kind of answer the question wants."""
    lowered = question.casefold()
    if _DATE_WANTED.search(lowered):
        return "date"
    if _NUMBER_WANTED.search(lowered):
        return "number"
    return "name" if _NAME_WANTED.search(lowered) else "other"


def satisfied(wanted: Want, sentence: str, question: str) -> float:
    """1 where the sentence has something of the kind wanted, -1 where not, 0 without a hint."""
    if wanted == "other":
        return 0.0
    if wanted == "name":
        asked = question.casefold()
        # The first letter of a sentence is a capital whatever the word is.
        names = (match.group().casefold() for match in _NAME.finditer(sentence, 1))
        return 1.0 if any(name not in asked for name in names) else -1.0
    pattern = _NUMBER if wanted == "number" else _DATE
    return 1.0 if pattern.search(sentence) else -1.0


def miscounted(question: str, words: str) -> bool:
    """Whether a number is wanted, and the words that would be told for an answer hold none."""
    return want(question) == "number" and _NUMERAL.search(words) is None


def counts(question: str) -> bool:
    """Whether the question asks for an amount in the plainest way: how many, how long, how old."""
    return _AMOUNT.search(question) is not None


def has_number(sentence: str) -> bool:
    """Whether there is a number in the sentence, in figures or in words."""
    return _NUMBER.search(sentence) is not None
