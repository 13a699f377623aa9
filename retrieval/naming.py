"""What words beside a name tell: who or what it is, and not how or why. Pure.

"Who is Kurt Barnard?" is told by what stands beside the name: "Kurt Barnard, president of a
forecaster", "the analyst Kurt Barnard", "Kurt Barnard is a photographer". "How did Kurt Barnard
leave?" is not. The patterns are English ones; a question in another language is not known for
either.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from retrieval.analysis import content_terms
from retrieval.types import Span
from retrieval.wants import MONTHS

LONGEST, LONGEST_QUESTION = 60, 200
"""Characters of a name, and of a question after one; longer ones have clauses."""
NEAREST = 40
"""Characters between a name and words that tell what it is, at most."""

Beside = Callable[[str, Span], float]
"""Of a text and words in it: 1 where they tell what is asked, by the name that they stand beside;
-1 where they tell something else by it; else 0."""

_WHO = r"(?:who|what|where)(?:\s+or\s+(?:who|what|where))?"
_IS = r"(?:\s+exactly)?(?:['’]?s|['’]re|\s+(?:is|are|was|were))(?:\s+exactly)?"
_ARTICLE = r"(?:an?\s+|the\s+)?"
_END = r"[\s?!.]*$"
_POINTING = r"(?:he|she|it|that|this|they|those|these|there|you|i|we)"
_TITLE = r"(?:mr|mrs|ms|dr|sir|lord|lady)"
_ASKED = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # "Lord Rennard - who is he?"
        rf"^(?P<name>.+?)[\s,;:?!–—-]+{_WHO}{_IS}\s+{_POINTING}{_END}",
        # "what does Acpo stand for"
        rf"\bwhat\s+(?:do|does|did)\s+{_ARTICLE}(?P<name>.+?)\s+(?:stand for|mean){_END}",
        # "Who is Brian Carpenter?"
        rf"^(?:(?:so|and|but|ok|okay|then)\b[\s,]*)*{_WHO}{_IS}\s+{_ARTICLE}(?P<name>.+?){_END}",
        # "Can someone tell me who Nigel Worthington is?"
        rf"\b{_WHO}\s+{_ARTICLE}(?P<name>.+?)\s+(?:is|are|was|were){_END}",
    )
]
_TITLED = re.compile(rf"{_TITLE}\b\.?\s+", re.IGNORECASE)
_WHERE = re.compile(r"\bwhere\b", re.IGNORECASE)
_LETTERS = re.compile(r"\bstand for\b", re.IGNORECASE)
_DONE = re.compile(
    r"[a-z]+ed|born|going|happening|meant|left|sent|made|paid|told|said|chosen|given|taken|beaten"
    r"|shown|written|seen|driven|broken|stolen|shot|hit|hurt"
)
"""What was done to somebody or is done is no name: "who was arrested?", "what is going on?"."""
_MANNER = re.compile(
    r"\W*(?:(?:so|and|but)\s+)*"
    r"(?:why\b|how\s+(?:do|does|did|is|are|was|were|has|have|had|can|could|will|would)\b)"
    r"(?!.*\b(?:described|known|called|named)\b)",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w[\w’'-]*")
_TIME = re.compile(
    r"(?:(?:in|on|last|next|this|early|late)\s+)*"
    r"(?:[\d\s,.–-]+|\w+day|week|month|year|spring|summer|autumn|winter"
    rf"|{MONTHS})+",
    re.IGNORECASE,
)
"""Words that only tell when."""
_REASON = re.compile(
    r"(?:to|by|for|because|of|in|with|from|via)\b.*|.*\b(?:to|by|for|of|in|with|from)",
    re.IGNORECASE | re.DOTALL,
)
"""Words that may tell how or why wherever they stand."""

_PAUSE = r"[^\w.!?;|\n\"“”]*"
"""Between words of one sentence or cell, neither of them a quotation."""
_IS_LINK = r"(?:(?:who|which)\s+)?(?:is|are|was|were)"


def _gap(*links: str, first: str = "") -> re.Pattern[str]:
    either = "|".join([_IS_LINK, "an?", "the", "aka", *links])
    return re.compile(rf"{first}{_PAUSE}(?:(?:{either})\b\.?{_PAUSE}){{0,3}}", re.IGNORECASE)


_BEFORE = _gap("called", "named", _TITLE)
"""Between words and a name after them that they tell of."""
_RIGHT_BEFORE = re.compile(rf"[^\S\n]+(?:{_TITLE}\b\.?[^\S\n]*)?", re.IGNORECASE)
"""The same, so near that they can only be what it is: "Ann Lee, shot by a robber" tells how."""
_AFTER = _gap("of", "from", r"\d{1,3}", first=r"(?!['’]s?\s(?!(?:an?|the)\s))(?:['’]s\s)?")
"""Between a name and such words after it; not behind a possessive. An age may come first."""
_PLACE_BEFORE = _gap("of", "called")
_PLACE_AFTER = _gap("of", "in", "near", "located", "situated", "lies")
_SPELT_OUT = re.compile(r"[^\w(]*(?:\(\W*(?:the\s+)?|or\s+)", re.IGNORECASE)
"""Between what letters stand for and these, in either order."""

_DESCRIBED = re.compile(
    r"['\"”’)]*(?:,?\s+(?:is|was|are|were|who (?:is|was)|which (?:is|was))\s+(?i:an?|the|one)\b"
    r"|\s*,\s*(?!(?:and|but|or|as|said|says|who|which|while|with|in|at|on|for|from|by|to|when|where"
    r"|he|she|it|they)\b)(?:[a-z]+\s|\w+['’]s\s)"
    r"|\s*\()"
)
"""What follows a name that is explained: "is a", ", president of", "(the baker)"."""
_ROLE = re.compile(r"(?<!\w)([a-z][\w’'-]*),?\s+['\"“‘(]*$")
"""A word in lower case before a name: "the baker"."""
_NO_ROLE = re.compile(r"\w+(?:ed|ing|ly)|said|says|told|asks|like|than|via|per", re.IGNORECASE)


def beside(question: str) -> Beside | None:
    """How words beside a name bear on the question; None where they do in no way."""
    name = asked_name(question)
    if name is not None:
        place, gaps = _WHERE.search(question) is not None, (_BEFORE, _AFTER)
        if place:
            gaps = (_PLACE_BEFORE, _PLACE_AFTER)
        elif _LETTERS.search(question):
            gaps = (_SPELT_OUT, _SPELT_OUT)
        named = _named(name)

        def tell(text: str, words: Span) -> float:
            found = (Span(*match.span()) for match in named.finditer(text))
            return float(_adjoin(text, words, found, *gaps, place=place))

        return tell
    if len(question) > LONGEST_QUESTION or not _MANNER.match(question):
        return None
    # The first letter of a question is a capital whatever the word is.
    asked = {each.group() for each in _WORD.finditer(question, 1) if each.group()[0].isupper()}

    def miss(text: str, words: Span) -> float:
        if _REASON.fullmatch(text[slice(*words)]):
            return 0.0
        found = (Span(*m.span()) for m in _WORD.finditer(text) if m.group() in asked)
        return -float(_adjoin(text, words, found, _RIGHT_BEFORE, None))

    return miss


def introduced(question: str, sentence: str) -> bool:
    """Whether the sentence seems to tell who or what something is that the question is after. Which
    words tell it is not known: what stands beside the name looks like it."""
    name = asked_name(question)
    if name is None:
        return False
    for match in _named(name).finditer(sentence):
        if _DESCRIBED.match(sentence, match.end()):
            return True
        role = _ROLE.search(sentence[max(0, match.start() - NEAREST) : match.start()])
        if role and content_terms(role[1]) and not _NO_ROLE.fullmatch(role[1]):
            return True
    return False


def asked_name(question: str) -> str | None:
    """The name of whom or what the question is after; None where it is after something else."""
    question = " ".join(question.split())
    if len(question) > LONGEST_QUESTION:
        return None
    for pattern in _ASKED:
        match = pattern.search(question)
        if match is not None and len(match["name"]) <= LONGEST:
            name = _TITLED.sub("", match["name"].strip(" ,'\"“”‘’"), count=1)
            first, _, _ = name.partition(" ")
            pointing = re.fullmatch(_POINTING, name, re.IGNORECASE)
            return None if pointing or _DONE.fullmatch(first) else name or None
    return None


def _named(name: str) -> re.Pattern[str]:
    """Where a name stands, parted by any white space; in capitals if it is asked so."""
    words = [re.sub("['’]", "['’]", re.escape(word)) for word in name.split()]
    pattern = r"(?<!\w)" + r"\s+".join(words) + r"(?!\w)"
    return re.compile(pattern if name[0].isupper() else f"(?i:{pattern})")


def _adjoin(
    text: str,
    words: Span,
    names: Iterable[Span],
    before: re.Pattern[str],
    after: re.Pattern[str] | None,
    *,
    place: bool = False,
) -> bool:
    """Whether words of the text stand beside one of the names as what it is."""
    told = text[slice(*words)]
    if _TIME.fullmatch(told):
        return False
    for start, end in names:
        ahead = words.end <= start
        gap = text[words.end : start] if ahead else text[end : words.start]
        if len(gap) > NEAREST:
            continue
        listed = gap.strip() == "," and text[start].isupper() and _all_names(told)
        if listed and (ahead or not place):
            continue  # "Clay, Lee, Hall and Moss played"
        if ahead and before.fullmatch(gap):
            # "After the crash, Ann Lee left": what comes before a comma needs one behind the name.
            return "," not in gap or text[end : end + 1] in (",", ".", ")", "")
        # "The IFPI figures" say nothing of it, and "was arrested" not what somebody is.
        if after and end <= words.start and gap.strip() and after.fullmatch(gap):
            return not _DONE.fullmatch(told.partition(" ")[0])
    return False


def _all_names(words: str) -> bool:
    """Whether each of the words is written as in a name."""
    return all(w[0].isupper() or w in ("of", "and", "the", "&") for w in words.split())
