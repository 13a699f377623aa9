"""Who does what: the words by which a text tells of whom a question is after. Pure.

"Who runs the London Stock Exchange?" is told by "LSE chief executive Clara Furse": beside the name
stands a word for what she does, seldom the question's own. Where the sentence has no such word, the
name is most often somebody else's whom the passage speaks of. `roles.toml` has the commonest things
that people do, what they are asked by and what they are told by; it is English, and a question
about anything else, or in another language, is not known.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Callable
from importlib import resources
from typing import Any, NamedTuple

from retrieval.types import Span

FILE = "roles.toml"
BESIDE, NEAR = 15, 40
"""Characters between words and the word for what is done, for them to be beside and near it."""
LONGEST_QUESTION = 300
"""Characters of a question; longer ones are not looked at."""
MOST_SKIPPED = 6
"""Words between "who" and what is done, at most."""
MOST_WORDS, LONGEST_PHRASE = 3, 60
"""Words of what is asked for in the table, and characters, at most."""

Told = Callable[[str, Span, Span | None], float]
"""Of a text, a sentence of it and words in that: how well they are told to do what is asked, one of
the values below; where the words are not known, whether the sentence tells of that at all, NOWHERE
or 0."""
HERE, NEARBY, FAR, NOWHERE, NOBODY = 0.5, 0.4, -0.3, -1.0, -2.0
"""With a word for what is asked beside them, near, elsewhere in the sentence, nowhere in it, and
there neither such a word nor a name."""


class _Role(NamedTuple):
    told: re.Pattern[str]
    beside: re.Pattern[str] | None
    """What tells it only right at a name."""


_ASKING = re.compile(
    r"\b(?:who(?:['’]s)?|whose\s+job|name(?:\s+of)?"
    r"|(?P<which>which|what)(?:\s+(?:person|man|woman|company|firm|body|organi[sz]ation))?)\s+",
    re.IGNORECASE,
)
"""Ahead of what is done: "who", "which man", "which", "the name of", "name the"."""
_LIGHT = re.compile(
    r"(?:(?:(?:(?-i:[A-Z])[\w.-]*|&)\s+){0,4}(?-i:[A-Z])[\w.-]*['’]s?|is|are|was|were"
    r"|will|would|has|have|had|can|could|should|may|might|must|be|been|being|of|the|an?|it|that"
    r"|who|now|also|first|then|next|new|current|former|person|one|man|woman|people|company|firm"
    r"|team|job|going|to|set|due|meant|supposed|actually|really|[a-z]+ly|(?<=\bthe\s)[a-z-]+)\s+",
    re.IGNORECASE,
)
"""Between "who" and what is done: "who is going to head", "who is Ann Lee's agent", "who is the
technical director"."""
_WORD = re.compile(r"[\w’'-]+")
_MORE = re.compile(r"\b(?:what|when|where|why|how)\b", re.IGNORECASE)
"""Asks for something else as well: "who founded it and when"."""
_NAME = re.compile(
    r"(?<![\w’'-])[A-Z][\w’'.-]*"
    r"(?!\s+(?!(?:of|and|the|an?|de|der|van|von|al|la|le|bin|for|in|at|who)\b)[a-z]|[\w’'.-])"
)
"""A word written as a name, and not before another that is not: "Ann Lee", but "Chinese soldiers"
and "New coach" are none."""


def told(question: str) -> Told | None:
    """How well words are told to do what the question asks of somebody; None where it does not ask
    who does something that is known here."""
    number = _asked(question)
    if number is None:
        return None
    role = _role(number)

    def done(text: str, sentence: Span, words: Span | None) -> float:
        if words is None:
            return 0.0 if role.told.search(text, *sentence) else NOWHERE
        named = any(
            not role.told.fullmatch(name.group()) for name in _NAME.finditer(text[slice(*words)])
        )
        if named and role.beside is not None and any(role.beside.match(text, at) for at in words):
            return HERE
        gaps = [
            max(match.start() - words.end, words.start - match.end())
            for match in role.told.finditer(text, *sentence)
        ]
        # "Who coaches them?" is not told by "a new coach".
        gaps = [gap for gap in gaps if named or gap >= 0]
        if not gaps:
            return NOWHERE if named else NOBODY
        return HERE if min(gaps) <= BESIDE else NEARBY if min(gaps) <= NEAR else FAR

    return done


def _asked(question: str) -> int | None:
    """The number of what somebody does, in a question for who does it."""
    if len(question) > LONGEST_QUESTION:
        return None
    for asking in _ASKING.finditer(question):
        if _MORE.search(question, asking.end()):
            continue  # which of two things is told is not known
        # "Which coach": but "what play" is none that somebody does.
        bare = asking["which"] is not None and asking["which"] == asking.group().rstrip()
        at = asking.end()
        for _ in range(MOST_SKIPPED):
            if (number := _at(question, at, agents_only=bare)) is not None:
                return number
            light = None if bare else _LIGHT.match(question, at)
            if light is None:
                break
            at = light.end()
    return None


def _at(question: str, at: int, *, agents_only: bool) -> int | None:
    """The number of what the words at a place ask for."""
    agents, verbs = _phrases()
    words = [word.group().casefold() for word in _WORD.finditer(question, at, at + LONGEST_PHRASE)]
    for count in range(MOST_WORDS, 0, -1):
        phrase = " ".join(words[:count])
        number = agents.get(phrase, None if agents_only else verbs.get(phrase))
        if number is not None:
            return number
    return None


@functools.cache
def _table() -> list[dict[str, Any]]:
    roles: list[dict[str, Any]] = tomllib.loads(
        resources.files("retrieval").joinpath(FILE).read_text(encoding="ascii")
    )["role"]
    return roles


@functools.cache
def _phrases() -> tuple[dict[str, int], dict[str, int]]:
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
    # Patterns are made when they are first needed: all of them take longer than an answer.
    role = _table()[number]
    each = (
        re.escape(word).replace(r"\*", r"\w*").replace("_", r"\s+") for word in role["told"].split()
    )
    ways = [r"(?<=\bby )"] * role.get("by", False)
    ways += [r"(?=['’]s?\b)|(?<=s['’])|(?<=['’]s)"] * role.get("owned", False)
    return _Role(
        re.compile(rf"(?<![\w-])(?:{'|'.join(each)})(?!\w)", re.IGNORECASE),
        re.compile("|".join(ways)) if ways else None,
    )
