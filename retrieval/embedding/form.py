"""A model's fast form in the cache: a folder that is complete and checked, or is not there.

`form.json` is written last and names every other file with its size, time and SHA-256, so that a
damaged folder is noticed at the next start without reading hundreds of megabytes: while size and
time are as noted the content is taken to be so too; otherwise it is hashed.
"""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from retrieval.errors import ModelError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

log = logging.getLogger(__name__)

MANIFEST = "form.json"
GRAPH = "model.onnx"
EIGHT_BIT = "eight-bit.onnx"
"""The same graph by products of bytes, where there is one; it shares the other's weights."""
TOKENIZER = "tokenizer.json"


class FormError(ModelError):
    """A fast form that is whole but cannot be loaded."""


@dataclass(frozen=True, slots=True)
class Form:
    """What has to be known to embed with a model, beside its files."""

    kind: Literal["onnx", "reference"]
    """`reference` where ONNX cannot say the same as the model: it then runs in torch."""
    dimension: int
    window: int
    """Tokens the model reads, special tokens counted."""
    special_tokens: int
    query_prompt: str
    passage_prompt: str
    reason: str = ""
    """Why it is not `onnx`."""
    eight_bit: bool = False
    """Whether texts are embedded by products of bytes, which here is quicker."""


AnyForm = TypeVar("AnyForm", bound="DataclassInstance")
"""What has to be known of a model beside its files: flat, of what JSON can hold."""


def write_manifest(folder: Path, form: DataclassInstance) -> None:
    """Declare the form in `folder` complete."""
    files = {path.name: _stamp(path, _sha256(path)) for path in sorted(folder.iterdir())}
    text = json.dumps({"form": asdict(form), "files": files}, indent=1)
    (folder / MANIFEST).write_text(text, encoding="utf-8")


def read_form(folder: Path, kind: type[AnyForm]) -> AnyForm | None:
    """The form in `folder`, or None if there is none or it is damaged."""
    try:
        noted = json.loads((folder / MANIFEST).read_text("utf-8"))
        damaged = [name for name, was in noted["files"].items() if not _same(folder / name, was)]
        form = kind(**noted["form"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        log.warning("the model's fast form in %s cannot be read: %s", folder, error)
        return None
    if damaged:
        log.warning("the model's fast form in %s is damaged: %s", folder, ", ".join(damaged))
        return None
    return form


def _same(path: Path, was: dict[str, int | str]) -> bool:
    now = _stamp(path, str(was["sha256"]))
    return now == was or (now["size"] == was["size"] and _sha256(path) == was["sha256"])


def _stamp(path: Path, sha256: str) -> dict[str, int | str]:
    status = path.stat()
    return {"size": status.st_size, "mtime_ns": status.st_mtime_ns, "sha256": sha256}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
