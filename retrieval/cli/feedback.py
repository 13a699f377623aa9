"""`feedback export`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retrieval.cli import output
from retrieval.cli.shared import DONE, Shared, must_exist, with_library

if TYPE_CHECKING:
    from retrieval.library import Library


def export(
    shared: Shared,
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A new folder, or that of an earlier export.")
    ],
) -> int:
    """Write what people thought of answers as a data set for `eval`.

    With articles, questions and nobody's name. --collection says which server's, where there are
    several.
    """
    must_exist(shared)

    async def work(library: Library) -> int:
        from retrieval.evaluate.feedback import export as write

        done = await write(library, shared.collection, folder)
        if shared.json:
            print(output.line({**asdict(done), "folder": str(done.folder)}))
        elif not shared.quiet:
            print(
                f'Wrote {done.questions:,} questions of the collection "{done.collection}", '
                f"{done.judged:,} of them judged, and its {done.documents:,} articles.\n"
                f"Measure with: clippings eval {done.folder}"
            )
        return DONE

    return with_library(shared, work)
