"""Feeds the parsers what atheris makes up, guided by the paths that it finds in them.

    python -m tests.fuzz.parsers [FOLDER] -max_total_time=60

Options are libFuzzer's. FOLDER keeps what was found worth keeping; without one it starts anew from
the sound documents of `samples`. It ends with a report where reading crashes, hangs, or gives what
no article may be. Memory is bounded as where documents are parsed, and a document that wants more
is refused as there.
"""

from __future__ import annotations

import resource
import sys

import atheris

with atheris.instrument_imports(include=["retrieval.sources"]):
    from retrieval.errors import SourceError
    from retrieval.sources import book, mail, pdf, plain, word  # noqa: F401 - to be instrumented
    from retrieval.sources.documents import read_document
    from retrieval.sources.draft import tidy
    from retrieval.sources.extract import page  # noqa: F401 - likewise

from tests.fuzz.samples import NAMES

MEMORY = 8 << 30
"""Bytes of address space: of the parsers, all they were marked with, and what the fuzzer keeps."""


def read(data: bytes) -> None:
    """Read what is behind the first byte, which chooses a name for it."""
    if not data:
        return
    try:
        draft = read_document(data[1:], NAMES[data[0] % len(NAMES)])
    except (SourceError, MemoryError):
        return
    assert draft.text.strip(), "an article without text"
    assert draft.kind == "pdf" or draft.text == tidy(draft.text), "text that is not tidy"
    assert list(draft.page_starts) == sorted(draft.page_starts), "pages out of order"
    assert all(0 <= at <= len(draft.text) for at in draft.page_starts), "a page outside the text"


def main() -> None:
    """Fuzz as the options say."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    atheris.Setup(sys.argv, read)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
