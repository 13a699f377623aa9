"""Discord's error replies: a status, a code, a sentence, and the nested `errors` of a form."""

from __future__ import annotations

from collections.abc import Sized
from typing import Any

Path = tuple[str | int, ...]


class ApiError(Exception):
    """A refusal, answered with Discord's JSON body."""

    def __init__(self, status: int, code: int, message: str, errors: dict | None = None) -> None:
        super().__init__(f"{status} {code}: {message} {errors or ''}")
        self.status = status
        self.body: dict[str, Any] = {"message": message, "code": code}
        if errors:
            self.body["errors"] = errors


def not_found(code: int, what: str) -> ApiError:
    return ApiError(404, code, f"Unknown {what}")


class FormErrors:
    """What is wrong with a body, by field; `raise_any` answers with all of it at once."""

    def __init__(self) -> None:
        self.found: list[tuple[Path, str, str]] = []

    def add(self, path: Path, code: str, message: str) -> None:
        self.found.append((path, code, message))

    def required(self, path: Path) -> None:
        self.add(path, "BASE_TYPE_REQUIRED", "This field is required")

    def choice(self, path: Path, value: Any, allowed: tuple) -> bool:
        if value in allowed:
            return True
        self.add(path, "BASE_TYPE_CHOICES", f"Value must be one of {allowed}.")
        return False

    def text(self, path: Path, value: Any, low: int, high: int, *, needed: bool = False) -> None:
        """`value` is a string of `low` to `high` characters, or absent where not `needed`."""
        if value is None or (value == "" and needed):
            if needed:
                self.required(path)
        elif not isinstance(value, str):
            self.add(path, "STRING_TYPE_CONVERT", f'Could not interpret "{value}" as string.')
        elif not low <= utf16(value) <= high:
            self.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {low} and {high} in length.")

    def count(self, path: Path, value: Sized, low: int, high: int) -> None:
        if not low <= len(value) <= high:
            self.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {low} and {high} in length.")

    def known(self, path: Path, value: dict, fields: frozenset[str]) -> None:
        """No field that Discord does not know: it would be ignored in silence."""
        for name in value.keys() - fields:
            self.add((*path, name), "UNKNOWN_FIELD", f"Discord knows no field {name!r} here.")

    def raise_any(self, prefix: Path = ()) -> None:
        if not self.found:
            return
        root: dict[str, Any] = {}
        for path, code, message in self.found:
            node = root
            for part in (*prefix, *path):
                node = node.setdefault(str(part), {})
            node.setdefault("_errors", []).append({"code": code, "message": message})
        raise ApiError(400, 50035, "Invalid Form Body", root)


def utf16(text: str) -> int:
    """Length in UTF-16 units, the stricter of the two ways in which lengths can be counted."""
    return len(text) + sum(ord(character) > 0xFFFF for character in text)
