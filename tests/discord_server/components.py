"""What Discord refuses in components: of messages, of Components V2, and of modals."""

from __future__ import annotations

import re
from typing import Any

from .constants import names
from .errors import FormErrors, Path, utf16

ROW, BUTTON, TEXT_SELECT, TEXT_INPUT = 1, 2, 3, 4
SELECTS = (3, 5, 6, 7, 8)
SECTION, TEXT, THUMBNAIL, GALLERY, FILE, SEPARATOR, CONTAINER, LABEL, UPLOAD = (
    *range(9, 15),
    17,
    18,
    19,
)
LINK_STYLE, SKU_STYLE = 5, 6
COMMON = frozenset({"type", "id"})
FIELDS = {
    ROW: frozenset({"components"}),
    BUTTON: names("style label emoji custom_id sku_id url disabled"),
    TEXT_INPUT: names("custom_id style label min_length max_length required value placeholder"),
    SECTION: frozenset({"components", "accessory"}),
    TEXT: frozenset({"content"}),
    SEPARATOR: frozenset({"divider", "spacing"}),
    CONTAINER: names("components accent_color spoiler"),
    LABEL: names("label description component"),
    UPLOAD: names("custom_id min_values max_values required"),
}
SELECT_FIELDS = names(
    "custom_id options channel_types placeholder default_values min_values max_values required "
    "disabled"
)


class Components:
    """One walk over a body's components; `total` and `characters` are what they add up to."""

    def __init__(self, errors: FormErrors) -> None:
        self.errors = errors
        self.total = self.characters = 0
        self._ids: set[str] = set()

    def kind(self, path: Path, component: Any, allowed: tuple[int, ...]) -> int | None:
        """The component's type when it may stand here."""
        kind = component.get("type") if isinstance(component, dict) else None
        if kind not in allowed:
            code = "UNION_TYPE_CHOICES"
            self.errors.add((*path, "type"), code, f"Value must be one of {allowed}.")
            return None
        self.total += 1
        fields = SELECT_FIELDS if kind in SELECTS else FIELDS.get(kind)
        if fields is not None:
            self.errors.known(path, component, fields | COMMON)
        return int(kind)

    def custom_id(self, path: Path, component: dict) -> None:
        value = component.get("custom_id")
        self.errors.text((*path, "custom_id"), value, 1, 100, needed=True)
        if value in self._ids:
            code = "COMPONENT_CUSTOM_ID_DUPLICATED"
            self.errors.add((*path, "custom_id"), code, "Custom id cannot be duplicated")
        self._ids.add(value)

    def row(self, path: Path, row: dict, allowed: tuple[int, ...]) -> None:
        inside = row.get("components") or []
        self.errors.count((*path, "components"), inside, 1, 5)
        wide = any(child.get("type") in (*SELECTS, TEXT_INPUT) for child in inside)
        if wide and len(inside) > 1:
            code = "COMPONENT_LAYOUT_WIDTH_EXCEEDED"
            self.errors.add((*path, "components"), code, "Exceeds the maximum width")
        for index, child in enumerate(inside):
            here = (*path, "components", index)
            kind = self.kind(here, child, allowed)
            if kind == BUTTON:
                self.button(here, child)
            elif kind == TEXT_INPUT:
                self.text_input(here, child, labelled=False)
            elif kind is not None:
                self.select(here, child)

    def button(self, path: Path, button: dict) -> None:
        style = button.get("style")
        if not self.errors.choice((*path, "style"), style, (1, 2, 3, 4, 5, 6)):
            return
        self.errors.text((*path, "label"), button.get("label"), 0, 80)
        if style == LINK_STYLE:
            self._link(path, button)
        elif style == SKU_STYLE:
            self.errors.text((*path, "sku_id"), button.get("sku_id"), 1, 32, needed=True)
        else:
            self.custom_id(path, button)
        if (style == LINK_STYLE and "custom_id" in button) or (style < 5 and button.get("url")):
            code = "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE"
            self.errors.add(path, code, "A custom id and url cannot both be specified")
        if style != SKU_STYLE and not button.get("label") and not button.get("emoji"):
            self.errors.required((*path, "label"))

    def _link(self, path: Path, button: dict) -> None:
        url = button.get("url")
        self.errors.text((*path, "url"), url, 1, 512, needed=True)
        if url and not re.match(r"(https?|discord)://", url):
            self.errors.add((*path, "url"), "URL_TYPE_INVALID_SCHEME", "Scheme not allowed.")

    def select(self, path: Path, select: dict) -> None:
        self.custom_id(path, select)
        self.errors.text((*path, "placeholder"), select.get("placeholder"), 0, 150)
        low, high = select.get("min_values", 1), select.get("max_values", 1)
        if not 0 <= low <= high <= 25 or high < 1:
            self.errors.add((*path, "max_values"), "NUMBER_TYPE_MAX", "Not between 0 and 25.")
        if select["type"] == TEXT_SELECT:
            self._options(path, select.get("options") or [], high)
        defaults = select.get("default_values") or []
        if len(defaults) > high:
            code = "SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES"
            self.errors.add((*path, "default_values"), code, "More than max_values")

    def _options(self, path: Path, options: list[dict], high: int) -> None:
        self.errors.count((*path, "options"), options, 1, 25)
        seen: set[str] = set()
        for index, option in enumerate(options):
            here = (*path, "options", index)
            self.errors.text((*here, "label"), option.get("label"), 1, 100, needed=True)
            self.errors.text((*here, "value"), option.get("value"), 1, 100, needed=True)
            self.errors.text((*here, "description"), option.get("description"), 0, 100)
            if option.get("value") in seen:
                code = "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED"
                self.errors.add((*here, "value"), code, "The value is already used")
            seen.add(option.get("value", ""))
        if options and high > len(options):
            code = "SELECT_COMPONENT_MAX_VALUES_TOO_LARGE"
            self.errors.add((*path, "max_values"), code, "More than there are options")

    def text_input(self, path: Path, item: dict, *, labelled: bool) -> None:
        self.custom_id(path, item)
        if not labelled:
            self.errors.text((*path, "label"), item.get("label"), 1, 45, needed=True)
        self.errors.choice((*path, "style"), item.get("style"), (1, 2))
        self.errors.text((*path, "placeholder"), item.get("placeholder"), 0, 100)
        self.errors.text((*path, "value"), item.get("value"), 0, 4000)
        low, high = item.get("min_length") or 0, item.get("max_length") or 4000
        if not 0 <= low <= high <= 4000:
            self.errors.add((*path, "max_length"), "NUMBER_TYPE_MAX", "Not between 0 and 4000.")


