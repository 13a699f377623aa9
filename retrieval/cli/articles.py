"""`add`, `list`, `show`, `edit` and `remove`."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retrieval.cli import output
from retrieval.cli.interrupting import STOPPED, Stopping
from retrieval.cli.shared import DONE, NOT_DONE, Shared, must_exist, say, with_library
from retrieval.corrections import put_right
from retrieval.dates import parse_date
from retrieval.errors import NotFoundError, RetrievalError, UsageError
from retrieval.sources.addresses import on_the_web
from retrieval.sources.reading import Reading
from retrieval.titles import shortened
from retrieval.types import Receipt

if TYPE_CHECKING:
    from retrieval.library import Library

_ENDINGS_TOLD = 3
Title = Annotated[str | None, typer.Option("--title", help="Its title.", show_default=False)]
Url = Annotated[str | None, typer.Option("--url", help="Its address.", show_default=False)]
Published = Annotated[
    str | None,
    typer.Option("--published", metavar="DATE", help="When it appeared.", show_default=False),
]


def add(
    shared: Shared,
    refs: Annotated[
        list[str],
        typer.Argument(
            metavar="REF", help="Files, folders, .jsonl files of articles, links; - for input."
        ),
    ],
    title: Title = None,
    url: Url = None,
    published: Published = None,
) -> int:
    """Add articles, or replace those that have changed."""
    from retrieval.sources import read_all, total

    if "" in refs:  # which a path would take for the folder that one is in
        raise UsageError("A name is empty: name a file, a folder or a link, or . for this folder.")
    settings = shared.settings
    left_out: list[Path] = []
    readings: Iterable[Reading] = read_all(refs, settings, left_out=left_out)
    if title is not None and not shortened(title):
        raise UsageError("A title cannot be empty. Leave --title out to keep the one it has.")
    given = {"title": title, "url": _web_address(url)}
    given["published"] = None if published is None else parse_date(published)
    facts = {name: value for name, value in given.items() if value}
    if facts:
        readings = _with_facts(readings, facts)

    async def work(library: Library) -> int:
        stopping = Stopping()
        failed = False
        with stopping.on_interrupt(), _shown(shared, lambda: total(refs), stopping) as shown:
            async for receipt in library.add_all(
                stopping.until_stopped(readings),
                collection=shared.named,
                on_progress=shown.embedded,
            ):
                failed |= receipt.status == "failed"
                shown.show(await put_right(library, shared.named, receipt, facts))
        if left_out and not shared.quiet:
            _tell_left_out(left_out)
        if stopping.asked:
            print(
                "Stopped. What was added stays; add the same again for the rest.", file=sys.stderr
            )
            return STOPPED
        return NOT_DONE if failed else DONE

    return with_library(shared, work)


def _tell_left_out(files: Sequence[Path]) -> None:
    """How many files in folders were not tried, and of which endings."""
    from retrieval.cli.terminal import counted
    from retrieval.sources.files import ending

    counts = Counter(map(ending, files))
    endings = [each for each, _ in counts.most_common(_ENDINGS_TOLD)]
    more = ", …" if len(counts) > len(endings) else ""
    its, one = ("its ending", "it") if len(files) == 1 else ("their endings", "one")
    out = f"left out for {its} ({', '.join(endings)}{more})"
    say(f"{counted(len(files), 'file')} {out}; name {one} to add it.")


def _with_facts(readings: Iterable[Reading], facts: Mapping[str, str]) -> Iterator[Reading]:
    """The one article read, with what was said of it. Raises UsageError at a second one."""
    first: Reading | None = None
    for reading in readings:
        if first is not None:
            raise UsageError(
                "--title, --url and --published speak of one article, and several were named. "
                "Add it by itself."
            )
        first = reading
    if first is None:
        return
    article = first.article
    if article is not None:
        url = facts.get("url")
        article = replace(
            article,
            identity=url or article.identity,
            alias=article.identity if url else None,
            **facts,  # type: ignore[arg-type]  # its texts, by name
        )
    yield replace(first, article=article)


class _Shown:
    """Prints receipts as they come, and moves the bar where a person watches."""

    def __init__(self, shared: Shared, stopping: Stopping, move: Callable[[float], None]) -> None:
        self._shared = shared
        self._stopping = stopping
        self._move = move
        self._done = 0
        self._complained = ""
        self.counts: dict[str, int] = {}
        self.passages = 0

    def embedded(self, done: int, total: int) -> None:
        """So many of the passages of the articles in hand are embedded."""
        self._move(self._done + (self._stopping.taken - self._done) * done / total)

    def show(self, receipt: Receipt) -> None:
        """An article is done with."""
        self._done += 1
        self.counts[receipt.status] = self.counts.get(receipt.status, 0) + 1
        self.passages += receipt.passages if receipt.status in ("added", "updated") else 0
        if self._shared.json:
            print(output.line(output.receipt(receipt)), flush=True)
        elif receipt.status == "failed" and str(receipt.error) != self._complained:
            # What is said of the library itself, of a full disk for one, does not name the article
            # and is the same for all that follow.
            self._complained = str(receipt.error)
            about = None if receipt.error is None else receipt.error.about
            told = receipt.ref == about or receipt.ref in self._complained
            named = "" if told else f"{receipt.ref}: "
            say(f"failed: {named}{receipt.error}")
        self._move(self._done)


@contextmanager
def _shown(shared: Shared, total: Callable[[], int | None], stopping: Stopping) -> Iterator[_Shown]:
    """What shows the receipts, and in the end what they came to."""
    from retrieval.cli import render

    if shared.progress:
        from retrieval.cli.progress import moved_bar

        with moved_bar("Adding", "articles", total()) as move:
            shown = _Shown(shared, stopping, move)
            yield shown
    else:
        shown = _Shown(shared, stopping, lambda _done: None)
        yield shown
    if not shared.json and not shared.quiet:
        render.added(shown.counts, shown.passages)


def list_articles(
    shared: Shared,
    match: Annotated[
        str | None,
        typer.Option("--match", help="Only titles that contain this.", show_default=False),
    ] = None,
) -> int:
    """List the articles."""
    must_exist(shared)

    async def work(library: Library) -> int:
        records = await library.articles(shared.named, match=match)
        if shared.json:
            for record in records:
                print(output.line(output.article(record)))
        else:
            from retrieval.cli import render

            render.articles(records, match)
        return DONE

    return with_library(shared, work, known=True)


def show(
    shared: Shared,
    article: Annotated[str, typer.Argument(metavar="ID", help="Its number or external id.")],
    version: Annotated[
        int | None,
        typer.Option(
            "--version", min=1, help="An earlier version of its text.", show_default=False
        ),
    ] = None,
) -> int:
    """Show an article: what is known of it, and its text."""
    must_exist(shared)

    async def work(library: Library) -> int:
        record = await library.article(shared.named, article)
        text = await library.text(record.id, version)
        versions = await library.versions(record.id)
        old = next((each for each in versions if each.number == version), None)
        same = [each.id for each in await library.same_story(shared.named, record.id)]
        if shared.json:
            more = {"versions": [output.version(each) for each in versions], "same_story": same}
            facts = output.article(record) | (output.version(old) if old else {})
            print(output.line({**facts, **more, "text": text}))
        else:
            from retrieval.cli import render

            if old is not None:
                render.old_version(record, old, text)
            else:
                render.article(record, text, same, versions)
        return DONE

    return with_library(shared, work)


def edit(
    shared: Shared,
    article: Annotated[str, typer.Argument(metavar="ID", help="Its number or external id.")],
    title: Title = None,
    url: Url = None,
    published: Published = None,
    author: Annotated[
        str | None, typer.Option("--author", help="Who wrote it.", show_default=False)
    ] = None,
    source: Annotated[
        str | None, typer.Option("--source", help="Who published it.", show_default=False)
    ] = None,
) -> int:
    """Correct what is known of an article.

    An empty text takes a fact away: --author "".
    """
    must_exist(shared)
    if title is None and url is None and published is None and author is None and source is None:
        raise UsageError("Say what to correct: --title, --url, --published, --author or --source.")
    date = parse_date(published) if published else published
    address = _web_address(url)

    async def work(library: Library) -> int:
        record = await library.edit(
            shared.named,
            article,
            title=title,
            url=address,
            published=date,
            author=author,
            source=source,
        )
        if shared.json:
            print(output.line(output.article(record)))
        elif not shared.quiet:
            print(f"Corrected article {record.id}: {record.title}")
        return DONE

    return with_library(shared, work)


def remove(
    shared: Shared,
    articles: Annotated[
        list[str], typer.Argument(metavar="ID", help="Their numbers or external ids.")
    ],
) -> int:
    """Remove articles; they answer nothing from then on.

    One that is not there is told, and does not keep the others.
    """
    must_exist(shared)

    async def work(library: Library) -> int:
        found: list[str | int] = []
        unknown: list[RetrievalError] = []
        for ref in dict.fromkeys(articles):
            try:
                found.append((await library.article(shared.named, ref)).id)
            except (NotFoundError, UsageError) as error:
                unknown.append(error)
        if unknown and not found:
            *others, last = unknown
            for each in others:
                say(str(each))
            raise last
        for record in await library.remove(shared.named, found):
            if shared.json:
                print(output.line({**output.article(record), "status": "removed"}))
            elif not shared.quiet:
                print(f"Removed article {record.id}: {record.title}")
        for each in unknown:
            say(str(each))
        return NOT_DONE if unknown else DONE

    return with_library(shared, work)


def _web_address(given: str | None) -> str | None:
    """What `--url` was given, if a browser would open it; empty takes the address away."""
    if given and given.strip() and on_the_web(given, None) is None:
        raise UsageError(
            f"“{given}” is no address of a page. Write it whole: https://example.org/story."
        )
    return given
