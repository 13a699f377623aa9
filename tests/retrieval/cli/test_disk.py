"""What the disk and its permissions refuse: told in one sentence that names the file at fault."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.processes import COMMAND
from tests.retrieval.cli.conftest import SEED, Clippings, Result
from tests.retrieval.cli.test_bad_input import QUESTION, one_sentence

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a disk")


@contextmanager
def _disk(folder: Path, options: str) -> Iterator[Path]:
    """A small disk of its own."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def _ended(*arguments: object, before: tuple[str, ...] = ()) -> Result:
    """The command line as a process of its own, whose threads and log are seen too."""
    ended = subprocess.run(
        [*before, *COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=120
    )
    return Result(ended.returncode, ended.stdout, ended.stderr)


@contextmanager
def _read_only(folder: Path, *files: Path) -> Iterator[Path]:
    """A disk with these files that cannot be written."""
    with _disk(folder, "size=8m") as disk:
        for file in files:
            shutil.copy(file, disk)
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        yield disk


@as_root
def test_a_full_disk_loses_nothing(seeded: Clippings, tmp_path: Path) -> None:
    rows = tmp_path / "many.jsonl"
    rows.write_text(
        "".join(
            f'{{"id": "{n}", "text": "Mill {n} on the river was built in {1500 + n}."}}\n'
            for n in range(150)
        )
    )
    with _disk(tmp_path / "disk", "size=900k") as disk:
        database = disk / "library.db"
        assert seeded("add", SEED, "--db", database).code == 0
        told = seeded("add", rows, "--db", database, "--json")
        assert told.code in (1, 2)
        assert "Traceback" not in told.err
        said = told.err + "".join(str(each["error"]) for each in told.lines)
        assert "full" in said
        stored = {each["external_id"] for each in seeded("list", "--db", database, "--json").lines}
        reported = {each["external_id"] for each in told.lines if each["status"] == "added"}
        assert reported <= stored
        # Of the disk, which is the same for all that follow, a person is told once.
        plain = seeded("add", rows, "--db", database)
        assert plain.code == 1
        assert len(plain.err.splitlines()) == 1
        assert seeded("ask", QUESTION, "--db", database).code == 0


@as_root
def test_a_read_only_disk_answers_and_takes_nothing(seeded: Clippings, tmp_path: Path) -> None:
    with _disk(tmp_path / "disk", "size=8m") as disk:
        database = disk / "library.db"
        database.write_bytes((tmp_path / "library.db").read_bytes())
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        (tmp_path / "new.txt").write_text("The mill on the river was built in 1780.")
        told = seeded("add", tmp_path / "new.txt", "--db", database)
        assert told.code == 1
        assert "read-only" in told.err
        assert "Traceback" not in told.err
        assert seeded("ask", QUESTION, "--db", database).code == 0


@as_root
def test_a_read_only_disk_on_which_there_is_no_library_is_told_in_a_sentence(
    tmp_path: Path,
) -> None:
    with _read_only(tmp_path / "disk") as disk:
        for _ in range(4):  # what ends too late does so most of the time
            told = _ended("add", SEED, "--db", disk / "new.db")
            assert told.code == 2
            one_sentence(told)
            assert f"{disk / 'new.db'} cannot be opened" in told.err


@as_root
def test_a_library_that_can_only_be_read_answers_without_a_word_and_says_what_it_cannot(
    seeded: Clippings, tmp_path: Path
) -> None:
    with _read_only(tmp_path / "disk", tmp_path / "library.db") as disk:
        database = disk / "library.db"
        told = _ended("ask", QUESTION, "--db", database)
        assert (told.code, told.err) == (0, "")
        assert "only reading" in _ended("list", "--verbose", "--db", database).err
        told = _ended("rebuild", "--db", database)
        assert (told.code, told.out) == (2, "")
        one_sentence(told)
        assert f"{database} can only be read" in told.err
        findings = {
            each["what"]: each
            for each in seeded("doctor", "--db", database, "--json").json["findings"]
        }
        assert findings["library"]["found"].endswith("it can only be read")
        told = seeded("backup", tmp_path / "saved.db", "--db", database)
        assert told.code == 0


@as_root
@pytest.mark.parametrize("only", [(), ("--collection", "default")])
def test_of_a_backup_and_its_place_the_one_at_fault_is_named(
    seeded: Clippings, tmp_path: Path, only: tuple[str, ...]
) -> None:
    library, saved = tmp_path / "library.db", tmp_path / "saved.db"
    assert seeded("backup", saved).code == 0
    before = library.read_bytes()
    with _disk(tmp_path / "small", "size=64k") as small, _read_only(tmp_path / "disk") as disk:
        for place, reason in ((small / "x.db", "is full"), (disk / "x.db", "Read-only")):
            for told in (
                seeded("backup", place, *only),
                seeded("restore", saved, "--db", place, *only),
            ):
                assert told.code == 2
                one_sentence(told)
                assert f"{place} " in told.err
                assert reason in told.err
                assert str(library) not in told.err
                assert str(saved) not in told.err
                assert list(place.parent.iterdir()) == []
    assert library.read_bytes() == before


def _as_anyone() -> tuple[str, ...]:
    """What to start a process by so that permissions hold for it, which they do not for root."""
    if os.geteuid() != 0:
        return ()
    powers = "-dac_override,-dac_read_search"
    return "setpriv", "--bounding-set", powers, "--inh-caps", powers, "--"


@pytest.mark.skipif(
    os.geteuid() == 0 and shutil.which("setpriv") is None, reason="root may read everything"
)
@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_must_not_be_read_is_named_and_permissions_are_to_be_checked(
    seeded: Clippings, tmp_path: Path, what: str
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    locked, library, saved = folder / "locked.db", tmp_path / "library.db", tmp_path / "saved.db"
    assert seeded("backup", saved).code == 0
    shutil.copy(library, locked)
    forbidden = {"file": locked, "folder": folder}[what]
    forbidden.chmod(0)
    try:
        for arguments in (
            ("ask", QUESTION, "--db", locked),
            ("restore", saved, "--db", locked),
            ("backup", tmp_path / "new.db", "--db", locked),
            ("restore", locked, "--db", library),
            ("backup", locked, "--db", library),
        ):
            told = _ended(*arguments, before=_as_anyone())
            assert told.code == 2
            one_sentence(told)
            assert f"You may not read {locked}." in told.err
            assert "check its permissions" in told.err
        told = _ended("doctor", "--json", "--db", locked, before=_as_anyone())
        assert told.code == 1
        findings = {each["what"]: each for each in told.json["findings"]}
        assert "You may not read" in findings["library"]["found"]
    finally:
        forbidden.chmod(0o700)
    assert not (tmp_path / "new.db").exists()
