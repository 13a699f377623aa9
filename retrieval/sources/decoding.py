"""Bytes into text, whatever they were encoded in."""

from __future__ import annotations

import codecs
import re

from retrieval.errors import Reason, UnreadableError

_MARKS = (  # the longer first: that of UTF-32 begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(
    rb"""(?:<\?xml[^>]{0,200}?encoding|<meta[^>]{0,200}?charset)\s*=\s*["']?\s*([\w.:-]{2,40})""",
    re.IGNORECASE,
)
DECLARED_WITHIN = 4096
"""Bytes at the start in which a declaration is looked for; HTML asks for it in the first 1024."""
SAMPLE = 1 << 16
"""Bytes on which an encoding is guessed; more costs time and changes nothing."""
ODD_ALLOWED = 4
"""Control characters that a short text may hold by accident."""
# Browsers read what calls itself Latin-1 or ASCII as Windows-1252, and so do its writers.
_MEANT = {"iso8859-1": "cp1252", "ascii": "cp1252", "gb2312": "gb18030", "gbk": "gb18030"}
_SEVEN_BIT = ("iso2022", "hz", "utf-7")


def decode(data: bytes, declared: str | None = None) -> str:
    """The text of `data`: by its byte order mark, as UTF-8, by `declared` (of the HTTP header) or
    what the document declares, and else by a guess. Raises UnreadableError when nothing fits.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, errors="replace")
    for encoding in _candidates(data, declared):
        try:
            return data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return _guessed(data)


def looks_binary(data: bytes) -> bool:
    """Whether the start of `data` is no text in any encoding."""
    head = data[:8192]
    if not head or any(head.startswith(mark) for mark, _ in _MARKS):
        return False
    if b"\x00" in head:
        return _wide(head) is None
    odd = sum(byte < 32 and byte not in b"\t\n\r\x0b\x0c\x1b" for byte in head)
    return odd > ODD_ALLOWED + len(head) // 50


def _candidates(data: bytes, declared: str | None) -> list[str]:
    names = [_codec(declared)] if declared else []
    if match := _DECLARED.search(data[:DECLARED_WITHIN]):
        names.append(_codec(match[1].decode("ascii", "replace")))
    known = [name for name in names if name]
    seven_bit = [name for name in known if name.startswith(_SEVEN_BIT)]
    wide = _wide(data[:8192])
    # Text with other than ASCII letters that is valid UTF-8 is UTF-8, whatever it declares.
    return [*([wide] if wide else []), *seven_bit, "utf-8", *known]


def _codec(name: str) -> str | None:
    try:
        codec = codecs.lookup(name).name
    except LookupError:
        return None
    return None if codec in ("utf-16", "utf-32") else _MEANT.get(codec, codec)


def _wide(head: bytes) -> str | None:
    """UTF-16 without its mark: mostly ASCII, so that every other byte is zero."""
    if len(head) < 4 or b"\x00" not in head:
        return None
    for offset, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        half, other = head[offset::2], head[1 - offset :: 2]
        if half.count(0) > 0.6 * len(half) and not other.count(0):
            return encoding
    return None


def _guessed(data: bytes) -> str:
    from charset_normalizer import from_bytes  # seldom needed

    best = from_bytes(data[:SAMPLE]).best()
    # A few accented letters fit a dozen code pages; where Windows-1252 gives letters, it is that.
    for encoding in ("cp1252", best.encoding if best else None):
        if encoding is None or (encoding == "cp1252" and not _western(data[:SAMPLE])):
            continue
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    if best is None:
        raise UnreadableError(
            "its characters are in no encoding that can be recognised", Reason.ENCODING
        )
    return data.decode(best.encoding, errors="replace")


def _western(data: bytes) -> bool:
    """Whether the upper half of the code page is used as Western European writing uses it: seldom,
    and for the letters and marks of those languages."""
    high = [byte for byte in data if byte > 127]
    usual = sum(chr_ in _WESTERN for chr_ in bytes(high).decode("cp1252", "replace"))
    return len(high) < 0.2 * len(data) and usual >= 0.9 * len(high)


_WESTERN = frozenset(
    "àâäáãåæçéèêëíìîïñóòôöõøœúùûüÿßÀÂÄÁÃÅÆÇÉÈÊËÍÌÎÏÑÓÒÔÖÕØŒÚÙÛÜ‘’“”„–—…•€£§°«»¿¡·®©™\xa0"
)
