"""Text of articles made safe to show: word for word on the screen, and nothing but words. Pure.

Discord reads markdown, mentions, emoji and links in what a bot sends. A backslash before a
punctuation mark makes it a plain character and is not shown itself, so what people see is verbatim.
Only characters that reorder text (bidirectional controls) are left out: they could make one
address look like another.

Lengths are counted in UTF-16 units, as Discord's own clients count; code points are never more.
"""

from __future__ import annotations

import re

ELLIPSIS = "…"
_BIDIRECTIONAL = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
_UNSEEN = _BIDIRECTIONAL | frozenset(map(chr, range(32))) - frozenset("\n\t")
_SENT = {character: "\\" + character for character in "\\*_~|`<[]@"} | dict.fromkeys(_UNSEEN, "")
_COLON = re.compile(r":(?=\S)")  # of addresses and emoji
_LINE_START = re.compile(r"^[^\S\n]*(?:[#>+-]|\d+(?=[.)]\s))", re.MULTILINE)
_BLANK_LINES = re.compile(r"\n(?:[^\S\n]*\n){2,}|\r")
_INVITE = re.compile(r"(?i)discord(?:app)?\.(?:gg|com)")


def width(text: str) -> int:
    """The length of `text` as Discord counts it."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def pieces(text: str) -> list[str]:
    """What to send for each code point of `text`, so that it is shown as it is."""
    sent = [_SENT.get(character, character) for character in text]
    for match in _COLON.finditer(text):
        sent[match.start()] = "\\:"
    for match in _LINE_START.finditer(text):
        last = match.end() - 1
        if text[last].isdigit():
            sent[last + 1] = "\\" + text[last + 1]  # "1." would become a list
        else:
            sent[last] = "\\" + text[last]
    for match in _INVITE.finditer(text):
        dot = text.index(".", match.start())
        sent[dot] = "\\."
    for match in _BLANK_LINES.finditer(text):
        keep = min(2, match.group().count("\n"))
        sent[match.start() : match.end()] = ["\n"] * keep + [""] * (len(match.group()) - keep)
    return sent


def escape(text: str) -> str:
    """`text` as it must be sent to be shown as it is."""
    return "".join(pieces(text))


def plain(text: str, limit: int) -> str:
    """One line of `text`, escaped, cut at a word bound to at most `limit`."""
    line = " ".join(text.split())
    return "".join(_cut(line, pieces(line), 0, limit))


def cut(sent: str, limit: int) -> str:
    """Text that is escaped already, cut at a word bound to at most `limit`."""
    return "".join(_cut(sent, list(sent), 0, limit))


def raw_line(text: str, limit: int) -> str:
    """One line of `text` for places where Discord reads no markdown, cut at a word bound."""
    line = " ".join("".join(c for c in text if c not in _BIDIRECTIONAL).split())
    shown = ["" if character < " " else character for character in line]
    return "".join(_cut(line, shown, 0, limit))


def excerpt(
    text: str,
    mark: tuple[int, int] | None,
    limit: int,
    *,
    around: tuple[int, int] | None = None,
) -> str:
    """`text` escaped within `limit`, with `mark` (start, end) in bold.

    What is too long is cut at word bounds, with an ellipsis, around what is marked, or around
    `around` where that holds the mark and fits.
    """
    sent = pieces(text)
    core = _trim(text, *(around or mark or (0, 0)))
    start, end = _trim(text, *mark) if mark else (core[0], core[0])
    bold = end > start
    room = (
        limit - (4 if bold else 0) - 4
    )  # two pairs of asterisks; an ellipsis and a blank each side
    if width("".join(sent[start:end])) > room:
        inside = "".join(_cut(text[start:end], sent[start:end], 0, room))
        return f"{_lead(start)}**{inside}**"
    fits = width("".join(sent[core[0] : core[1]])) <= room
    if not (fits and core[0] <= start <= end <= core[1]):
        core = (start, end)
    first, last = _widen(text, sent, core, room)
    before = _lead(first) + "".join(sent[first:start]).lstrip()
    marked = "".join(sent[start:end])
    after = "".join(sent[end:last]).rstrip() + (f" {ELLIPSIS}" if text[last:].strip() else "")
    return before + (f"**{marked}**" if bold else marked) + after


def _lead(start: int) -> str:
    return f"{ELLIPSIS} " if start else ""


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    """Within the text, and without the blanks at both ends: they would keep it from being bold."""
    start, end = max(0, start), min(end, len(text))
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _widen(text: str, sent: list[str], core: tuple[int, int], room: int) -> tuple[int, int]:
    """As many whole words around `core` as fit, two of three after it where both sides go on."""
    start, end = core
    left = room - width("".join(sent[start:end]))
    before, after = width("".join(sent[:start])), width("".join(sent[end:]))
    ahead = min(before, max(left // 3, left - after))
    behind = left - ahead
    first, last = start, end
    while first > 0 and (ahead := ahead - width(sent[first - 1])) >= 0:
        first -= 1
    while last < len(sent) and (behind := behind - width(sent[last])) >= 0:
        last += 1
    return _to_word(text, first, start, 1), _to_word(text, last, end, -1)


def _to_word(text: str, at: int, towards: int, step: int) -> int:
    """The nearest word bound from `at` towards what must stay; `at` where there is none."""
    bound = at
    while bound != towards and not _bound(text, bound):
        bound += step
    return bound if _bound(text, bound) else at


def _bound(text: str, at: int) -> bool:
    return at in (0, len(text)) or text[at].isspace() or text[at - 1].isspace()


def _cut(text: str, sent: list[str], start: int, limit: int) -> list[str]:
    """The pieces from `start` that fit, ending at a word bound with an ellipsis if some do not."""
    if width("".join(sent[start:])) <= limit:
        return sent[start:]
    used, end = 1, start
    while end < len(sent) and used + width(sent[end]) <= limit:
        used += width(sent[end])
        end += 1
    bound = _to_word(text, end, start, -1)
    end = bound if bound > start else end  # one long word is cut where it has to be
    while end > start and text[end - 1].isspace():
        end -= 1
    return [*sent[start:end], ELLIPSIS]
