"""What kind of answer a question wants, and whether a sentence has one of that kind. Pure.

"How many" wants a number, "when" a date, "who" and "where" a name that the question does not
itself give. These are hints among other evidence, never a rule: the words are English ones, and a
question in another language simply gets no hint.
"""

from __future__ import annotations

import re
from typing import Literal

from retrieval import analysis

Want = Literal["number", "date", "name", "other"]

_COUNT_WANTED = (
    r"\bhow (?:many|much|long|old|far|tall|high|large|big|fast|often|deep|wide|heavy|few)\b"
    r"|\b(?:what|which) (?:number|percent|percentage|amount|share|age|size|population|proportion"
    r"|fraction)\b"
)
_NUMBER_WANTED = re.compile(_COUNT_WANTED + r"|\bnumber of\b")
_ONLY_NUMBER_WANTED = re.compile(_COUNT_WANTED + r"|\b(?:what|which)\b.{0,12}\bnumber of\b")
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
_TENS = "twenties|thirties|forties|fifties|sixties|seventies|eighties|nineties"
_AMOUNTS = (
    rf"{_COUNTING}|zero|no|none|nothing|nobody|neither|\w+teen|sixty|seventy|eighty|ninety|hundreds?"
    r"|thousands?|millions?|billions?|trillions?|halves|thirds?|quarters?|fifths?|sixths?|eighths?"
    rf"|tenths?|tens|scores|{_TENS}|dozens?|doubled?|tripled?|trebled?|halved|\w+fold|pairs?|couple"
    r"|trio|duo|free|both|single|all|most|majority|rest|whole|entire|everything|per ?cent"
    r"|percentage"
)
_SUM = re.compile(rf"[\d$£€¥%]|\b(?:{_AMOUNTS}|an? (?!\w+ment\b)\w+)\b", re.IGNORECASE)
"""Whatever may tell a sum, among few words: a pound, and not a settlement."""
_NUMERAL = re.compile(
    rf"\d|\b(?:{_AMOUNTS}|an?|many|few|every|each|daily|weekly|monthly|annually|yearly|rarely"
    r"|always|life|\w*(?:hours|days|weeks|months|years|decades|centuries)|overnight|until|since"
    r"|hat-trick|unanimous\w*|finals?|size)\b",
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
_SUM_WANTED = re.compile(
    r"\bhow much\b"
    r"|\b(?:what|which) (?:price|cost|sum|fee|budget|fine|salary) (?:is|was|were|do|does|did|has"
    r"|had|will|would|can|could|must|should)\b"
    r"|\bwhat(?:['’]s| is| was| will be) the (?:(?:price|cost|fee|budget|salary|value)(?: of| for"
    r"|[?.\s]*$)|fine[?.\s]*$)"
    r"|\bwhat (?:do|does|did|will|would)\b.*(?<!the )\bcost(?: to| for| in| at|[?.\s]*$)"
)
_TIME_WANTED = re.compile(
    r"(?:so |and |but )?(?:since )?when\b|(?:(?:in|on|at) )?(?:which|what) (?:year|month|date|day"
    r"|season|time|century|decade)(?: (?:is|was|were|are|do|does|did|has|had|have|will|would|can"
    r"|could|should|must)\b|[?.\s]*$)"
)
_MORE = re.compile(r"\b(?:who|whom|whose|which|what|where|why|how)\b")
"""Asks for something else: "when the mill was sold, who bought it"."""
_TIME = re.compile(
    rf"\d|\b(?:{MONTHS}|{_COUNTING}|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|mon|tues?|wed|thurs?|fri|sat|sun|centur(?:y|ies)"
    r"|yesterday|today|tomorrow|tonight|last|next|ago|years?|months?|weeks?|(?:week|mid|holi)?days?"
    rf"|winter|summer|spring|autumn|fall|decades?|{_TENS}|seasons?|mornings?|evenings?|nights?"
    r"|overnight|afternoons?|weekends?|fortnight|christmas|easter|ramadan|eid|diwali|halloween"
    r"|thanksgiving|eve|noon|midnight|dawn|dusk|sunset|sunrise|lunchtime|later|earlier|shortly"
    r"|eventually|soon|now|times?|\w*time|after|before|when|while|until|till|during|since|at|on|if"
    r"|as|for|under|upon|every|daily|weekly|monthly|annually|yearly|elections?|end|late|early|mid"
    r"|reign|war|birth|death|once|immediately|already|never|always|first|second|third|fourth"
    r"|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|\w+teenth|\w+tieth|hours?|minutes?"
    r"|quarter|half|eras?|age[ds]?|teen\w*|childhood|youth|period|begin\w*|start|opening"
    r"|kick-off|bc|ad|present|current\w*|recent\w*)\b",
    re.IGNORECASE,
)
"""Whatever may tell a time, among few words."""
_AMOUNT = re.compile(r"\bhow (?:many|much|long|old|far|large|big|tall|high)\b", re.IGNORECASE)
_NAME = re.compile(r"\b[A-Z][\w’'-]+")


_BYLINE = re.compile(
    r"\W*(?:[Bb]y|BY|[Ww]ords by|[Tt]ext by|[Rr]eported by)[: ]\s*(?:[A-Z][\w.'’-]*[\s,&|]*"
    r"|(?:and|in|for|of|at|on|the|d[aeiu]|van|von|correspondent|reporter|editor|staff|writer)[\s,]+"
    r"|[\d:/.-]+(?:st|nd|rd|th|am|pm)?[\s,|]*){2,16}\W*"
)
_AUTHOR_WANTED = re.compile(
    r"\b(?:writ\w*|wrote|author\w*|report\w*|journalist\w*|byline|by whom|article|story|piece)\b",
    re.IGNORECASE,
)
_NEGATED = re.compile(
    r"\b(?:not|never|no|without|refus\w*|den(?:y|ies|ied)|fail\w*|reject\w*|except|skip\w*"
    r"|miss\w*|unable)\b|n['’]t\b",
    re.IGNORECASE,
)
_DENYING = re.compile(
    r"(?:\b(?:not|never|cannot|no[ -]one|nobody|none)\b|n['’]t\b)"
    r"(?:\s+(?:yet|ever|even|be|been|being|have|has|had|was|were|is|are|of (?:them|these|those)"
    r"|because of|to|by|in|the)\b)*\s+(\w+)",
    re.IGNORECASE,
)
"""What is said not to be, by its first word."""

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


def mistaken(question: str, words: str) -> bool:
    """Whether a number, a sum or a time is wanted, and the words that would be told for an answer
    hold none."""
    lowered = question.casefold()
    if _SUM_WANTED.search(lowered):
        return _SUM.search(words) is None
    if (asked := _TIME_WANTED.match(lowered)) and not _MORE.search(lowered, asked.end()):
        return _TIME.search(words) is None
    if _DATE_WANTED.search(lowered) or not _ONLY_NUMBER_WANTED.search(lowered):
        return False
    return _NUMERAL.search(words) is None


def credited(question: str, sentence: str) -> bool:
    """Whether the sentence only tells who wrote the article, and that is not asked."""
    return _BYLINE.fullmatch(sentence) is not None and _AUTHOR_WANTED.search(question) is None


def denied(question: str, sentence: str) -> bool:
    """Whether it is asked when, where, by whom or how often something was done, and the sentence
    says that it was not: "did not concede on Wednesday" tells nobody when somebody conceded."""
    if want(question) == "other" or _NEGATED.search(question):
        return False
    asked, said = analysis.term_set(question), analysis.terms(sentence)
    return any(
        match[1][0].islower() and said.count(term) == 1 and term in asked
        for match in _DENYING.finditer(sentence)
        for term in analysis.terms(match[1])
    )


def counts(question: str) -> bool:
    """Whether the question asks for an amount in the plainest way: how many, how long, how old."""
    return _AMOUNT.search(question) is not None


def has_number(sentence: str) -> bool:
    """Whether there is a number in the sentence, in figures or in words."""
    return _NUMBER.search(sentence) is not None
