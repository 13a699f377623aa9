"""The entry point: parse, run, and translate every error a user can cause, once."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from contextlib import suppress

import typer

from retrieval.cli.app import app
from retrieval.cli.interrupting import STOPPED
from retrieval.cli.shared import WRONG_USE, print_no_more, read_enough, say
from retrieval.errors import RetrievalError


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal that knows few letters shows what it can of an article.
        sys.stdout.reconfigure(errors="replace")
    code = run(sys.argv[1:] if arguments is None else list(arguments))
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        read_enough()
    except OSError as error:
        code = _refused(error)
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run the command line: 0 done or answered, 1 nothing answers or something failed, 2 wrong use
    or input, 130 stopped by Ctrl-C."""
    try:
        result = typer.main.get_command(app).main(
            list(arguments), prog_name="clippings", standalone_mode=False
        )
    except RetrievalError as error:
        return _complain(str(error))
    except typer.TyperException as error:
        if error.format_message().startswith("Usage:"):  # called without anything: the help
            print(error.format_message())
            return WRONG_USE
        return _complain(_sentence(error))
    except (KeyboardInterrupt, typer.Abort):
        say("Stopped.")
        return STOPPED
    except OSError as error:
        return _refused(error)
    return result if isinstance(result, int) else 0


def _sentence(error: typer.TyperException) -> str:
    """A usage error in one sentence, with where to look."""
    text = error.format_message().strip()
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "clippings"
    end = "" if text.endswith((".", "?", "!")) else "."
    return f"{text}{end} See {path} --help."


def _refused(error: OSError) -> int:
    """A full disk where the output goes, a folder that was taken away, and the like."""
    reason = error.strerror or str(error)
    if error.filename is not None:
        return _complain(
            f"{error.filename} cannot be used: {reason}. See that it can be, or name another."
        )
    with suppress(OSError, ValueError):
        print_no_more()
    return _complain(
        f"The output cannot be written: {reason}. Make room for it, or send it elsewhere."
    )


def _complain(text: str) -> int:
    say(text)
    return WRONG_USE
