"""Whatever is put in: one clear sentence, the right exit code, nothing lost, the rest done."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

import pypdf
import pytest

from retrieval.config import RetrievalSettings, load_settings
from tests.processes import COMMAND
from tests.retrieval.cli.conftest import SEED, Clippings, Result

QUESTION = "how many troops did China deploy?"


def one_sentence(told: Result) -> None:
    assert told.err.strip()
    assert len(told.err.strip().splitlines()) == 1
    assert "Traceback" not in told.err
    assert told.err.strip().endswith((".", "?", "!", "FILE"))


@pytest.mark.parametrize("question", ["", "   ", "\x00\x01\x02", "🙂🎉🙂", "?!", "x" * 20_000])
def test_questions_without_an_answerable_word(seeded: Clippings, question: str) -> None:
    told = seeded("ask", "--", question)
    assert told.code == 2
    one_sentence(told)


@pytest.mark.parametrize(
    "question",
    [
        "what is it with them and the other",
        "' OR 1=1; DROP TABLE articles; --",
        'troops NEAR("China" AND *) title:x ^ + {} "',
        "how many\x07 troops\x1b[31m did China\x00 deploy?",
    ],
)
def test_questions_that_look_like_something_else(seeded: Clippings, question: str) -> None:
    told = seeded("ask", "--json", "--", question)
    assert told.code in (0, 1)
    assert told.json["passages"]
    assert seeded("ask", QUESTION).code == 0


def _batch(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """Bad files, each with a word of the reason."""
    empty = tmp_path / "empty.txt"
    empty.write_bytes(b"")
    yield empty, "empty"
    binary = tmp_path / "binary.txt"
    binary.write_bytes(bytes(range(256)) * 64)
    yield binary, "cannot be read"
    writer = pypdf.PdfWriter()
    writer.add_blank_page(200, 200)
    whole = tmp_path / "whole.pdf"
    writer.write(whole)
    truncated = tmp_path / "truncated.pdf"
    truncated.write_bytes(whole.read_bytes()[:120])
    yield truncated, "truncated.pdf"
    writer.encrypt("secret", algorithm="AES-256")
    locked = tmp_path / "locked.pdf"
    writer.write(locked)
    yield locked, "password"
    large = tmp_path / "large.txt"
    with large.open("wb") as file:
        file.truncate(200 << 20)
    yield large, "MB"
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    yield loop, "loop"
    fifo = tmp_path / "pipe.txt"
    os.mkfifo(fifo)
    yield fifo, "pipe.txt"
    yield tmp_path / "missing.txt", "missing.txt"


def test_one_bad_file_never_stops_the_rest(clippings: Clippings, tmp_path: Path) -> None:
    bad = list(_batch(tmp_path))
    told = clippings("add", *(path for path, _ in bad), SEED, "--json")
    assert told.code == 1
    *failed, good = told.lines
    for (path, reason), receipt in zip(bad, failed, strict=True):
        assert receipt["status"] == "failed"
        assert reason in receipt["error"], (path, receipt["error"])
    assert good["status"] == "added"
    assert clippings("ask", QUESTION).code == 0
    plain = clippings("add", *(path for path, _ in bad))
    assert plain.code == 1
    assert len(plain.err.strip().splitlines()) == len(bad)
    assert "Traceback" not in plain.err


@pytest.mark.parametrize("ref", ["www.example.org", "news.example.com/story/7", "example.NET"])
def test_a_link_without_its_beginning_is_known_as_one(clippings: Clippings, ref: str) -> None:
    told = clippings("add", ref, "--quiet")
    assert told.code == 1
    one_sentence(told)
    assert "write https:// before its address" in told.err
    assert "https://" not in clippings("add", "notes.txt", "--quiet").err


def test_names_and_addresses_give_a_terminal_no_orders(
    clippings: Clippings, tmp_path: Path
) -> None:
    (tmp_path / "empty\x1b]0;x\x07.txt").write_bytes(b"")
    (tmp_path / "mill\x1b[2J.txt").write_text("The mill was built in 1780 by a family of bakers.")
    address = json.dumps("http://a.example/\x1b[2J\x9b2J")
    row = '{"text": "The ferry was sold in 1990 to the port.", "url": ' + address + "}"
    (tmp_path / "rows.jsonl").write_text(row)
    told = [clippings("add", tmp_path, tmp_path / "rows.jsonl")]
    told += [clippings("ask", "When was the mill built?"), clippings("ask", "When was it sold?")]
    told += [clippings("show", "1"), clippings("show", "2"), clippings("list")]
    assert "2 added" in told[0].out
    for each in told:
        assert not {"\x1b", "\x9b", "\x07"} & {*each.out, *each.err}


def test_a_folder_that_holds_itself_is_read_once(clippings: Clippings, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "deeper").mkdir(parents=True)
    (folder / "deeper" / "up").symlink_to(folder)
    (folder / "seed.txt").write_bytes(SEED.read_bytes())
    (folder / "rows.jsonl").write_text('{"id": "1", "text": "Left out."}\n')
    told = clippings("add", folder, "--json")
    assert [each["status"] for each in told.lines] == ["added"]


def test_a_path_that_may_not_be_read(clippings: Clippings, tmp_path: Path) -> None:
    told = clippings("add", "/proc/1/mem", SEED, "--json")
    assert [each["status"] for each in told.lines] == ["failed", "added"]


def test_a_broken_line_in_the_middle_costs_that_line(clippings: Clippings, tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(
        '{"id": "a", "title": "A", "text": "The mill was built in 1780."}\n'
        '{"id": "b", "title": \n'
        '{"id": "c", "title": "C", "text": "The ferry was sold in 1990."}\n'
    )
    told = clippings("add", file, "--json")
    assert told.code == 1
    assert [each["status"] for each in told.lines] == ["added", "failed", "added"]
    assert "line 2" in told.lines[1]["error"].lower()
    told = clippings("add", file)
    assert told.err == f"failed: Line 2 of {file} cannot be used: it is not valid JSON.\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("add", SEED, "--published", "the day after"),
        ("add", SEED, "--title", "\udcff\x1b"),
        ("ask", QUESTION, "--since", "soon"),
        ("ask", QUESTION, "--since", "2020", "--before", "2019"),
        ("ask", QUESTION, "--since", "2024-13-01"),
        ("ask", QUESTION, "--since", "24-05-11"),
        ("add", ""),
        ("add", SEED, ""),
        ("ask", QUESTION, "--article", "99"),
        ("ask", QUESTION, "--limit", "0"),
        ("show", "99"),
        ("edit", "99", "--title", "x"),
        ("edit", "1"),
        ("edit", "1", "--title", " "),
        ("edit", "1", "--title", "\udcff"),
        ("edit", "1", "--author", "\udcff"),
        ("edit", "1", "--url", "not a url"),
        ("add", SEED, "--url", "example.org/story"),
        ("stats", "--collection", "nowhere"),
        ("ask", QUESTION, "--collection", "nowhere"),
        ("search", QUESTION, "--collection", "nowhere"),
        ("list", "--collection", "nowhere"),
        ("rebuild", "--collection", "nowhere"),
        ("ask",),
        ("ask", QUESTION, "--colour"),
        ("frobnicate",),
        ("restore", "nothing.db"),
        ("eval", "nowhere"),
        ("eval", SEED.parent, "--beside", SEED.parent),
        ("eval", SEED.parent, "--reader", "--beside", SEED.parent),
        ("add", SEED, SEED.parent / "questions.jsonl", "--title", "Two"),
    ],
)
def test_wrong_use_is_told_in_a_sentence(seeded: Clippings, arguments: tuple[object, ...]) -> None:
    told = seeded(*arguments)
    assert told.code == 2
    one_sentence(told)
    assert seeded("ask", QUESTION).code == 0  # nothing was lost
    assert len(seeded("list", "--json").lines) == 1  # and nothing came


def test_a_collection_that_is_not_there_is_told_in_the_same_words_by_all(
    seeded: Clippings,
) -> None:
    told = {
        seeded(*command, "--collection", "nowhere").err
        for command in (("list",), ("ask", QUESTION), ("stats",), ("rebuild",))
    }
    assert len(told) == 1
    assert [each["name"] for each in seeded("collections", "--json").lines] == ["default"]


def test_a_library_that_is_not_there(clippings: Clippings) -> None:
    told = clippings("ask", QUESTION)
    assert told.code == 2
    one_sentence(told)
    assert "clippings add" in told.err


def test_a_library_of_a_newer_version_is_left_alone(seeded: Clippings, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "library.db")) as connection:
        connection.execute("PRAGMA user_version = 999")
        connection.commit()
    before = (tmp_path / "library.db").read_bytes()
    for command in (("ask", QUESTION), ("add", SEED)):
        told = seeded(*command)
        assert told.code == 2
        one_sentence(told)
        assert "newer" in told.err
    assert (tmp_path / "library.db").read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"not a database at all", b"SQLite format 3\x00" + b"\xff" * 9000]
)
def test_a_damaged_library_says_what_to_do(
    clippings: Clippings, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "library.db").write_bytes(content)
    told = clippings("ask", QUESTION)
    assert told.code == 2
    one_sentence(told)
    assert (tmp_path / "library.db").read_bytes() == content


def test_a_restored_collection_takes_no_other_away_unless_told_to(
    seeded: Clippings, tmp_path: Path
) -> None:
    server = ("--collection", "discord:123")
    assert seeded("add", SEED, *server).code == 0
    assert seeded("backup", tmp_path / "copy.db", *server).code == 0

    def names() -> list[str]:
        return [each["name"] for each in seeded("collections", "--json").lines]

    told = seeded("restore", tmp_path / "copy.db", "--json")
    assert (told.code, told.out) == (2, "")
    assert '"default"' in told.err
    assert "--collection discord:123" in told.err
    assert "--replace" in told.err
    assert names() == ["default", "discord:123"]
    assert seeded("restore", tmp_path / "copy.db", *server).code == 0
    assert names() == ["default", "discord:123"]
    told = seeded("restore", tmp_path / "copy.db", *server, "--replace")
    assert (told.code, "Leave out" in told.err) == (2, True)
    assert seeded("restore", tmp_path / "copy.db", "--replace").code == 0
    assert names() == ["discord:123"]


@pytest.mark.parametrize("more", [("--json", "--version"), ("--version", "--json")])
def test_the_version_is_told_as_json_too(clippings: Clippings, more: tuple[str, ...]) -> None:
    assert clippings(*more).json == {"version": version("clippings")}
    assert clippings("--version").out == f"clippings {version('clippings')}\n"
    told = clippings("--json")
    assert (told.code, told.err) == (2, "Missing command. See clippings --help.\n")


def test_a_model_that_does_not_exist(seeded: Clippings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETRIEVAL_MODEL", "/no/such/model")
    told = seeded("ask", QUESTION)
    assert told.code == 2
    one_sentence(told)
    assert "/no/such/model" in told.err


@pytest.mark.parametrize(
    ("name", "value"),
    [("RETRIEVAL_LIMIT", "many"), ("RETRIEVAL_THRESHOLD", "7"), ("RETRIEVAL_THREADS", "-1")],
)
def test_a_wrong_setting_is_named(
    seeded: Clippings, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    told = seeded("ask", QUESTION)
    assert told.code == 2
    assert name in told.err


@pytest.mark.parametrize("name", ["MODEL", "READER_MODEL", "RERANKER_MODEL"])
@pytest.mark.parametrize("place", ["/no/such/model", "empty"])
def test_a_model_that_is_not_there_is_told_by_its_setting(
    seeded: Clippings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, place: str
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv(f"RETRIEVAL_{name}", place)
    told = seeded("ask", QUESTION)
    assert told.code == 2
    one_sentence(told)
    assert re.findall(r"RETRIEVAL_\w+", told.err) == [f"RETRIEVAL_{name}"]


def test_a_setting_that_is_empty_is_as_if_it_were_not_there(
    seeded: Clippings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in RetrievalSettings.model_fields:
        if name != "cache":
            monkeypatch.setenv(f"RETRIEVAL_{name.upper()}", "")
    (tmp_path / ".env").write_text("RETRIEVAL_FETCH_CONTACT=me@example.org\n")
    assert seeded("ask", QUESTION, "--db", tmp_path / "library.db").code == 0
    settings = load_settings()
    # What `.env` sets, an empty one takes away.
    assert settings.model_dump() == RetrievalSettings(_env_file=None).model_dump()
    assert settings.fetch_contact == ""
    monkeypatch.delenv("RETRIEVAL_FETCH_CONTACT")
    assert load_settings().fetch_contact == "me@example.org"


def test_a_misspelled_setting_is_told_with_the_one_that_is_meant(
    seeded: Clippings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RETRIEVAL_TRESHOLD", "1")
    told = seeded("ask", QUESTION)
    assert told.code == 0
    one_sentence(told)
    assert "RETRIEVAL_TRESHOLD" in told.err
    assert "RETRIEVAL_THRESHOLD" in told.err
    assert seeded("list", "--quiet").err == ""
    monkeypatch.delenv("RETRIEVAL_TRESHOLD")
    monkeypatch.setenv("retrieval_limit", "2")  # as good as in capitals
    assert seeded("ask", QUESTION).err == ""


@pytest.mark.parametrize("command", ["ask", "add"])
def test_a_closed_input_is_told(
    seeded: Clippings, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setattr("sys.stdin", None)  # as Python leaves it then
    told = seeded(command, "-", "--quiet")
    assert told.code == {"ask": 2, "add": 1}[command]
    one_sentence(told)
    assert "Standard input is closed" in told.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
@pytest.mark.parametrize("more", [(), ("--json",)])
def test_an_output_without_room_is_told(
    seeded: Clippings, tmp_path: Path, more: tuple[str, ...]
) -> None:
    with open("/dev/full", "wb") as full:
        ended = subprocess.run(
            [*COMMAND, "list", *more, "--db", tmp_path / "library.db"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert ended.returncode == 2
    one_sentence(Result(ended.returncode, "", ended.stderr))
    assert "No space left on device" in ended.stderr


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_who_reads_no_further_is_no_failure(
    seeded: Clippings, tmp_path: Path, more: tuple[str, ...]
) -> None:
    for number in range(40):
        (tmp_path / f"{number}.txt").write_text(f"The mill {number} was sold in {1700 + number}.")
    assert seeded("add", *tmp_path.glob("*.txt")).code == 0
    with subprocess.Popen(
        [*COMMAND, "list", *more, "--db", tmp_path / "library.db"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()
    assert (process.returncode, said) == (0, b"")
