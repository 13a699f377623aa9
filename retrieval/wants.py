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
_SAID = re.compile(r"[\w.'’:/-]*\w")
_AMOUNT = re.compile(r"\bhow (?:many|much|long|old|far|large|big|tall|high)\b", re.IGNORECASE)
_NAME = re.compile(r"\b[A-Z][\w’'-]+")


_BYLINE = re.compile(r"[\W_]*(?:(?:words|text|reported) )?by[:\s]\s*", re.IGNORECASE)
"""The start of a line that says who wrote what follows."""
_BETWEEN_NAMES = re.compile(
    r"and|in|for|of|at|on|the|d[aeiu]|van|von|correspondent|reporter|editor|staff|writer"
)
LONGEST_BYLINE = 120
"""Characters."""
_AUTHOR_WANTED = re.compile(
    r"\b(?:writ|wrote|author|report|journalist|byline|by whom|article|story|piece|publish|review"
    r"|interview)",
    re.IGNORECASE,
)
_NEGATED = re.compile(
    r"\b(?:not|never|no|without|refus\w*|den(?:y|ies|ied)|fail\w*|reject\w*|except|skip\w*"
    r"|miss\w*|unable)\b|n['’]t\b",
    re.IGNORECASE,
)
_NOBODY = r"no[ -]one|nobody|none"
_DENYING = re.compile(
    rf"(?:\b(?:not|never|cannot|(?P<nobody>{_NOBODY}))\b|n['’]t\b)"
    r"(?:\s+(?:yet|ever|even|be|been|being|have|has|had|was|were|is|are|of (?:them|these|those)"
    r"|because of|to|by|in|the)\b)*\s+(?P<what>\w+)",
    re.IGNORECASE,
)
"""What is said not to be, by its first word."""
_AFTER_ALL = re.compile(
    r"(?:(?!\sand\s)[^,;.])*\b(?:until|till|before|since|than|except|only|(?<!,)\sbut)\b"
    r"|[^;.]*,\s+(?:so|instead)\b",
    re.IGNORECASE,
)
"""Behind it, that it was so at another time, or of another."""
_COMPARED = re.compile(r"\b(?:younger|older|under|over|less|more|fewer) than\b", re.IGNORECASE)
_NONE = re.compile(rf"\b(?:{_NOBODY}|no|zero)\b", re.IGNORECASE)

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
    """Whether the sentence only tells who wrote the article, and neither that is asked nor who
    that is."""
    start = _BYLINE.match(sentence)
    if start is None or len(sentence) > LONGEST_BYLINE or _AUTHOR_WANTED.search(question):
        return False
    words = _SAID.findall(sentence, start.end())
    if not all(
        word[0].isupper() or word[0].isdigit() or _BETWEEN_NAMES.fullmatch(word) for word in words
    ):
        return False
    names = {word.casefold() for word in words if word[0].isupper() and not _DATE.search(word)}
    return bool(names) and names.isdisjoint(_SAID.findall(question.casefold()))


def denied(question: str, sentence: str, words: str = "") -> bool:
    """Whether it is asked when, where, by whom or how often something was done, and the sentence,
    in which these `words` would be told, says that it was not: "did not concede on Wednesday" tells
    nobody when somebody conceded, and "did not concede until Friday" does."""
    wanted = want(question)
    if wanted == "other" or _NEGATED.search(question) or _COMPARED.search(sentence):
        return False
    asked, said = analysis.term_set(question), analysis.terms(sentence)
    return any(
        match["what"][0].islower()
        and said.count(term) == 1
        and term in asked
        and not _AFTER_ALL.match(sentence, match.end())
        # "No one came" tells how many came.
        and not (wanted == "number" and match["nobody"] and (not words or _NONE.search(words)))
        for match in _DENYING.finditer(sentence)
        for term in analysis.terms(match["what"])
    )


def counts(question: str) -> bool:
    """Whether the question asks for an amount in the plainest way: how many, how long, how old."""
    return _AMOUNT.search(question) is not None


def has_number(sentence: str) -> bool:
    """Whether there is a number in the sentence, in figures or in words."""
    return _NUMBER.search(sentence) is not None
