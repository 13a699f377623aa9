"""Lines of JSON, with an error that names file and line for whatever is wrong in one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retrieval.errors import DataSetError


def lines_of(path: Path) -> Iterator[tuple[int, str]]:
    """Number, from 1, and text of each line that is not blank."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield number, line
    except UnicodeDecodeError:
        raise DataSetError(f"{path} is not UTF-8 text. Convert it and try again.") from None
    except OSError as error:
        raise DataSetError(f"{path} cannot be read: {error.strerror}.") from None


@dataclass(frozen=True, slots=True)
class Row:
    """One object of a .jsonl file; its fields are checked as they are taken."""

    path: Path
    line: int
    fields: dict[str, Any]

    def error(self, what: str) -> DataSetError:
        """An error that says where it is."""
        return DataSetError(f"{self.path}, line {self.line}: {what}")

    def text(self, name: str) -> str:
        """A string with something in it."""
        value = self.fields.get(name)
        if not isinstance(value, str) or not value.strip():
            raise self.error(f"“{name}” must be a text that is not empty.")
        return value

    def maybe_text(self, name: str) -> str | None:
        """A string, or None where it is missing, null or blank."""
        value = self.fields.get(name)
        if value is None:
            return None
        if not isinstance(value, str):
            raise self.error(f"“{name}” must be a text.")
        return value if value.strip() else None

    def id(self, name: str = "id") -> str:
        """An identifier: a string, or a whole number taken as one."""
        value = self.fields.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        return self.text(name)

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of strings; empty where it is missing or null."""
        value = self.fields.get(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.error(f"“{name}” must be a list of texts.")
        return tuple(item for item in value if item.strip())

    def maybe_flag(self, name: str) -> bool | None:
        """True, false, or None where it is missing or null."""
        value = self.fields.get(name)
        if value is not None and not isinstance(value, bool):
            raise self.error(f"“{name}” must be true or false.")
        return value

    def rows(self, name: str) -> list[Row]:
        """A list of objects; empty where it is missing or null."""
        value = self.fields.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.error(f"“{name}” must be a list of objects.")
        return [Row(self.path, self.line, item) for item in value]

    def whole(self, name: str) -> int:
        """A whole number from 0 up."""
        value = self.fields.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self.error(f"“{name}” must be a whole number from 0 up.")
        return value


def rows_of(path: Path) -> Iterator[Row]:
    """The objects of a .jsonl file. Raises DataSetError at the first line that is not one."""
    for number, line in lines_of(path):
        try:
            value = json.loads(line)
        except ValueError as error:
            reason = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
            raise DataSetError(f"{path}, line {number} is not JSON: {reason}.") from None
        if not isinstance(value, dict):
            raise DataSetError(f"{path}, line {number}: there must be an object on each line.")
        yield Row(path, number, value)


def unique_rows(path: Path) -> dict[str, Row]:
    """The objects by their `id`, in order. Raises DataSetError for an id that comes twice."""
    found: dict[str, Row] = {}
    for row in rows_of(path):
        name = row.id()
        if name in found:
            raise row.error(f"the id “{name}” was already given on line {found[name].line}.")
        found[name] = row
    return found
