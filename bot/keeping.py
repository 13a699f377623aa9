"""Housekeeping: what is no longer to be kept is deleted."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from bot.asking import collection
from retrieval.errors import NotFoundError

if TYPE_CHECKING:
    from bot.client import ClippingsBot

log = logging.getLogger(__name__)

MINUTE, HOUR = 60.0, 3600.0


async def keep_house(bot: ClippingsBot) -> None:
    """Every minute and every hour, for as long as the bot runs."""
    await bot.wait_until_ready()
    tidied = -HOUR
    while True:
        make_room(bot)
        if time.monotonic() - tidied >= HOUR:
            tidied = time.monotonic()
            try:
                await tidy(bot)
            except Exception:
                log.exception("housekeeping failed; it is tried again in an hour")
        await asyncio.sleep(MINUTE)


def make_room(bot: ClippingsBot) -> None:
    """Libraries that nobody asks leave memory; a question brings them back."""
    count = bot.library.forget_idle(bot.settings.idle_minutes * MINUTE)
    if count:
        log.info("idle libraries left memory count=%d", count)


async def tidy(bot: ClippingsBot) -> None:
    """Forget old questions, and the libraries of servers that the bot left long ago."""
    await bot.state.tidy(bot.settings.keep_questions_days)
    for guild_id in await bot.state.guilds.left_for(bot.settings.keep_left_days):
        try:
            await bot.library.drop_collection(collection(guild_id))
        except NotFoundError:
            log.debug("server %d had no library", guild_id)
        await bot.state.guilds.forget(guild_id)
        log.info("deleted the library of server=%d", guild_id)
