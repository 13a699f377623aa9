"""What Discord refuses in application commands and in autocomplete choices."""

from __future__ import annotations

import unicodedata

from .constants import names
from .errors import FormErrors, Path

SUB_COMMAND, GROUP, STRING = 1, 2, 3
CHAT, USER, MESSAGE = 1, 2, 3
MOST = {CHAT: 100, USER: 15, MESSAGE: 15}
"""Global commands of one application, by type."""
MAX_SIZE = 8000
COMMAND_FIELDS = names(
    "name name_localizations description description_localizations options type nsfw "
    "default_member_permissions dm_permission contexts integration_types handler id"
)
OPTION_FIELDS = names(
    "type name name_localizations description description_localizations required choices options "
    "channel_types min_value max_value min_length max_length autocomplete"
)
LOCALES = names(
    "id da de en-GB en-US es-ES es-419 fr hr it lt hu nl no pl pt-BR ro fi sv-SE vi tr cs el bg ru "
    "uk hi th zh-CN ja zh-TW ko"
)


def check_commands(commands: list[dict]) -> None:
    """Refuse a bulk overwrite that Discord would refuse."""
    errors = FormErrors()
    seen: set[tuple[int, str]] = set()
    for index, command in enumerate(commands):
        check_command(errors, (index,), command)
        key = (command.get("type", CHAT), command.get("name", ""))
        if key in seen:
            code = "APPLICATION_COMMANDS_DUPLICATE_NAME"
            errors.add((index,), code, "Application command names must be unique")
        seen.add(key)
    for kind, most in MOST.items():
        if sum(command.get("type", CHAT) == kind for command in commands) > most:
            errors.add((), "APPLICATION_COMMANDS_MAX", f"At most {most} commands of type {kind}.")
    errors.raise_any()


def check_command(errors: FormErrors, path: Path, command: dict) -> None:
    errors.known(path, command, COMMAND_FIELDS)
    chat = command.get("type", CHAT) == CHAT
    _texts(errors, path, command, chat=chat)
    if not chat and command.get("description"):
        code = "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_CANNOT_BE_SET"
        errors.add((*path, "description"), code, "Context menu commands have no description")
    size = _size(command) + _options(errors, path, command.get("options") or [], depth=0)
    if size > MAX_SIZE:
        errors.add(path, "APPLICATION_COMMAND_TOO_LARGE", "Command exceeds maximum size (8000)")


def _texts(errors: FormErrors, path: Path, item: dict, *, chat: bool) -> None:
    """Name and description, in every language they are given in."""
    given = {None: item.get("name"), **(item.get("name_localizations") or {})}
    for locale, name in given.items():
        here = (*path, "name") if locale is None else (*path, "name_localizations", locale)
        errors.text(here, name, 1, 32, needed=True)
        if chat and isinstance(name, str) and not _chat_name(name):
            errors.add(here, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
    descriptions = {**(item.get("description_localizations") or {})}
    if chat:
        descriptions[None] = item.get("description")
    for locale, text in descriptions.items():
        here = (*path, "description", *((locale,) if locale else ()))
        errors.text(here, text, 1, 100, needed=True)
    for locale in {*given, *descriptions} - {None}:
        errors.choice((*path, "localizations", locale), locale in LOCALES, (True,))


def _chat_name(name: str) -> bool:
    fit = all(c in "-_'" or unicodedata.category(c)[0] in "LN" for c in name)
    return fit and name == name.lower()


def _size(item: dict) -> int:
    """Characters that count: of each text its longest language."""

    def longest(key: str) -> int:
        texts = [item.get(key) or "", *(item.get(f"{key}_localizations") or {}).values()]
        return max(map(len, texts))

    return longest("name") + longest("description")


def _options(errors: FormErrors, path: Path, options: list[dict], depth: int) -> int:
    errors.count((*path, "options"), options, 0, 25)
    size, seen, optional = 0, set(), False
    for index, option in enumerate(options):
        here = (*path, "options", index)
        errors.known(here, option, OPTION_FIELDS)
        errors.choice((*here, "type"), option.get("type"), tuple(range(1, 12)))
        _texts(errors, here, option, chat=True)
        size += _size(option)
        if option.get("name") in seen:
            code = "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS"
            errors.add(here, code, "Option name already exists")
        seen.add(option.get("name"))
        if option.get("type") in (SUB_COMMAND, GROUP):
            size += _nested(errors, here, option, depth)
            continue
        if option.get("required") and optional:
            code = "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID"
            errors.add(here, code, "Required options come before the others")
        optional |= not option.get("required")
        size += _choices(errors, here, option)
    return size


def _nested(errors: FormErrors, path: Path, option: dict, depth: int) -> int:
    group = option["type"] == GROUP
    if depth > 1 or (group and depth):
        code = "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID"
        errors.add((*path, "type"), code, "Not valid at this depth")
    return _options(errors, path, option.get("options") or [], depth + (1 if group else 2))


def _choices(errors: FormErrors, path: Path, option: dict) -> int:
    choices = option.get("choices") or []
    errors.count((*path, "choices"), choices, 0, 25)
    if choices and option.get("autocomplete"):
        code = "APPLICATION_COMMAND_AUTOCOMPLETE_CHOICES"
        errors.add((*path, "autocomplete"), code, "Not together with choices")
    for index, choice in enumerate(choices):
        check_choice(errors, (*path, "choices", index), choice, option["type"])
    return sum(len(str(choice.get("value"))) + len(choice.get("name", "")) for choice in choices)


def check_choice(errors: FormErrors, path: Path, choice: dict, kind: int) -> None:
    errors.text((*path, "name"), choice.get("name"), 1, 100, needed=True)
    if kind == STRING:
        errors.text((*path, "value"), choice.get("value"), 1, 100, needed=True)
    elif not isinstance(choice.get("value"), (int, float)):
        errors.add((*path, "value"), "NUMBER_TYPE_COERCE", "Not a number.")
