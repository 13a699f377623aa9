"""Text to index terms: what counts as the same word when a question meets a passage. Pure.

A term is a lower-case stem without accents, made of letters, digits and, inside numbers, the
decimal point: nothing that full-text search could take for syntax. "150,000" and "150000" are one
term, "U.S." and "US" are one term, "deployed" and "deploys" are one term. Stop words are left out.
Runs of Chinese, Japanese and Korean characters, which are written without spaces, become
overlapping pairs.

Stored full text is made of these terms, so a change to what they are needs a new VERSION.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator
from importlib import resources

import Stemmer

VERSION = 2

_TOKEN = re.compile(
    r"\d+(?:[.,]\d+)+"  # 150,000 and 3.5
    r"|(?:[^\W\d_]\.){2,}"  # U.S. and e.g.
    r"|\w+(?:['’]\w+)?",  # words, with don't and China's
)
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]+")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_NOT_TERM = re.compile(r"[^\w.]|_")

STOP_WORDS = frozenset(
    [
        "a",
        "about",
        "above",
        "after",
        "again",
        "against",
        "all",
        "also",
        "am",
        "an",
        "and",
        "any",
        "are",
        "aren",
        "as",
        "at",
        "be",
        "because",
        "been",
        "before",
        "being",
        "below",
        "between",
        "both",
        "but",
        "by",
        "can",
        "could",
        "couldn",
        "did",
        "didn",
        "do",
        "does",
        "doesn",
        "doing",
        "don",
        "down",
        "during",
        "each",
        "few",
        "for",
        "from",
        "further",
        "had",
        "hadn",
        "has",
        "hasn",
        "have",
        "haven",
        "having",
        "he",
        "her",
        "here",
        "hers",
        "herself",
        "him",
        "himself",
        "his",
        "how",
        "i",
        "if",
        "in",
        "into",
        "is",
        "isn",
        "it",
        "its",
        "itself",
        "just",
        "let",
        "many",
        "me",
        "more",
        "most",
        "much",
        "my",
        "myself",
        "no",
        "nor",
        "not",
        "of",
        "off",
        "on",
        "once",
        "only",
        "or",
        "other",
        "our",
        "ours",
        "ourselves",
        "out",
        "over",
        "own",
        "please",
        "same",
        "she",
        "should",
        "shouldn",
        "so",
        "some",
        "such",
        "tell",
        "than",
        "that",
        "the",
        "their",
        "theirs",
        "them",
        "themselves",
        "then",
        "there",
        "these",
        "they",
        "this",
        "those",
        "through",
        "to",
        "too",
        "under",
        "until",
        "up",
        "us",
        "very",
        "was",
        "wasn",
        "we",
        "were",
        "weren",
        "what",
        "when",
        "where",
        "which",
        "while",
        "who",
        "whom",
        "whose",
        "why",
        "will",
        "with",
        "would",
        "wouldn",
        "you",
        "your",
        "yours",
        "yourself",
        "yourselves",
    ]
)
_LONGEST_TOKEN = 64
"""Characters kept of one token: what is longer is no word."""
_LONGEST_READ = 4 * _LONGEST_TOKEN
"""And looked at: what is remembered of a token is remembered under it."""


def terms(text: str) -> list[str]:
    """The index terms of a text, in order, repeated as often as they stand in it."""
    return [term for token in _tokens(text) if (term := _term(token))]


def content_terms(text: str) -> list[str]:
    """Distinct terms in the order of their first appearance: what a question asks about."""
    return list(dict.fromkeys(terms(text)))


def placed_terms(text: str) -> Iterator[tuple[int, int, list[str]]]:
    """The words of a text, by where each begins and ends, with the index terms of it: mostly one,
    none of a stop word."""
    for match in _TOKEN.finditer(text):
        yield match.start(), match.end(), terms(match.group())


@functools.lru_cache(maxsize=1_024)
def term_set(text: str) -> frozenset[str]:
    """The terms of a text, each once; kept, for texts whose sentences are compared with a question
    again and again."""
    return frozenset(terms(text))


def commonness(term: str) -> float:
    """Share, 0..1, of everyday English passages of some 120 words that have the term."""
    return _common().get(term, 0.0)


@functools.cache
def _common() -> dict[str, float]:
    # A line for each share in thousandths, then the terms: counted in Wikipedia, forum posts,
    # reviews and tales, from those in one of 500 passages up.
    shares: dict[str, float] = {}
    told = resources.files("retrieval").joinpath("common_terms.txt").read_text(encoding="ascii")
    for line in told.splitlines():
        share, *found = line.split()
        shares |= dict.fromkeys(found, int(share) / 1000)
    return shares


def _tokens(text: str) -> Iterator[str]:
    for match in _TOKEN.finditer(unicodedata.normalize("NFKC", text)):
        token = match.group()
        if token.isascii() or not _CJK.search(token):
            yield token[:_LONGEST_READ]
        else:
            yield from _pairs(token)


def _pairs(token: str) -> Iterator[str]:
    """Chinese, Japanese and Korean runs as overlapping pairs, whatever is between them whole."""
    at = 0
    for run in _CJK.finditer(token):
        if run.start() > at:
            yield token[at : run.start()]
        characters = run.group()
        if len(characters) == 1:
            yield characters
        for i in range(len(characters) - 1):
            yield characters[i : i + 2]
        at = run.end()
    if at < len(token):
        yield token[at:]


@functools.lru_cache(maxsize=65_536)
def _term(token: str) -> str:
    """The term of one token; the empty string for a stop word."""
    if token[0].isdigit():
        token, _, _ = token.casefold().replace("’", "'").partition("'")  # the 1980's
        plain = token.replace(",", "" if _THOUSANDS.fullmatch(token) else ".")
        return _NOT_TERM.sub("", plain)[:_LONGEST_TOKEN]
    if token.endswith("."):
        return _plain(token.replace(".", ""))
    head, _, tail = token.replace("’", "'").partition("'")
    acronym = len(head) > 1 and head.isupper()
    word = _plain(head)
    if not word or (word in STOP_WORDS and not acronym):
        return ""
    if word == "won" and tail.casefold() == "t":
        return ""
    return word if acronym else _NOT_TERM.sub("", _stemmer().stemWord(word)[:_LONGEST_TOKEN])


def _plain(word: str) -> str:
    """Lower case, without accents, at most as long as a word can be."""
    lowered = word.casefold()[:_LONGEST_TOKEN]
    if not lowered.isascii():
        parts = unicodedata.normalize("NFKD", lowered)
        lowered = "".join(c for c in parts if not unicodedata.combining(c))
    return _NOT_TERM.sub("", lowered)


@functools.cache
def _stemmer() -> Stemmer.Stemmer:
    return Stemmer.Stemmer("english")
