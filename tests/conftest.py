"""For all tests: nothing of the machine they run on decides what they find."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("RETRIEVAL_", "BOT_")):
            monkeypatch.delenv(name)
