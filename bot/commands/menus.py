"""Right click on a message: ask it, or add what it links to."""

from __future__ import annotations

import discord
from discord import app_commands

from bot import questions
from bot.adding import from_attachment, from_link
from bot.buttons.articles import add_sources
from bot.buttons.base import Interaction, require_adding
from bot.commands.ask import answer, server_of
from bot.failures import Refusal
from bot.i18n import word


async def _ask(interaction: Interaction, message: discord.Message) -> None:
    """The message's text is the question."""
    me = interaction.client.user
    text = questions.bare(message.content, me=me.id if me else 0)
    if not text:
        raise Refusal("ask.nothing")
    guild_id = await server_of(interaction)
    if guild_id is not None:
        await answer(interaction, guild_id, text)


async def _add(interaction: Interaction, message: discord.Message) -> None:
    """The message's links and files become articles, cited with a link to the message."""
    guild_id = await require_adding(interaction)
    limit = interaction.client.library.settings.max_file_mb
    sources = [from_attachment(file, limit_mb=limit) for file in message.attachments]
    sources += [
        from_link(url, interaction.client.fetcher) for url in questions.links(message.content)
    ]
    if not sources:
        raise Refusal("add.nothing")
    with interaction.client.at_work():
        await add_sources(interaction, guild_id, sources, origin=message.jump_url)


ask_menu = app_commands.ContextMenu(name=word("menu.ask.name"), callback=_ask)
add_menu = app_commands.ContextMenu(name=word("menu.add.name"), callback=_add)
add_menu.guild_only = True
