"""Texts as files that Discord takes. Pure."""

from __future__ import annotations

import io
import zipfile

import discord

from bot.failures import Refusal


def text_file(name: str, text: str, most: int) -> discord.File:
    """A text as a file, packed when it is larger than `most` bytes. Raises Refusal when it is too
    large even so. Takes a while for a large text."""
    data, ending = text.encode(), "txt"
    if len(data) > most:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"{name}.txt", data)
        data, ending = packed.getvalue(), "zip"
    if len(data) > most:
        raise Refusal("articles.large", size=_mb(len(data)), limit=_mb(most))
    return discord.File(io.BytesIO(data), filename=f"{name}.{ending}")


def _mb(size: int) -> str:
    return f"{size / (1 << 20):.0f}"
