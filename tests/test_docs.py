"""What README, .env.example and the rest say is held to the code."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic_settings import BaseSettings

from bot.config import BotSettings
from retrieval.cli.app import app
from retrieval.cli.interrupting import STOPPED
from retrieval.cli.main import run
from retrieval.cli.shared import WRONG_USE
from retrieval.confidence import DEFAULT_THRESHOLD, UNREAD_THRESHOLD
from retrieval.config import RetrievalSettings
from retrieval.sources.files import FOLDER_NAMES

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
_PERCENT = re.compile(r"\d+%")
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
SETTINGS: tuple[type[BaseSettings], ...] = (RetrievalSettings, BotSettings)
SHARED = {"--db", "--collection", "--json", "--quiet", "-q", "--verbose", "--help"}


def _settings() -> Iterator[tuple[str, object]]:
    for settings in SETTINGS:
        prefix = settings.model_config["env_prefix"]
        for name, field in settings.model_fields.items():
            yield f"{prefix}{name}".upper(), field.get_default()


def _commands() -> dict[str, Any]:
    return dict(_leaves(typer.main.get_command(app), ""))


def _leaves(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    if not hasattr(command, "commands"):
        yield path.strip(), command
        return
    for name, child in command.commands.items():
        yield from _leaves(child, f"{path} {name}")


def _row(name: str) -> str:
    """The row of README's tables that begins with `name`."""
    found = re.search(rf"^\| `{re.escape(name)}[^|]*\|(.*)\|$", README, re.MULTILINE)
    assert found, f"README has no row for {name}"
    return found.group(1)


@pytest.mark.parametrize(("name", "default"), list(_settings()))
def test_every_setting_is_explained_with_its_default(name: str, default: object) -> None:
    assert re.search(rf"^#?{name}=", EXAMPLE, re.MULTILINE), f".env.example lacks {name}"
    row = _row(name)
    if isinstance(default, int | str) and default:
        assert f"`{default}`" in row
        assert re.search(rf"^#?{name}={re.escape(str(default))}$", EXAMPLE, re.MULTILINE)


def test_the_example_has_no_setting_that_does_not_exist() -> None:
    known = {name for name, _ in _settings()}
    assert set(re.findall(r"^#?([A-Z]+_[A-Z_]+)=", EXAMPLE, re.MULTILINE)) == known


def test_the_threshold_told_is_the_one_in_force() -> None:
    row = _row("RETRIEVAL_THRESHOLD")
    assert f"`{DEFAULT_THRESHOLD}`" in row
    for told in (row, EXAMPLE):
        assert f"without the reader {UNREAD_THRESHOLD}" in told


@pytest.mark.parametrize("name", sorted(_commands()))
def test_every_command_is_in_the_readme_and_has_help(name: str) -> None:
    command = _commands()[name]
    assert command.help
    row = _row(name)
    for parameter in command.params:
        for option in parameter.opts:
            if option.startswith("--") and option not in SHARED:
                assert option in row, f"README's row of {name} lacks {option}"


def test_every_exit_code_is_told() -> None:
    told = re.search(r"Exit codes:(.*?)\.\n\n", README, re.DOTALL)
    assert told
    codes = {int(each) for each in re.findall(r"\b\d+\b", told.group(1))}
    assert codes == {0, 1, WRONG_USE, STOPPED}


def test_what_is_taken_from_a_folder_is_told() -> None:
    told = re.search(r"From a folder those files are taken(.*?)or have no ending", README, re.S)
    assert told
    assert set(re.findall(r"\.[a-z]+", told.group(1))) == FOLDER_NAMES
    assert set(re.findall(r"\.[a-z]+", _row("add").split(")")[0])) <= FOLDER_NAMES


def test_the_shared_options_are_told() -> None:
    for option in ("--db", "--collection", "--json", "--quiet", "--verbose", "--version"):
        assert option in README


def test_the_transcript_is_what_the_demo_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = re.search(r'```text\n\$ clippings ask "(.*)"\n(.*?) *…\n```', README, re.DOTALL)
    assert found
    question, told = found.groups()
    assert f"QUESTION := {question}\n" in (ROOT / "Makefile").read_text(encoding="utf-8")
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("RETRIEVAL_DATABASE", str(tmp_path / "library.db"))
    assert run(["add", "seeds", "--quiet"]) == 0
    capsys.readouterr()
    assert run(["ask", question]) == 0
    printed = capsys.readouterr().out.replace("\N{NO-BREAK SPACE}", " ")
    # Passages are embedded by what the processor is quick with, which may move a percentage by one.
    assert _PERCENT.sub("%", printed).startswith(_PERCENT.sub("%", told))
    sure, then = (int(_PERCENT.findall(each)[0][:-1]) for each in (printed, told))
    assert abs(sure - then) <= 2


def test_files_the_readme_links_to_exist() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_versions_are_pinned_in_one_place() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    locked = {
        re.split("==", line)[0].lower().replace("_", "-")
        for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    }
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.split(r"[\[<>=!; ]", each)[0].lower().replace("_", "-") for each in wanted}
    assert names <= locked
    assert not [each for each in wanted if "==" in each.partition(";")[0]]


def test_the_version_is_that_of_the_changelog() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    latest = re.search(r"^## (\S+)", changelog, re.MULTILINE)
    assert latest is not None
    assert latest.group(1) == project["version"]


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("retrieval", ("torch", "discord", "numpy", "sentence_transformers")),
        ("retrieval.library", ("torch", "discord", "sentence_transformers", "trafilatura")),
        ("retrieval.cli", ("torch", "discord", "sentence_transformers", "onnxruntime")),
    ],
)
def test_nothing_heavy_is_imported_before_it_is_needed(
    module: str, absent: tuple[str, ...]
) -> None:
    code = f"import sys, {module}; print([m for m in {absent!r} if m in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_the_engine_knows_nothing_of_discord() -> None:
    for file in (ROOT / "retrieval").rglob("*.py"):
        imports = re.findall(
            r"^\s*(?:from|import) (\w+)", file.read_text(encoding="utf-8"), re.MULTILINE
        )
        assert not {"bot", "discord"} & set(imports), file