class MessageComponents(Components):
    """The components of a message, of both generations."""

    def check(self, components: list[dict], *, v2: bool) -> None:
        if not v2:
            self.errors.count(("components",), components, 0, 5)
        for index, component in enumerate(components):
            path: Path = ("components", index)
            if v2:
                self._layout(path, component, (ROW, SECTION, TEXT, SEPARATOR, CONTAINER))
            elif self.kind(path, component, (ROW,)):
                self.row(path, component, (BUTTON, *SELECTS))
        if v2 and self.total > 40:
            code = "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED"
            self.errors.add(("components",), code, "The maximum number is 40")
        if self.characters > 4000:
            code = "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED"
            self.errors.add(("components",), code, "Text exceeds 4000 characters")

    def _layout(self, path: Path, component: dict, allowed: tuple[int, ...]) -> None:
        kind = self.kind(path, component, allowed)
        if kind == ROW:
            self.row(path, component, (BUTTON, *SELECTS))
        elif kind == TEXT:
            self._text(path, component)
        elif kind == SECTION:
            inside = component.get("components") or []
            self.errors.count((*path, "components"), inside, 1, 3)
            for index, child in enumerate(inside):
                if self.kind((*path, "components", index), child, (TEXT,)):
                    self._text((*path, "components", index), child)
            if self.kind((*path, "accessory"), component.get("accessory"), (BUTTON,)):
                self.button((*path, "accessory"), component["accessory"])
        elif kind == CONTAINER:
            inside = component.get("components") or []
            self.errors.count((*path, "components"), inside, 1, 40)
            for index, child in enumerate(inside):
                self._layout((*path, "components", index), child, (ROW, SECTION, TEXT, SEPARATOR))

    def _text(self, path: Path, component: dict) -> None:
        self.errors.text((*path, "content"), component.get("content"), 1, 4000, needed=True)
        self.characters += utf16(component.get("content") or "")


class ModalComponents(Components):
    """The components of a modal."""

    def check(self, components: list[dict]) -> None:
        self.errors.count(("data", "components"), components, 1, 5)
        for index, component in enumerate(components):
            path: Path = ("data", "components", index)
            kind = self.kind(path, component, (ROW, TEXT, LABEL))
            if kind == ROW:
                self.row(path, component, (TEXT_INPUT,))
            elif kind == LABEL:
                self._label(path, component)

    def _label(self, path: Path, label: dict) -> None:
        self.errors.text((*path, "label"), label.get("label"), 1, 45, needed=True)
        self.errors.text((*path, "description"), label.get("description"), 1, 100)
        here, inside = (*path, "component"), label.get("component")
        kind = self.kind(here, inside, (TEXT_INPUT, *SELECTS, UPLOAD))
        if kind == TEXT_INPUT:
            self.text_input(here, inside, labelled=True)  # type: ignore[arg-type]
        elif kind in SELECTS:
            self.select(here, inside)  # type: ignore[arg-type]
        elif kind == UPLOAD:
            self.custom_id(here, inside)  # type: ignore[arg-type]
