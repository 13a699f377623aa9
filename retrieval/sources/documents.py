"""One document's bytes into a draft of an article, whatever kind it is of.

Called in the processes of `sandbox`, which is what everything else calls: parsers are for documents
of strangers.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable
from dataclasses import replace

from retrieval.errors import EmptyError, Reason, RetrievalError, TooLargeError, UnreadableError
from retrieval.sources.decoding import decode
from retrieval.sources.draft import Draft, tidy
from retrieval.sources.kinds import Kind, kind_of
from retrieval.sources.plain import dateline

log = logging.getLogger(__name__)

LARGEST_TEXT = 16 << 20
"""Characters of a text that is longer than its document; no book has half as many. A few kilobytes
of an archive can be unpacked to any number, which would then have to be embedded."""


def read_document(
    data: bytes, name: str, *, charset: str | None = None, whole: bool = False
) -> Draft:
    """The draft of an article in `data`, a document called `name`.

    `charset` is what its bringer (an HTTP header) says of its encoding. `whole` takes `data` for a
    page in HTML of which everything is wanted, not only the article on it. Raises SourceError with
    a reason that completes "it cannot be read: …" for whatever is wrong with it.
    """
    if not data.strip():
        raise EmptyError("it is empty", Reason.EMPTY)
    kind: Kind = "html" if whole else kind_of(data, name)
    try:
        draft = _everything(data, charset) if whole else _parse(kind, data, charset)
    except (RetrievalError, MemoryError):
        raise
    except (Exception, RecursionError) as error:
        # Parsers of foreign formats raise anything on what is broken; it costs this document only.
        log.info("reading a %s document failed: %s", kind, type(error).__name__)
        raise UnreadableError(f"it is a damaged {kind} document", Reason.DAMAGED) from error
    if not draft.text.strip():
        raise EmptyError(*_NO_TEXT.get(kind, ("there is no text in it", Reason.NO_TEXT)))
    if len(draft.text) > max(LARGEST_TEXT, len(data)):
        told = f"it unpacks to more than {LARGEST_TEXT >> 20} million characters"
        raise TooLargeError(told, Reason.TOO_MUCH)
    published = draft.published
    if published is None and kind in _WITH_DATELINES:
        published = dateline(draft.text)
    return replace(draft, kind=kind, published=published)


def _parse(kind: Kind, data: bytes, charset: str | None) -> Draft:
    # Each parser brings a library that takes its time to import, and most runs need one of them.
    parser: Callable[..., Draft]
    module, function, textual = _PARSERS[kind]
    parser = getattr(importlib.import_module(f"retrieval.sources.{module}"), function)
    return parser(decode(data, charset)) if textual else parser(data)


def _everything(data: bytes, charset: str | None) -> Draft:
    from retrieval.sources.extract.blocks import blocks_of, parse

    blocks = blocks_of(parse(decode(data, charset)))
    return Draft(text=tidy("\n\n".join(block.text for block in blocks)))


_PARSERS: dict[Kind, tuple[str, str, bool]] = {
    "text": ("plain", "plain_text", True),
    "markdown": ("plain", "markdown", True),
    "html": ("extract", "page", True),
    "pdf": ("pdf", "pdf", False),
    "docx": ("word", "docx", False),
    "epub": ("book", "epub", False),
    "mail": ("mail", "mail", False),
}
_WITH_DATELINES: frozenset[Kind] = frozenset({"text", "markdown", "docx", "pdf"})
"""Kinds that tell a date nowhere else, or seldom; a page has it in its head, a mail in its own."""
_NO_TEXT: dict[Kind, tuple[str, Reason]] = {
    "pdf": (
        "there is no text in it: it may be a scan (run it through text recognition first)",
        Reason.SCAN,
    ),
    "html": ("no article was found in this page", Reason.NO_ARTICLE),
}
