"""Under the list of feeds: leafing."""

from __future__ import annotations

import discord
from discord import ui

from bot import render, views
from bot.asking import collection
from bot.buttons.base import Handler, Interaction, require_adding
from bot.delivery import promise_update
from bot.i18n import Texts


async def leaf(interaction: Interaction, page: str) -> None:
    """Another page of the list, in place."""
    guild_id = await require_adding(interaction)
    await promise_update(interaction)
    embed, view = await listing(interaction, guild_id, int(page))
    await interaction.edit_original_response(embed=embed, view=view)


async def listing(
    interaction: Interaction, guild_id: int, page: int
) -> tuple[discord.Embed, ui.View]:
    """A page of a server's feeds."""
    texts = Texts.of(interaction.locale)
    found = await interaction.client.library.store.feeds(collection(guild_id))
    if not found:
        return render.notice(texts("feeds.none")), ui.View()
    last = (len(found) - 1) // render.FEEDS_PAGE
    page = max(0, min(page, last))
    embed = render.feed_listing(found, texts, page=page)
    return embed, views.pages("feeds", page, texts, last=page == last) if last else ui.View()


HANDLERS: dict[str, Handler] = {"feeds": leaf}
