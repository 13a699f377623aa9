"""What all commands share: the options that work before and after the command, and running."""

from __future__ import annotations

import functools
import inspect
import logging
import os
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from retrieval.cli.interrupting import STOPPED, run_async
from retrieval.config import RetrievalSettings, load_settings, unknown_settings
from retrieval.errors import UsageError
from retrieval.types import DEFAULT_COLLECTION

if TYPE_CHECKING:
    from retrieval.library import Library

T = TypeVar("T")

DONE = 0
NOT_DONE = 1
"""Nothing answers, or some article failed."""
WRONG_USE = 2

Db = Annotated[
    Path | None,
    typer.Option(
        "--db",
        metavar="PATH",
        help="The library file.",
        show_default=False,
        readable=False,  # not checked here: opening it says better what is wrong
    ),
]
CollectionName = Annotated[
    str | None,
    typer.Option(
        "--collection",
        metavar="NAME",
        help=f"Which collection ({DEFAULT_COLLECTION}; a Discord server's is discord:<id>).",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, only results.")]
Verbose = Annotated[bool, typer.Option("--verbose", help="Log what is done to standard error.")]


@dataclass(frozen=True, slots=True)
class Shared:
    """The options of all commands."""

    db: Path | None = None
    collection: str | None = None
    json: bool = False
    quiet: bool = False
    verbose: bool = False

    @property
    def settings(self) -> RetrievalSettings:
        """The settings with the options above them. Raises UsageError."""
        return load_settings(database=self.db)

    @property
    def named(self) -> str:
        """The collection's name."""
        return DEFAULT_COLLECTION if self.collection is None else self.collection

    @property
    def progress(self) -> bool:
        """Whether a person watches who would like to see how far it is."""
        return not self.quiet and sys.stderr.isatty()

    def over(self, other: Shared) -> Shared:
        """These options where they are given, else the other's."""
        return replace(
            self,
            db=self.db or other.db,
            collection=other.collection if self.collection is None else self.collection,
            json=self.json or other.json,
            quiet=self.quiet or other.quiet,
            verbose=self.verbose or other.verbose,
        )


def with_shared(command: Callable[..., int]) -> Callable[..., int]:
    """A command that takes the shared options too, and gets them as `shared`, its first argument.

    Typer reads the signature, so the options are added to it.
    """

    @functools.wraps(command)
    def run(
        ctx: typer.Context,
        *args: Any,
        db: Path | None,
        collection: str | None,
        as_json: bool,
        quiet: bool,
        verbose: bool,
        **kwargs: Any,
    ) -> int:
        before = ctx.obj if isinstance(ctx.obj, Shared) else Shared()
        shared = Shared(db, collection, as_json, quiet, verbose).over(before)
        _configure_logging(shared)
        if not shared.quiet:
            _warn_of_unknown_settings()
        try:
            return command(shared, *args, **kwargs)
        except KeyboardInterrupt:
            print("Stopped.", file=sys.stderr)
            return STOPPED
        except BrokenPipeError:  # of which typer would make a failure
            return read_enough()

    own = inspect.signature(command, eval_str=True).parameters
    keyword = inspect.Parameter.KEYWORD_ONLY
    added = {
        "db": (Db, None),
        "collection": (CollectionName, None),
        "as_json": (AsJson, False),
        "quiet": (Quiet, False),
        "verbose": (Verbose, False),
    }
    parameters = [
        inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context),
        *[p.replace(kind=keyword) for name, p in own.items() if name != "shared"],
        *[
            inspect.Parameter(name, keyword, annotation=kind, default=default)
            for name, (kind, default) in added.items()
        ],
    ]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # read by typer
    run.__annotations__ = {p.name: p.annotation for p in parameters}
    return run


def read_enough() -> int:
    """Whoever read the output has seen enough, which is no failure: the exit code."""
    print_no_more()
    return DONE


def print_no_more() -> None:
    """Let go of an output that takes nothing more. Python would complain of it at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say(text: str) -> None:
    """One line on standard error, without what a terminal would obey: the names of files and the
    addresses that it speaks of may hold anything."""
    from retrieval.sources.draft import clean

    print(" ".join(clean(text).split()), file=sys.stderr)


def with_library(
    shared: Shared, work: Callable[[Library], Coroutine[Any, Any, T]], *, known: bool = False
) -> T:
    """What `work` returns for the open library. Where it only reads, a collection that was named
    has to be `known`: NotFoundError for a misspelled one, in which nothing would be found."""
    from retrieval.library import Library
    from retrieval.store.part import missing_collection

    async def run() -> T:
        async with Library(shared.settings) as library:
            named = shared.collection if known else None
            if named is not None and not await library.store.collection_version(named):
                raise missing_collection(named)
            return await work(library)

    return run_async(run())


def must_exist(shared: Shared) -> None:
    """Raise UsageError where there is no library file: only adding makes one."""
    database = shared.settings.database
    try:
        exists = database.exists()
    except OSError:  # opening it says what is wrong
        exists = True
    if not exists:
        raise UsageError(
            f"There is no library at {database} yet. Add an article first: clippings add FILE"
        )


def _warn_of_unknown_settings() -> None:
    """Say which settings of the environment are misspelled: nothing would heed them."""
    for name, nearest in unknown_settings(os.environ).items():
        meant = "" if nearest is None else f" Is {nearest} meant?"
        say(f"There is no setting {name}; it changes nothing.{meant}")


def _configure_logging(shared: Shared) -> None:
    level = logging.INFO if shared.verbose else logging.ERROR if shared.quiet else logging.WARNING
    logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s")
    # A library that can only be read answers as ever, and what would write to it says so itself.
    opening = logging.getLogger("retrieval.store.opening")
    opening.setLevel(logging.NOTSET if shared.verbose else logging.ERROR)
    if shared.verbose:  # not everyone else's as well
        logging.getLogger().setLevel(logging.WARNING)
        logging.getLogger("retrieval").setLevel(logging.INFO)
