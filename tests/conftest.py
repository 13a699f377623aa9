"""For all tests: nothing of the machine they run on decides what they find."""

from __future__ import annotations

import os

import hypothesis  # noqa: F401 - see below
import pytest

# Imported before any bot freezes what the garbage collector sees: hypothesis asks it, when it is
# first imported, who refers to the random generators of other packages.


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("RETRIEVAL_", "BOT_")):
            monkeypatch.delenv(name)
