"""What a document says, before it is known under which identity it will be stored."""

from __future__ import annotations

import re
from dataclasses import dataclass

from retrieval.errors import Reason

_NEWLINES = re.compile(r"\r\n?|[\x0b\x85\u2028]")
_BREAKS = re.compile(r"[\x0c\u2029]")
# C0 and C1 controls, soft hyphens, byte order marks, lone surrogates and non-characters: none of
# them is seen, all of them stop a search or a link from finding the words around them.
_UNSEEN = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\ufeff\ud800-\udfff\ufffe\uffff]")
_BLANK_LINES = re.compile(r"\n[^\S\n]*\n\s*\n")
_BLANK_LINE = re.compile(r"\n[^\S\n]+\n")


@dataclass(frozen=True, slots=True)
class Draft:
    """A text and what its document tells of it; None for what it does not tell."""

    text: str
    title: str | None = None
    author: str | None = None
    published: str | None = None
    source: str | None = None
    language: str | None = None
    url: str | None = None
    """The address the document itself calls its own."""
    amp: bool = False
    """Whether it says that it is the AMP form of a page."""
    image: str | None = None
    """The address of its picture, as the document gives it."""
    page_starts: tuple[int, ...] = ()
    stands_in: Reason | None = None
    """What the document is in an article's place: one of `LOOKS_LIKE`."""
    kind: str = ""
    """What kind of document it was, as `kinds` tells them apart."""


LOOKS_LIKE = {
    Reason.SUBSCRIPTION: "a subscription notice",
    Reason.CONSENT: "a consent notice",
    Reason.CHECK: "a check that a person is reading",
    Reason.SOFT_MISSING: "a notice that there is no such page",
    Reason.LISTING: "a list of articles",
}


def clean(text: str) -> str:
    """`text` with newlines as \\n and without characters that cannot be seen."""
    return _UNSEEN.sub("", _BREAKS.sub("\n\n", _NEWLINES.sub("\n", text)))


def tidy(text: str) -> str:
    """`clean`, with paragraphs parted by exactly one empty line and no space around the whole."""
    text = _BLANK_LINES.sub("\n\n", clean(text))
    return _BLANK_LINE.sub("\n\n", text).strip()


def one_line(text: object) -> str | None:
    """A fact such as a title on one line, None where there is nothing in it."""
    if not isinstance(text, str):
        return None
    return " ".join(clean(text).split()) or None
