"""`collections`, `stats`, `doctor`, `rebuild`, `backup` and `restore`."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retrieval.cli import output
from retrieval.cli.interrupting import run_async
from retrieval.cli.shared import DONE, NOT_DONE, Shared, must_exist, with_library
from retrieval.errors import DiskError, Reason, UsageError

if TYPE_CHECKING:
    from retrieval.backup import Copied
    from retrieval.library import Library
    from retrieval.shelf import OnProgress


def collections(shared: Shared) -> int:
    """List the collections and their sizes."""
    must_exist(shared)

    async def work(library: Library) -> int:
        found = await library.collections()
        if shared.json:
            for info in found:
                print(output.line(asdict(info)))
        else:
            from retrieval.cli import render

            render.collections(found)
        return DONE

    return with_library(shared, work)


def stats(shared: Shared) -> int:
    """Show a collection in figures."""
    must_exist(shared)

    async def work(library: Library) -> int:
        figures = await library.stats(shared.named)
        database = shared.settings.database
        size = database.stat().st_size
        if shared.json:
            print(output.line({**asdict(figures), "database": str(database), "bytes": size}))
        else:
            from retrieval.cli import render

            render.stats(figures, database, size)
        return DONE

    return with_library(shared, work)


def doctor(shared: Shared) -> int:
    """Check that everything works: settings, library, model, index."""
    from retrieval.doctor import examine

    findings = run_async(examine(shared.settings))
    if shared.json:
        print(output.line({"findings": [asdict(finding) for finding in findings]}))
    else:
        from retrieval.cli import render

        render.findings(findings)
    return DONE if all(finding.ok for finding in findings) else NOT_DONE


def rebuild(shared: Shared) -> int:
    """Build the index anew.

    What the model has not embedded yet is embedded first.
    """
    must_exist(shared)

    async def work(library: Library) -> int:
        if library.store.read_only:  # nothing of what is built would be there for the next command
            raise DiskError(
                f"The library {library.store.path} can only be read, so nothing was built. Check "
                "the permissions of the file and its folder, and that the disk is not mounted "
                "read-only.",
                Reason.READ_ONLY,
            )
        with _embedding_bar(shared) as on_progress:
            count = await library.rebuild(shared.named, on_progress)
        if shared.json:
            print(output.line({"collection": shared.named, "passages": count}))
        elif not shared.quiet:
            print(f'Built the index of "{shared.named}" anew: {count:,} passages.')
        return DONE

    return with_library(shared, work, known=True)


def _embedding_bar(shared: Shared) -> AbstractContextManager[OnProgress | None]:
    if not shared.progress:
        return nullcontext(None)
    from retrieval.cli.progress import counted_bar

    return counted_bar("Embedding", "passages")


def backup(
    shared: Shared,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Where to put the copy.", readable=False)
    ],
) -> int:
    """Copy the library, or one --collection, to a file.

    The library may be in use meanwhile.
    """
    from retrieval.backup import backup as copy

    must_exist(shared)
    copied = run_async(copy(shared.settings.database, file, collection=shared.collection))
    return _report(shared, "Saved", copied, file)


def restore(
    shared: Shared,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The copy.", readable=False)],
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Also lose the collections that the copy does not hold."),
    ] = False,
) -> int:
    """Bring back a copy, or one --collection of it.

    The copy is checked before anything is replaced.
    """
    from retrieval.backup import restore as bring_back

    if replace and shared.collection is not None:
        raise UsageError(
            "--replace is for the whole library, and --collection names a part of it. Leave out "
            "one of them."
        )
    database, only = shared.settings.database, shared.collection
    copied = run_async(bring_back(file, database, collection=only, replace=replace))
    return _report(shared, "Restored", copied, file)


def _report(shared: Shared, done: str, copied: Copied, file: Path) -> int:
    if shared.json:
        counts = {"articles": copied.articles, "passages": copied.passages}
        moved = None if copied.moved is None else str(copied.moved)
        print(output.line({"file": str(file), **counts, "moved": moved}))
    elif not shared.quiet:
        from retrieval.cli.terminal import counted

        preposition = "to" if done == "Saved" else "from"
        print(
            f"{done} {counted(copied.articles, 'article')} with "
            f"{counted(copied.passages, 'passage')} "
            f"{preposition} {file}."
        )
        if copied.moved is not None:
            print(f"The damaged library that was in the way is now {copied.moved}.")
    return DONE
