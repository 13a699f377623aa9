"""Who does what: the words by which a text tells of whom a question is after. Pure.

"Who runs the London Stock Exchange?" is told by "LSE chief executive Clara Furse": beside the name
stands a word for what she does, seldom the question's own. Where the sentence has no such word, the
name is most often somebody else's whom the passage speaks of. `roles.toml` has the commonest things
that people do, what they are asked by and what they are told by; it is English, and a question
about anything else, or in another language, is not known.
"""

from __future__ import annotations

import functools
import itertools
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from importlib import resources
from typing import NamedTuple

from retrieval.types import Span

FILE = "roles.toml"
BESIDE, NEAR = 15, 40
"""Characters between words and the word for what is done, for them to be beside and near it."""
LONGEST_QUESTION = 300
"""Characters of a question; longer ones are not looked at."""
MOST_SKIPPED = 6
"""Words between "who" and what is done, at most."""

Told = Callable[[str, Span, Span | None], float]
"""Of a text, a sentence of it and words in that: how well they are told to do what is asked, one of
the values below; where the words are not known, whether the sentence tells of that at all, NOWHERE
or 0."""
HERE, NEARBY, FAR, NOWHERE, NOBODY = 0.5, 0.4, -0.3, -1.0, -3.0
"""With a word for what is asked beside them, near, elsewhere in the sentence, nowhere in it, and
there neither such a word nor a name."""


class _Role(NamedTuple):
    """Something that somebody does."""

    telling: re.Pattern[str]
    """Words that tell of it."""
    by: bool
    """Whether "a song by Ann Lee" does."""
    owned: bool
    """Whether "Ann Lee's song" does."""
    bracketed: bool
    """Whether "the fox (Ann Lee)" does."""


_ASKING = re.compile(
    r"\b(?:(?P<who>who(?:['’]s)?)|whose\s+job\s+is\s+it\s+to"
    r"|(?:which|what)\s+(?:person|man|woman|company|firm|body|organi[sz]ation|agent|actor"
    r"|actress|author|bank|band|club|coach|director|editor|judge|label|lawyer|manager|player"
    r"|producer|publisher|singer|studio|team|writer)"
    r"|(?P<name>(?:(?:what|who)(?:['’]s|\s+(?:is|was|are|were))\s+the\s+)?name(?:\s+of)?))\s+",
    re.IGNORECASE,
)
"""Ahead of what is done: "who", "which man", "what is the name of", "name the"."""


class _Place(NamedTuple):
    """What of a question is behind."""

    being: bool = False
    """A form of to be: what follows is done to somebody, or what somebody is."""
    modal: bool = False
    article: bool = False
    named: bool = False
    """The name of somebody, of whom nothing is said yet."""


_SKIPS = tuple(
    (re.compile(pattern, re.IGNORECASE), changes)
    for pattern, changes in (
        (r"(?:(?:going|set|due|meant|supposed|expected|about)\s+)?to\s+", _Place()._asdict()),
        (r"(?:it\s+)?(?:who|that)\s+", _Place()._asdict()),
        (r"(?:is|are|was|were|be|been|being)\s+", {"being": True, "modal": False}),
        (
            r"(?:will|would|has|have|had|can|could|should|may|might|must)\s+",
            {"being": False, "modal": True},
        ),
        (
            r"(?-i:(?:(?:[A-Z][\w.-]*|&)\s+){0,4}[A-Z][\w.-]*['’]s?\s+)",
            {"being": True, "article": True},
        ),
        (r"(?:the|an?)\s+", {"article": True}),
        (
            r"(?:of|now|also|first|then|next|new|current|former|person|one|man|woman|people"
            r"|company|firm|actually|really|(?-i:[a-z]+ly))\s+",
            {},
        ),
    )
)
"""What may stand between "who" and what is done, and what it changes."""
_KIND = re.compile(r"[a-z-]+\s+")
"""What "the technical director" is besides."""
_PHRASE = re.compile(r"[\w’'-]+(?:\s+[\w’'-]+){0,2}")
_ANOTHER_SENSE = re.compile(r"\s+(?:to|out|away|off|into|home|tribute)\b", re.IGNORECASE)
"""Behind a verb that means something else with it: "who managed to", "who ruled out"."""
_OF = re.compile(
    r"\s+(?:of|at|for|in|on|behind|when|who|and|from|during)\b|['’]|[\s?.!,]*$", re.IGNORECASE
)
"""Behind a noun for somebody that is asked for: "who is the boss of", not "is the boss leaving"."""
_MORE = re.compile(r"\b(?:what|when|where|why|how)\b", re.IGNORECASE)
"""Asks for something else as well: "who founded it and when"."""
_BEFORE = re.compile(r"\b(?:what|when|where|why|how|who|whose|which)\b", re.IGNORECASE)
"""Asks for something else of whom is told then: "how old is the man who founded it"."""

_BY = re.compile(r"\bby\s+(?:(?:the|an?|mr|mrs|ms|dr|sir)\.?\s+)?$", re.IGNORECASE)
_OWNS = re.compile(r"['’]s?\b|(?<=s)['’](?=\s)", re.IGNORECASE)
_OWNING = re.compile(r"(?:['’]s|s['’])$", re.IGNORECASE)
_OPENING = re.compile(r"\s*\(")
_WORD = re.compile(r"@?\w[\w’'.&-]*")
_PARTICLE = re.compile(
    r"an?|al|and|at|bin|d[aeiu]|de[lnr]|dos|el|for|ibn|in|l[ae]|of|ter|the|van|von|who|y"
)
"""Words without a capital before which a name may stand."""


