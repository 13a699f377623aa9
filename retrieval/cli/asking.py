"""`ask` and `search`."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from retrieval.cli import output
from retrieval.cli.shared import DONE, NOT_DONE, Shared, must_exist, with_library
from retrieval.dates import parse_date
from retrieval.errors import RetrievalError, UsageError
from retrieval.types import Answer, Filters

if TYPE_CHECKING:
    from retrieval.library import Library

_Limit = typer.Option("--limit", "-n", min=1, max=100, help="Passages at most.", show_default=False)
_Article = typer.Option(
    "--article", metavar="ID", help="Only this article; may be repeated.", show_default=False
)
_Since = typer.Option(
    "--since", metavar="DATE", help="Published on or after it.", show_default=False
)
_Before = typer.Option("--before", metavar="DATE", help="Published before it.", show_default=False)


def ask(
    shared: Shared,
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="QUESTION",
            help="The question; - reads one per line from standard input, and prints JSON Lines.",
        ),
    ],
    limit: Annotated[int | None, _Limit] = None,
    article: Annotated[list[str] | None, _Article] = None,
    since: Annotated[str | None, _Since] = None,
    before: Annotated[str | None, _Before] = None,
) -> int:
    """Answer a question, with the passages that say so."""
    must_exist(shared)
    question = " ".join(words)  # which need no quotes

    async def work(library: Library) -> int:
        filters = await _filters(library, shared.named, article or (), since, before)
        await _ready(shared, library)
        if question == "-":
            if sys.stdin is None:  # closed by who started the program
                raise UsageError("Standard input is closed: send it a question per line.")
            return await _ask_lines(library, shared, limit, filters)
        answer = await library.ask(question, collection=shared.named, limit=limit, filters=filters)
        undated = 0
        if not (answer.answered or shared.json or shared.quiet):
            undated = await _undated(library, shared.named, filters)
        _print(shared, answer, filters, undated)
        return DONE if answer.answered else NOT_DONE

    return with_library(shared, work, known=True)


async def _ask_lines(library: Library, shared: Shared, limit: int | None, filters: Filters) -> int:
    """A question per line; a JSON line each, in order, as soon as it is there. It is done when all
    have theirs: whether one was answered, and what was wrong with it, is in its line."""
    while raw := _next_line():
        text = raw.decode("utf-8", "replace").strip()
        try:
            answer = await library.ask(text, collection=shared.named, limit=limit, filters=filters)
            printed = output.answer(answer)
        except RetrievalError as error:
            printed = {"question": text, "error": str(error)}
        print(output.line(printed), flush=True)
    return DONE


def _next_line() -> bytes:
    """The next line of standard input, empty at its end; Ctrl-C is heard while waiting for it."""
    # asyncio's own handler only cancels the task, which would be noticed at the next line.
    heard_by = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        task = asyncio.current_task()
        if task is not None and task.cancelling():  # it was heard a moment ago
            raise KeyboardInterrupt
        return sys.stdin.buffer.readline()
    finally:
        signal.signal(signal.SIGINT, heard_by)


def search(
    shared: Shared,
    words: Annotated[list[str], typer.Argument(metavar="QUERY", help="What to look for.")],
    limit: Annotated[int | None, _Limit] = None,
    article: Annotated[list[str] | None, _Article] = None,
    since: Annotated[str | None, _Since] = None,
    before: Annotated[str | None, _Before] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show what each passage's score is made of.")
    ] = False,
) -> int:
    """List the best passages with their scores."""
    must_exist(shared)
    query = " ".join(words)

    async def work(library: Library) -> int:
        filters = await _filters(library, shared.named, article or (), since, before)
        await _ready(shared, library)
        hits = await library.search(
            query, collection=shared.named, limit=limit or 10, filters=filters
        )
        records = {
            article_id: record
            for article_id, (record, _) in (
                await library.store.sources(shared.named, {hit.passage.article_id for hit in hits})
            ).items()
        }
        found = [
            (hit, records[hit.passage.article_id])
            for hit in hits
            if hit.passage.article_id in records
        ]
        if shared.json:
            print(output.line(output.search(query, found, explain)))
        else:
            from retrieval.cli import render

            undated = 0 if found else await _undated(library, shared.named, filters)
            render.search(found, explain=explain, undated=undated)
        return DONE if found else NOT_DONE

    return with_library(shared, work, known=True)


def _print(shared: Shared, answer: Answer, filters: Filters, undated: int) -> None:
    if shared.json:
        print(output.line(output.answer(answer)))
        return
    from retrieval.cli import render

    render.answer(answer, shared.named, filters, undated=undated)


async def _undated(library: Library, collection: str, filters: Filters) -> int:
    """Articles that a filter of dates leaves out only because nobody knows when they appeared."""
    if filters.since is None and filters.before is None:
        return 0
    only = filters.article_ids
    records = await library.articles(collection)
    return sum(
        record.published is None and (only is None or record.id in only) for record in records
    )


async def _filters(
    library: Library,
    collection: str,
    articles: Sequence[str],
    since: str | None,
    before: str | None,
) -> Filters:
    ids = [(await library.article(collection, ref)).id for ref in articles]
    first = None if since is None else parse_date(since)
    last = None if before is None else parse_date(before)
    if first is not None and last is not None and first >= last:
        raise UsageError(f"No day is both since {first} and before {last}. Swap the two dates?")
    return Filters(frozenset(ids) if ids else None, first, last)


async def _ready(shared: Shared, library: Library) -> None:
    """After a change of the model, embed anew with a progress bar rather than in silence."""
    if not shared.progress or not await library.store.passage_count(shared.named):
        return
    embedder = await library.embedder()
    if await library.store.stale_count(shared.named, embedder.name):
        from retrieval.cli.progress import counted_bar

        with counted_bar("Embedding anew", "passages") as on_progress:
            await library.ready(shared.named, on_progress)
