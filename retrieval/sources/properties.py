"""What office programs write into a document's properties, told from what its author did. Pure."""

from __future__ import annotations

import re

from retrieval.sources.draft import one_line

_FILE_NAME = re.compile(r"\.(?:docx?|odt|rtf|pdf|indd|tex|dvi|qxd|pptx?)\b", re.I)
_PLACEHOLDER = re.compile(
    r"(?:untitled|unbenannt|sans titre)[\s_-]*(?:document|dokument)?[\s_-]*\d*"
    r"|(?:document|dokument|doc)\s*\d*"
    r"|(?:microsoft (?:office )?)?word[- ](?:document|dokument)"
    r"|(?:microsoft (?:office )?word|microsoft powerpoint)(?:\s+-\s.*)?"
    r"|(?:powerpoint presentation|presentation\s*\d*)",
    re.I,
)
"""Titles of documents that nobody has given one; python-docx itself puts in "Word Document" where
a document has no properties at all."""


def given_title(title: object) -> str | None:
    """A title property, if it is one that somebody has given: not empty, not the name of a file,
    and not what a program puts in its place."""
    line = one_line(title)
    if line is None or _FILE_NAME.search(line) or _PLACEHOLDER.fullmatch(line):
        return None
    return line
