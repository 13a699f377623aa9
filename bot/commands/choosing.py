"""Picking an article or a feed while typing."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from discord import app_commands

from bot import escape
from bot.asking import collection
from bot.buttons.base import Interaction
from retrieval.errors import RetrievalError

log = logging.getLogger(__name__)

MOST_CHOICES = 25
MAX_NAME = 100
Choices = list[app_commands.Choice[str]]
Completer = Callable[[Interaction, str], Coroutine[Any, Any, Choices]]


def offering(complete: Completer) -> Completer:
    """Offer nothing where that cannot be found out; what is wrong is told when it is sent."""

    @functools.wraps(complete)
    async def offer(interaction: Interaction, current: str) -> Choices:
        try:
            return await complete(interaction, current)
        except RetrievalError as error:
            log.warning("nothing could be offered to pick from: %s", error)
            return []

    return offer


@offering
async def complete_article(interaction: Interaction, current: str) -> Choices:
    """The articles of this server whose titles have what was typed so far."""
    guild_id = interaction.guild_id
    if guild_id is None:
        guild_id = await interaction.client.direct.guild_id(interaction.user.id)
    if guild_id is None:
        return []
    records = await interaction.client.library.articles(
        collection(guild_id), match=current.strip() or None, limit=MOST_CHOICES
    )
    return [
        app_commands.Choice(
            name=escape.raw_line(record.title, MAX_NAME) or str(record.id), value=str(record.id)
        )
        for record in records
    ]
