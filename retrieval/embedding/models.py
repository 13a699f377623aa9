"""Which model the settings name, where its files lie, and a digest of what they hold.

Nothing here waits for a network: a name from the hub is only looked up among the models that are
on this machine already.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from retrieval.config import BUNDLED_MODEL
from retrieval.embedding import bundled
from retrieval.embedding.files import write_atomically
from retrieval.errors import ModelError

DESCRIBING = {".json", ".txt", ".model", ".safetensors", ".bin", ".jinja"}
"""Suffixes of the files that decide what a model computes."""
SETTING = "RETRIEVAL_MODEL"
OTHER_FORMS = {"onnx", "openvino"}
"""Folders that hold the same model again in another form."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model on this machine."""

    name: str
    """What people call it: without the folders and the owner it comes from."""
    folder: Path
    bundled: bool = False
    setting: str = SETTING
    """The setting that names it."""


def find_model(name: str, *, setting: str = SETTING) -> Model:
    """The model of this name or path. Raises ModelError, which names the setting that it is from,
    if it is not on this machine."""
    if name in bundled.NAMES and setting == SETTING:
        return Model(BUNDLED_MODEL, bundled.bundled_folder(), bundled=True)
    path = Path(name).expanduser()
    if path.is_dir():
        return Model(path.resolve().name, path.resolve(), setting=setting)
    if path.exists():
        raise ModelError(f"{name} is a file; {setting} wants a model's folder or its name.")
    if name.startswith(("/", "./", "../", "~", "\\")) or name.count("/") > 1:
        raise ModelError(f"There is no model at {name}. {_choices(setting)}")
    folder = _hub_folder(name)
    if folder is None:
        raise ModelError(
            f"The model {name} is not on this machine. Fetch it once with `hf download {name}`. "
            f"{_choices(setting)}"
        )
    return Model(name.rsplit("/", 1)[-1], folder, setting=setting)


def _choices(setting: str) -> str:
    kind = "sentence-transformers model" if setting == SETTING else "model"
    return f"{setting} takes the name or folder of a {kind}; leave it out to use the bundled one."


def _hub_folder(name: str) -> Path | None:
    """Where the hub's own cache keeps the model, if it does."""
    home = Path(os.environ.get("HF_HOME", "~/.cache/huggingface")).expanduser()
    cache = Path(os.environ.get("HF_HUB_CACHE", home / "hub")).expanduser()
    for full in (name, f"sentence-transformers/{name}"):
        kept = cache / f"models--{full.replace('/', '--')}"
        try:
            revision = (kept / "refs" / "main").read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            continue
        folder = kept / "snapshots" / revision
        if (folder / "config.json").exists() or (folder / "modules.json").exists():
            return folder
    return None


def digest(model: Model, memos: Path) -> str:
    """SHA-256 over the model's files, in hexadecimal.

    Hashing hundreds of megabytes at every start is slow, so the result is remembered in `memos`
    and used again while size and time of every file are unchanged.
    """
    files = _describing_files(model.folder)
    if not files:
        raise ModelError(f"There is no model in {model.folder}. {_choices(model.setting)}")
    stamps: list[list[str | int]] = [
        [name, status.st_size, status.st_mtime_ns] for name, status in files.items()
    ]
    memo = memos / f"{hashlib.sha256(os.fsencode(model.folder)).hexdigest()[:16]}.json"
    known = _remembered(memo, stamps)
    if known is not None:
        return known
    total = hashlib.sha256()
    for name in files:
        with (model.folder / name).open("rb") as file:
            total.update(f"{name}\0".encode() + hashlib.file_digest(file, "sha256").digest())
    value = total.hexdigest()
    write_atomically(memo, json.dumps({"files": stamps, "sha256": value}))
    return value


def _describing_files(folder: Path) -> dict[str, os.stat_result]:
    found = {
        path.relative_to(folder).as_posix(): path.stat()
        for path in folder.rglob("*")
        if path.suffix in DESCRIBING and not OTHER_FORMS & set(path.relative_to(folder).parts)
    }
    return dict(sorted(found.items()))


def _remembered(memo: Path, stamps: list[list[str | int]]) -> str | None:
    try:
        noted = json.loads(memo.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(noted, dict) or noted.get("files") != stamps:
        return None
    value = noted.get("sha256")
    return value if isinstance(value, str) else None
