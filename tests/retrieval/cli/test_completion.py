"""The Tab key in a real shell: the script it is set up with, and what it then offers."""

from __future__ import annotations

import os
import subprocess
import sysconfig
from pathlib import Path

import pytest

PROGRAM = Path(sysconfig.get_path("scripts")) / "clippings"
TAB = """
source <("$PROGRAM" --show-completion)
read -ra COMP_WORDS <<< "$LINE"
COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
_clippings_completion "$PROGRAM"
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("clippings co", ["collections"]),
        ("clippings re", ["refresh", "rebuild", "remove", "restore"]),
        ("clippings ask --art", ["--article"]),
        ("clippings ask --js", ["--json"]),
        ("clippings --coll", ["--collection"]),
    ],
)
def test_tab_completes_commands_and_options(line: str, offered: list[str], tmp_path: Path) -> None:
    told = subprocess.run(
        ["bash", "--norc", "-c", TAB],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
        | {"PROGRAM": str(PROGRAM), "LINE": line},
        capture_output=True,
        text=True,
        check=True,
    )
    assert sorted(told.stdout.split()) == sorted(offered)
    assert told.stderr == ""
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]  # no library is made