def told(question: str) -> Told | None:
    """How well words are told to do what the question asks of somebody; None where it does not ask
    who does something that is known here."""
    number = _asked(question)
    return None if number is None else functools.partial(_done, _role(number))


def _done(role: _Role, text: str, sentence: Span, words: Span | None) -> float:
    if words is None:
        return 0.0 if role.telling.search(text, *sentence) else NOWHERE
    named = any(not role.telling.fullmatch(name) for name in _names(text[slice(*words)]))
    if named and _at_it(role, text, words):
        return HERE
    gaps = [
        max(match.start() - words.end, words.start - match.end())
        for match in role.telling.finditer(text, *sentence)
    ]
    # "Who coaches them?" is not told by "a new coach".
    gaps = [gap for gap in gaps if named or gap >= 0]
    if not gaps:
        return NOWHERE if named else NOBODY
    return HERE if min(gaps) <= BESIDE else NEARBY if min(gaps) <= NEAR else FAR


def _at_it(role: _Role, text: str, words: Span) -> bool:
    """Whether that somebody did it is told by what stands right at the name."""
    if role.by and _BY.search(text, max(0, words.start - BESIDE), words.start):
        return True
    if role.bracketed and (text[: words.start].endswith("(") or _OPENING.match(text, words.end)):
        return True
    owning = _OWNS.match(text, words.end) or _OWNING.search(text, *words)
    return role.owned and owning is not None


def _names(words: str) -> Iterator[str]:
    """Those of the words that are written as names, and not before one that is not: of "Ann Lee"
    both, of "Chinese soldiers" and "new coach" none."""
    found = list(_WORD.finditer(words))
    for word, following in itertools.zip_longest(found, found[1:]):
        written = word.group().startswith("@") or any(map(str.isupper, word.group()))
        if written and (following is None or _may_follow(words, word.end(), following)):
            yield word.group()


def _may_follow(words: str, at: int, following: re.Match[str]) -> bool:
    """Whether a name may end at a place of the words, with that one following."""
    apart = words[at : following.start()].strip()
    first = following.group()[0]
    return bool(apart or _PARTICLE.fullmatch(following.group())) or not first.islower()


def _asked(question: str) -> int | None:
    """The number of what somebody does, in a question for who does it."""
    if len(question) > LONGEST_QUESTION:
        return None
    for asking in _ASKING.finditer(question):
        if _BEFORE.search(question, 0, asking.start()):
            return None  # who is none that is asked for
        if _MORE.search(question, asking.end()):
            continue  # which of two things is told is not known
        number = _behind(question, asking)
        if number is not None:
            return number
    return None


def _behind(question: str, asking: re.Match[str]) -> int | None:
    """What is done, by the words behind "who"."""
    # "Who's the captain?"
    being = (asking["who"] or "").casefold().endswith("s")
    place = _Place(being=being, named=asking["name"] is not None)
    at = asking.end()
    for _ in range(MOST_SKIPPED):
        if (number := _at(question, at, place)) is not None:
            return number
        skipped = ((each.match(question, at), changes) for each, changes in _SKIPS)
        match, changes = next(((m, c) for m, c in skipped if m), (None, {}))
        if match is None and place.article and not place.modal:
            match = _KIND.match(question, at)
        if match is None:
            return None
        at, place = match.end(), place._replace(**changes)
    return None


def _at(question: str, at: int, place: _Place) -> int | None:
    """What the words at a place of the question say that is done; the most of them that say it."""
    agents, verbs = _phrases()
    for end in _ends(_PHRASE.match(question, at)):
        said = " ".join(question[at:end].casefold().split())
        active = not place.being or said.endswith("ing") or " " in said
        if said in verbs and active and not (place.article or place.named):
            return None if _ANOTHER_SENSE.match(question, end) else verbs[said]
        asked_for = (place.being or place.named) and not place.modal
        if said in agents and asked_for and _OF.match(question, end):
            return agents[said]
    return None


def _ends(phrase: re.Match[str] | None) -> list[int]:
    """Where the phrase's words end, the last first."""
    if phrase is None:
        return []
    return [phrase.start() + each.end() for each in re.finditer(r"\S+", phrase.group())][::-1]


@functools.cache
def _table() -> list[Mapping[str, str]]:
    roles: list[Mapping[str, str]] = tomllib.loads(
        resources.files("retrieval").joinpath(FILE).read_text(encoding="ascii")
    )["role"]
    return roles


@functools.cache
def _phrases() -> tuple[Mapping[str, int], Mapping[str, int]]:
    """What is asked for by nouns and by verbs, each with its number in the table."""
    agents, verbs = (
        {
            phrase.replace("_", " "): number
            for number, role in enumerate(_table())
            for phrase in role[kind].split()
        }
        for kind in ("agent", "asked")
    )
    return agents, verbs


@functools.cache
def _role(number: int) -> _Role:
    role = _table()[number]
    each = (
        re.escape(word).replace(r"\*", r"\w*").replace("_", r"\s+")
        for word in f"{role['told']} {role['asked']} {role['agent']}".split()
    )
    right_at = role.get("right_at", "").split()
    return _Role(
        re.compile(rf"(?<!\w)(?<!vice-)(?<!deputy-)(?:{'|'.join(each)})(?!\w)", re.IGNORECASE),
        by="by" in right_at,
        owned="owner" in right_at,
        bracketed="bracket" in right_at,
    )
