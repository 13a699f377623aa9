"""A page as the row of text blocks that a reader sees, each with what its place in the page tells.

Pure; the tree is read and never changed. The words are those of the page, so that a link to them
finds them there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree, html
from lxml.html import HtmlElement

_UNSEEN = frozenset(
    {"script", "style", "noscript", "template", "svg", "math", "iframe", "object", "embed", "head",
     "canvas", "audio", "video", "map", "button", "select", "option", "datalist", "input",
     "textarea", "dialog", "title", "meta", "link", "amp-analytics", "amp-ad"}
)  # fmt: skip
_INLINE = frozenset(
    {"a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em",
     "font", "i", "ins", "kbd", "label", "mark", "q", "ruby", "rb", "rp", "rt", "s", "samp",
     "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr", "nobr",
     "amp-link", "amp-timeago"}
)  # fmt: skip
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_SPACE = re.compile(r"[^\S\n]+")
_LINES = re.compile(r" *\n *")
_CELL = "\0"
"""Stands between the cells of a row while it is gathered."""


@dataclass(slots=True)
class Block:
    """A stretch of text that stands alone: a paragraph, a heading, an item, a cell of a table."""

    element: HtmlElement
    """The innermost block element around it."""
    text: str
    linked: int
    """Characters of it that stand in links."""
    bold: int
    """Characters of it that stand in bold."""
    links: int = 0
    """Links in it."""
    row: str = ""
    """The same text with the cells of a table's row parted, where it is one."""

    @property
    def told(self) -> str:
        """The text as the article has it."""
        return self.row or self.text


@dataclass(slots=True)
class _Open:
    """The block being gathered."""

    element: HtmlElement
    parts: list[str] = field(default_factory=list)
    linked: int = 0
    bold: int = 0
    links: int = 0

    def add(self, text: str | None, *, linked: bool, bold: bool) -> None:
        if text:
            self.parts.append(text)
            size = len(text.strip())
            self.linked += size if linked else 0
            self.bold += size if bold else 0

    def closed(self) -> Block | None:
        text = _LINES.sub("\n", _SPACE.sub(" ", "".join(self.parts))).strip()
        if _CELL not in text:
            return Block(self.element, text, self.linked, self.bold, self.links) if text else None
        cells = [cell for part in text.split(_CELL) if (cell := " ".join(part.split()))]
        seen, told = " ".join(cells), " | ".join(cells)
        return Block(self.element, seen, self.linked, self.bold, self.links, told) if told else None


def parse(page: str) -> HtmlElement:
    """The tree of a page, however broken it is. Raises ValueError where there is none."""
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        tree = html.document_fromstring(page.encode("utf-8", "replace"), parser=parser)
    except etree.ParserError as error:
        raise ValueError("not a page") from error
    return tree


def blocks_of(tree: HtmlElement) -> list[Block]:
    """The blocks of a page in reading order."""
    body = tree.find(".//body")
    root = body if body is not None else tree
    return list(_Walk(root).blocks())


def heads(block: Block, after: Block) -> bool:
    """Whether it is the row of a table's headings, and the other the row below it."""
    one, other = (next(each.element.iterancestors("table"), None) for each in (block, after))
    headings = block.row and all(cell.tag == "th" for cell in block.element.iter("td", "th"))
    return bool(headings and after.row and one is not None and one is other)


class _Walk:
    """One walk over a page; explicit stack, since broken pages nest thousands deep."""

    def __init__(self, root: HtmlElement) -> None:
        self._root = root
        self._open = _Open(root)

    def blocks(self) -> Iterator[Block]:
        # An entry is an element to enter, or one to leave; `linked` and `bold` hold around it.
        stack: list[tuple[HtmlElement, bool, bool, bool]] = [(self._root, False, False, False)]
        while stack:
            element, leave, linked, bold = stack.pop()
            if leave:
                yield from self._leave(element, linked=linked, bold=bold)
                continue
            tag = element.tag if isinstance(element.tag, str) else ""
            if not tag or tag in _UNSEEN or _hidden(element):
                self._open.add(element.tail, linked=linked, bold=bold)
                continue
            stack.append((element, True, linked, bold))
            if tag in ("td", "th") and _simple(element.getparent()):
                self._open.parts.append(_CELL)
            elif tag not in _INLINE and tag not in ("br", "img"):
                yield from self._next(element)
            inner_link, inner_bold = linked or tag == "a", bold or tag in ("b", "strong")
            self._open.links += tag == "a"
            text = (
                element.text.replace("\n", " ") if element.text and tag != "pre" else element.text
            )
            self._open.add(text, linked=inner_link, bold=inner_bold)
            stack.extend((child, False, inner_link, inner_bold) for child in reversed(element))
        yield from self._next(self._root)

    def _leave(self, element: HtmlElement, *, linked: bool, bold: bool) -> Iterator[Block]:
        if element.tag == "br":
            # Two breaks in a row part paragraphs; one parts lines.
            if self._open.parts and self._open.parts[-1].isspace() and "\n" in self._open.parts[-1]:
                yield from self._next(self._open.element)
            elif self._open.parts:
                self._open.parts.append("\n")
        elif element.tag in ("td", "th") and _simple(element.getparent()):
            self._open.parts.append(_CELL)
        elif element.tag not in _INLINE and element.tag != "img" and element is not self._root:
            yield from self._next(element.getparent())
        if element is not self._root and element.tail:
            tail = element.tail
            if not (element.tag == "br" and tail.isspace()):
                tail = tail.replace("\n", " ")
                self._open.add(tail, linked=linked, bold=bold)

    def _next(self, element: HtmlElement) -> Iterator[Block]:
        block = self._open.closed()
        self._open = _Open(element)
        if block is not None:
            yield block


def _hidden(element: HtmlElement) -> bool:
    if element.get("hidden") is not None or element.get("aria-hidden") == "true":
        return True
    style = element.get("style")
    return style is not None and _HIDDEN.search(style) is not None


def _simple(row: HtmlElement | None) -> bool:
    """Whether a row of a table holds words only: it is read as one line. Rows that hold blocks are
    there for the page's layout."""
    if row is None or row.tag != "tr":
        return False
    return all(
        element.tag in _INLINE or element.tag in ("tr", "td", "th", "img", "br")
        for element in row.iter(etree.Element)
    )
