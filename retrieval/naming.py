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

LONGEST, LONGEST_QUESTION = 60, 200
"""Characters of a name, and of a question after one; longer ones have clauses."""

Beside = Callable[[str, Span], float]
"""Of a text and words in it: 1 where they tell what is asked, by the name that they stand beside;
-1 where they tell something else by it; else 0."""

_WHO = r"(?:who|what|where)(?:\s+or\s+(?:who|what|where))?"
_IS = r"(?:\s+exactly)?(?:['’]?s|['’]re|\s+(?:is|are|was|were))(?:\s+exactly)?"
_ARTICLE = r"(?:an?\s+|the\s+)?"
_END = r"[\s?!.]*$"
_POINTING = r"(?:he|she|it|that|this|they|those|these|there|you|i|we)"
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
_WHERE = re.compile(r"\bwhere\b", re.IGNORECASE)
_LETTERS = re.compile(r"\bstand for\b", re.IGNORECASE)
_MANNER = re.compile(
    r"\b(?:why|how\s+(?:do|does|did|is|are|was|were|has|have|had|can|could|will|would))\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w[\w’'-]*")

_PAUSE = r"[^\w.!?;]*"
"""Between words of one sentence."""
_LINK = r"(?:is|are|was|were|who|which|as|an?|the|aka)"


def _gap(*links: str, more: str = "") -> re.Pattern[str]:
    either = "|".join([_LINK, *links])
    return re.compile(rf"{more}{_PAUSE}(?:(?:{either})\b\.?{_PAUSE}){{0,3}}", re.IGNORECASE)


_BEFORE = _gap("called", "named", "mr", "mrs", "ms", "dr", "sir", "lord", "lady")
"""Between words and a name after them that they tell of."""
_RIGHT_BEFORE = re.compile(r"\s+(?:(?:mr|mrs|ms|dr|sir|lord|lady)\b\.?\s*)?", re.IGNORECASE)
"""The same, so near that they can only be what it is: "Ann Lee, shot by a robber" tells how."""
_AFTER = _gap("of", "from", more=r"(?!['’]s?\s)")
"""Between a name and such words after it; not behind a possessive."""
_PLACE_BEFORE, _PLACE_AFTER = _gap("of", "called"), _gap("of", "in", "near")
_SPELT_OUT = re.compile(r"\W*\(\W*(?:the\s+)?", re.IGNORECASE)
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
    if len(question) > LONGEST_QUESTION:
        return None
    name = asked_name(question)
    if name is not None:
        place, gaps = _WHERE.search(question) is not None, (_BEFORE, _AFTER)
        if place:
            gaps = (_PLACE_BEFORE, _PLACE_AFTER)
        elif _LETTERS.search(question):
            gaps = (_SPELT_OUT, _SPELT_OUT)
        named = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)

        def tell(text: str, words: Span) -> float:
            found = (Span(*match.span()) for match in named.finditer(text))
            return float(_adjoin(text, words, found, *gaps, listed=place))

        return tell
    if not _MANNER.search(question):
        return None
    asked = {match.group().casefold() for match in _WORD.finditer(question)}

    def miss(text: str, words: Span) -> float:
        found = (
            Span(*match.span())
            for match in _WORD.finditer(text)
            if match.group()[0].isupper() and match.group().casefold() in asked
        )
        return -float(_adjoin(text, words, found, _RIGHT_BEFORE, None))

    return miss


def introduced(question: str, sentence: str) -> bool:
    """Whether the sentence seems to tell who or what something is that the question is after. Which
    words tell it is not known: what stands beside the name looks like it."""
    name = asked_name(question) if len(question) <= LONGEST_QUESTION else None
    if name is None:
        return False
    for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", sentence, re.IGNORECASE):
        if _DESCRIBED.match(sentence, match.end()):
            return True
        role = _ROLE.search(sentence[: match.start()])
        if role and content_terms(role[1]) and not _NO_ROLE.fullmatch(role[1]):
            return True
    return False


def asked_name(question: str) -> str | None:
    """The name of whom or what the question is after; None where it is after something else."""
    for pattern in _ASKED:
        match = pattern.search(question.strip())
        if match is not None and len(match["name"]) <= LONGEST:
            name = match["name"].strip(" ,'\"“”‘’")
            return None if re.fullmatch(_POINTING, name, re.IGNORECASE) else name or None
    return None


def _adjoin(
    text: str,
    words: Span,
    names: Iterable[Span],
    before: re.Pattern[str],
    after: re.Pattern[str] | None,
    *,
    listed: bool = False,
) -> bool:
    """Whether words of the text stand beside one of the names as what it is. Unless `listed`, words
    that are names themselves, with a comma between, are only others in a list."""
    told = text[slice(*words)]
    for start, end in names:
        ahead = words.end <= start
        gap = text[words.end : start] if ahead else text[end : words.start]
        if gap.strip() == "," and not listed and told == told.title():
            continue
        if ahead and before.fullmatch(gap):
            return True
        # "The IFPI figures" say nothing of it.
        if after and end <= words.start and gap.strip() and after.fullmatch(gap):
            return True
    return False
