"""The forms in which a site shows one page: itself, for print, for phones (AMP). Pure.

What a page says itself, and what the parameters of its address say, is believed at once. A path
that ends in /print may as well be that of an article about printing, so such an address is only a
reason to look at the page it may be a form of: `plain` is where that would be, and `same_text`
whether it says the same. Two articles never become one by their addresses alone.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

from retrieval import analysis
from retrieval.similarity import likeness, pairs

SAME = 0.8
"""Share of all their pairs of words that two forms of one page have in common; they may differ in
a line or two of notices. One page of a story in several, and all of them for print, have less, and
stay two articles."""
PARAMETER = re.compile(
    r"(?:amp|print|printable|printer|print_?view|printer_?friendly|m_amp)=(?:1|true|yes|y|)"
    r"|(?:view|output|output_?type|format|mode|layout|version)=(?:amp|print|printable|printer)",
    re.I,
)
"""A parameter that asks for the same page in another form."""
_AMP_PATH = re.compile(r"(?<=[^/])/amp(/?)\Z", re.I)
_AMP_HOST = re.compile(r"\Aamp\.(?=[^.]+\.)", re.I)
_HOST = re.compile(r"\A(?:amp|print)\.(?=[^.]+\.)", re.I)
_NAME = r"(?:amp|print(?:able|er)?(?:[-_]?(?:view|version|friendly|page))?)"
_FOLDER = re.compile(rf"/{_NAME}(?:\.html?)?(?=/|\Z)", re.I)
_ENDING = re.compile(rf"[._-]{_NAME}(?=(?:\.html?)?\Z)", re.I)


def without_amp(url: str) -> str:
    """The address of the page that `url` is the AMP form of, by how sites name these. Only for a
    page that says it is one: any other such address may be of a page of its own."""
    parts = urlsplit(url)
    path, host = _AMP_PATH.sub(r"\1", parts.path), _AMP_HOST.sub("", parts.netloc)
    return urlunsplit((parts.scheme, host, path, parts.query, ""))


def plain(url: str) -> str | None:
    """Where the page may be that `url` shows in another form; None where it looks like none."""
    parts = urlsplit(url)
    host = _HOST.sub("", parts.netloc)
    for form in (_FOLDER, _ENDING):
        path, found = form.subn("", parts.path, count=1)
        if found and path.strip("/"):
            return urlunsplit((parts.scheme, host, path, parts.query, ""))
    if host != parts.netloc and parts.path.strip("/"):
        return urlunsplit((parts.scheme, host, parts.path, parts.query, ""))
    return None


def same_text(one: str, other: str) -> bool:
    """Whether two pages say the same, but for a notice on either."""
    return one == other or likeness(_pairs(one), _pairs(other)).shared >= SAME


def _pairs(text: str) -> frozenset[str]:
    return pairs([" ".join(analysis.terms(text))])
