"""The commands, put together."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version

import typer

from retrieval.cli import articles, asking, feedback, feeds, keeping, measuring, output
from retrieval.cli.shared import AsJson, CollectionName, Db, Quiet, Shared, Verbose, with_shared

app = typer.Typer(
    name="clippings",
    help="Answers questions from your own articles, offline, with verbatim citations.",
    epilog="Settings come from the environment and .env, as RETRIEVAL_DATABASE, RETRIEVAL_MODEL …",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback(invoke_without_command=True)
def _all_commands(
    ctx: typer.Context,
    db: Db = None,
    collection: CollectionName = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    show_version: bool = typer.Option(False, "--version", help="Print the version."),
) -> None:
    if show_version:  # once all options are read: --json may come after it
        told = version("clippings")
        print(output.line({"version": told}) if as_json else f"clippings {told}")
        raise typer.Exit
    if ctx.invoked_subcommand is None:
        ctx.fail("Missing command.")
    ctx.obj = Shared(db, collection, as_json, quiet, verbose)


_COMMANDS: dict[str, Callable[..., int]] = {
    "add": articles.add,
    "ask": asking.ask,
    "search": asking.search,
    "list": articles.list_articles,
    "show": articles.show,
    "edit": articles.edit,
    "remove": articles.remove,
    "refresh": feeds.refresh,
    "collections": keeping.collections,
    "stats": keeping.stats,
    "eval": measuring.evaluate,
    "bench": measuring.bench,
    "doctor": keeping.doctor,
    "rebuild": keeping.rebuild,
    "backup": keeping.backup,
    "restore": keeping.restore,
}
for name, command in _COMMANDS.items():
    app.command(name)(with_shared(command))

_FEED_COMMANDS: dict[str, Callable[..., int]] = {
    "add": feeds.add,
    "list": feeds.list_feeds,
    "remove": feeds.remove,
    "poll": feeds.poll,
}
_feed = typer.Typer(
    help="Poll feeds for new articles.", no_args_is_help=True, rich_markup_mode=None
)
for name, command in _FEED_COMMANDS.items():
    _feed.command(name)(with_shared(command))
app.add_typer(_feed, name="feed")

_feedback = typer.Typer(help="What people thought of the bot's answers.", no_args_is_help=True)
_feedback.command("export")(with_shared(feedback.export))
app.add_typer(_feedback, name="feedback")
