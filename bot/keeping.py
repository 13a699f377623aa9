"""Housekeeping: what is no longer to be kept is deleted."""

from __future__ import annotations

import asyncio
import logging
import time

import discord

from bot.asking import collection
from bot.config import BotSettings
from bot.state import State
from retrieval.errors import NotFoundError
from retrieval.library import Library

log = logging.getLogger(__name__)

MINUTE, HOUR = 60.0, 3600.0


async def keep_house(
    client: discord.Client, library: Library, state: State, settings: BotSettings
) -> None:
    """Every minute and every hour, for as long as the bot runs."""
    await client.wait_until_ready()
    tidied = -HOUR
    while True:
        await make_room(library, settings)
        if time.monotonic() - tidied >= HOUR:
            tidied = time.monotonic()
            try:
                await tidy(library, state, settings)
            except Exception:
                log.exception("housekeeping failed; it is tried again in an hour")
        await asyncio.sleep(MINUTE)


async def make_room(library: Library, settings: BotSettings) -> None:
    """Libraries that nobody asks leave memory; a question brings them back."""
    count = await library.forget_idle(settings.idle_minutes * MINUTE)
    if count:
        log.info("idle libraries left memory count=%d", count)


async def tidy(library: Library, state: State, settings: BotSettings) -> None:
    """Forget old questions, and the libraries of servers that the bot left long ago."""
    await state.tidy(settings.keep_questions_days)
    for guild_id in await state.guilds.left_for(settings.keep_left_days):
        try:
            await library.drop_collection(collection(guild_id))
        except NotFoundError:
            log.debug("server %d had no library", guild_id)
        await state.guilds.forget(guild_id)
        log.info("deleted the library of server=%d", guild_id)
