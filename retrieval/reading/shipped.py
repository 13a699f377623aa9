"""The weights that come with the program: what was learnt on top of the bundled model."""

from __future__ import annotations

import hashlib
from importlib import resources
from pathlib import Path

from retrieval.errors import ModelError

WEIGHTS = "reader.safetensors"
CARD = "CARD.md"


def weights() -> Path:
    """The file of weights. Raises ModelError where it is missing."""
    path = Path(str(resources.files("retrieval.reading").joinpath(WEIGHTS)))
    if not path.is_file():
        raise ModelError(
            "The reader's weights are not installed. Install the program again, or set "
            "RETRIEVAL_READER=off."
        )
    return path


def fingerprint(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
