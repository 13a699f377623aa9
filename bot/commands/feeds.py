"""/feeds: add, list, remove."""

from __future__ import annotations

import discord
from discord import app_commands

from bot import escape, render
from bot.access import may_add
from bot.asking import collection
from bot.buttons.base import Interaction, require_adding
from bot.buttons.feeds import listing
from bot.commands.choosing import MAX_NAME, MOST_CHOICES, Choices, offering
from bot.delivery import acknowledge
from bot.failures import Refusal
from bot.forms import MAX_LINK
from bot.i18n import Texts, word
from retrieval.errors import NotFoundError
from retrieval.feeds import Feeds
from retrieval.types import Feed

feeds = app_commands.Group(
    name=word("feeds.name"), description=word("feeds.description"), guild_only=True
)


@offering
async def complete_feed(interaction: Interaction, current: str) -> Choices:
    """The feeds of this server whose titles have what was typed so far."""
    if interaction.guild_id is None:
        return []
    bot = interaction.client
    if not may_add(interaction, await bot.state.guilds.settings(interaction.guild_id)):
        return []  # which feeds there are is told to nobody else either
    found = await bot.library.store.feeds(collection(interaction.guild_id))
    matching = [feed for feed in found if current.strip().casefold() in _name(feed).casefold()]
    return [
        app_commands.Choice(name=_name(feed), value=str(feed.id))
        for feed in matching[:MOST_CHOICES]
    ]


@feeds.command(name=word("feeds.add.name"), description=word("feeds.add.description"))
@app_commands.rename(link=word("feeds.add.link.name"), announce=word("feeds.add.announce.name"))
@app_commands.describe(
    link=word("feeds.add.link.description"), announce=word("feeds.add.announce.description")
)
async def add(
    interaction: Interaction,
    link: app_commands.Range[str, 1, MAX_LINK],
    announce: discord.TextChannel | None = None,
) -> None:
    """Poll a feed from now on."""
    guild_id = await require_adding(interaction)
    if not link.lower().startswith(("https://", "http://")):
        raise Refusal("articles.edit.link")
    if announce is not None:
        _require_speech(interaction, announce)
    bot = interaction.client
    with bot.at_work():
        await acknowledge(interaction, private=True)
        feed = await Feeds(bot.library, bot.fetcher).add(
            link,
            collection=collection(guild_id),
            announce=str(announce.id) if announce else None,
            report=str(interaction.channel_id),
            added_by=str(interaction.user.id),
        )
        bot.polling.wake()
        added = Texts.of(interaction.locale)("feeds.added", title=render.headline(feed.title))
        await interaction.edit_original_response(embed=render.notice(added))


@feeds.command(name=word("feeds.list.name"), description=word("feeds.list.description"))
async def list_(interaction: Interaction) -> None:
    """Last success, next poll, articles and errors of each."""
    guild_id = await require_adding(interaction)
    await acknowledge(interaction, private=True)
    embed, view = await listing(interaction, guild_id, 0)
    await interaction.edit_original_response(embed=embed, view=view)


@feeds.command(name=word("feeds.remove.name"), description=word("feeds.remove.description"))
@app_commands.rename(which=word("feeds.which.name"))
@app_commands.describe(which=word("feeds.which.description"))
@app_commands.autocomplete(which=complete_feed)
async def remove(interaction: Interaction, which: str) -> None:
    """Poll a feed no more."""
    guild_id = await require_adding(interaction)
    await acknowledge(interaction, private=True)
    store = interaction.client.library.store
    try:
        number = int(which) if which.isascii() and which.isdigit() else 0
        feed = await store.feed(collection(guild_id), number)
    except NotFoundError:
        raise Refusal("feeds.unknown", value=render.headline(which)) from None
    await store.remove_feed(feed.id)
    gone = Texts.of(interaction.locale)("feeds.removed", title=render.headline(feed.title))
    await interaction.edit_original_response(embed=render.notice(gone))


def _name(feed: Feed) -> str:
    return escape.raw_line(f"{feed.id} · {feed.title}", MAX_NAME)


def _require_speech(interaction: Interaction, channel: discord.TextChannel) -> None:
    """Refuse a channel in which nothing could be announced, or in which this person may not speak:
    nobody gets to speak there by way of the bot."""
    person = interaction.user
    theirs = channel.permissions_for(person) if isinstance(person, discord.Member) else None
    if theirs is None or not (theirs.view_channel and theirs.send_messages):
        raise Refusal("feeds.speech", channel=channel.mention)
    held = channel.permissions_for(channel.guild.me)
    if not (held.view_channel and held.send_messages and held.embed_links):
        raise Refusal("feeds.channel", channel=channel.mention)
