"""Getting a model's fast form: from the cache, or made once by a process of its own.

The making loads torch and sentence-transformers, hundreds of megabytes that the process which
answers questions shall never carry; so it happens in a child that ends.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from retrieval.embedding.form import AnyForm, read_form
from retrieval.errors import ModelError

log = logging.getLogger(__name__)

UNFINISHED = ".making-"
LIMIT_S = 1800
"""A making that takes longer than this hangs; the bundled model takes well under a minute."""
ABANDONED_S = 2 * LIMIT_S
"""Age at which an unfinished folder belongs to nobody any more."""


@dataclass(frozen=True, slots=True)
class Maker:
    """A program that makes a form: `python -m module *arguments TARGET`."""

    name: str
    """What people call the model."""
    module: str
    arguments: tuple[str, ...]


def ready_form(maker: Maker, folder: Path, kind: type[AnyForm], *, again: bool = False) -> AnyForm:
    """The form in `folder`, made first if it is missing, damaged or asked for `again`.

    Several processes may do this at once: each makes its own and the first to finish is kept.
    Raises ModelError if it cannot be made.
    """
    form = None if again else read_form(folder, kind)
    if form is not None:
        return form
    log.info("making the fast form of %s, once; this can take a minute", maker.name)
    started = time.monotonic()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _sweep(folder.parent)
        workplace = Path(tempfile.mkdtemp(dir=folder.parent, prefix=UNFINISHED))
    except OSError as error:
        raise ModelError(
            f"The cache {folder.parent} cannot be written: {error.strerror}. "
            "Name a folder that can be in RETRIEVAL_CACHE."
        ) from None
    try:
        made = workplace / "form"
        made.mkdir()
        _run(maker, made)
        form = read_form(made, kind)
        _publish(made, folder, keep=not again and read_form(folder, kind) is not None)
    finally:
        shutil.rmtree(workplace, ignore_errors=True)
    if form is None or read_form(folder, kind) is None:
        raise ModelError(f"The fast form of {maker.name} could not be kept in {folder}.")
    log.info("made the fast form of %s in %.1f s", maker.name, time.monotonic() - started)
    return form


def _run(maker: Maker, target: Path) -> None:
    """Run the maker, whose last line of standard error says what went wrong, if anything."""
    ours = str(Path(__file__).resolve().parents[2])
    paths = [ours, *filter(None, [os.environ.get("PYTHONPATH")])]
    offline = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
    environment = {**os.environ, **offline, "PYTHONPATH": os.pathsep.join(paths)}
    # Strictness towards our warnings is not meant for what torch says while it exports.
    environment.pop("PYTHONWARNINGS", None)
    # -P: a file called torch.py in the folder a person happens to stand in is not torch.
    command = [sys.executable, "-P", "-m", maker.module, *maker.arguments, str(target)]
    try:
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=LIMIT_S,
            check=False,
            encoding="utf-8",
            errors="replace",
        )
    except subprocess.TimeoutExpired:
        raise ModelError(f"The model {maker.name} took too long to load.") from None
    if done.returncode:
        log.debug("the maker of %s said: %s", maker.name, done.stderr)
        said = (done.stderr.strip().splitlines() or ["it ended without a word"])[-1]
        raise ModelError(f"The model {maker.name} cannot be loaded: {said}")


def _publish(made: Path, folder: Path, *, keep: bool) -> None:
    """Move what was made to its place, unless what another process has put there is to be kept."""
    if keep:
        return
    with contextlib.suppress(FileNotFoundError):
        # Out of the way first: a folder cannot take the place of one that holds files.
        os.rename(folder, made.with_name("replaced"))
    with contextlib.suppress(OSError):
        # Fails where another process has just put its own there, which is as good.
        os.rename(made, folder)


def _sweep(parent: Path) -> None:
    """Remove what makers that were killed left behind."""
    for left in parent.glob(f"{UNFINISHED}*"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > ABANDONED_S:
                shutil.rmtree(left, ignore_errors=True)
