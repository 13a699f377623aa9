"""What went wrong, told once, to whoever caused it or waits for it."""

from __future__ import annotations

import logging
from typing import Any

import discord

from bot import escape, render
from bot.delivery import (
    ALREADY_ACKNOWLEDGED,
    GONE,
    TOKEN_IS_OVER,
    UNKNOWN_INTERACTION,
    UPDATES,
    Unreachable,
)
from bot.i18n import Texts
from retrieval.errors import RetrievalError, StoreError

log = logging.getLogger(__name__)

MAX_TOLD = 1000
"""Characters of what the engine says is wrong."""


class Refusal(Exception):
    """Something that cannot be done, with the sentence that says why: `Refusal("ask.slow", …)`.
    What people wrote is escaped in its values."""

    def __init__(self, key: str, /, **values: object) -> None:
        super().__init__(key)
        self.key, self.values = key, values

    def text(self, texts: Texts) -> str:
        """The sentence."""
        return texts(self.key, **self.values)


def sentence(error: BaseException, texts: Texts) -> str | None:
    """What to tell about an error, escaped; None for what nobody is there to hear."""
    if isinstance(error, Refusal):
        return error.text(texts)
    if isinstance(error, RetrievalError):
        if isinstance(error, StoreError):  # where the file lies is told to whoever runs the bot
            log.warning("%s", error)
        return escape.excerpt(texts.of_engine(error), None, MAX_TOLD)
    if isinstance(error, Unreachable):
        return None
    if isinstance(error, discord.Forbidden):
        return texts("error.permissions")
    if isinstance(error, discord.HTTPException) and error.code in _NOBODY:
        return None
    if isinstance(error, discord.DiscordServerError):  # after all tries
        log.warning("Discord is out of order (%d), so a reply could not be shown", error.status)
    else:
        log.error("unexpected", exc_info=error)
    return texts("error.unexpected")


_NOBODY = GONE | TOKEN_IS_OVER | {UNKNOWN_INTERACTION, ALREADY_ACKNOWLEDGED}
"""The last one: what was to be shown is shown, only the news of it was lost."""


async def explain(interaction: discord.Interaction[Any], error: BaseException) -> None:
    """Tell about it in reply to the interaction, to this person alone where that still can be."""
    text = sentence(error, Texts.of(interaction.locale))
    if text is None:
        log.info("an interaction ended early: %s", type(error).__name__)
        return
    try:
        await _tell(interaction, render.failure(text))
    except discord.HTTPException as late:
        log.info("an error could not be told (%s)", late.code)


async def _tell(interaction: discord.Interaction[Any], shown: discord.Embed) -> None:
    if UPDATES in interaction.extras:  # what the button is on stays as it is
        await interaction.followup.send(embed=shown, ephemeral=True)
        return
    if not interaction.response.is_done():
        try:
            await interaction.response.send_message(embed=shown, ephemeral=True)
            return
        except discord.HTTPException as error:
            if error.code != ALREADY_ACKNOWLEDGED:
                raise
    await interaction.edit_original_response(embed=shown, view=None)
