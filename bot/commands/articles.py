"""/articles: add, list, show, edit, remove, refresh."""

from __future__ import annotations

import asyncio

import discord
from discord import app_commands

from bot import escape, forms, render, views
from bot.adding import Source, from_attachment, from_link
from bot.asking import collection
from bot.buttons.articles import add_sources, find, listing
from bot.buttons.base import Interaction, require_adding
from bot.commands.ask import MAX_DATE, as_date
from bot.commands.choosing import complete_article
from bot.delivery import Outlet, acknowledge
from bot.failures import MAX_TOLD, Refusal
from bot.files import text_file
from bot.forms import MAX_LINK, MAX_TITLE
from bot.i18n import Texts, word
from retrieval.refreshing import Refreshing

articles = app_commands.Group(
    name=word("articles.name"), description=word("articles.description"), guild_only=True
)
WHICH = {"name": word("articles.which.name"), "description": word("articles.which.description")}


@articles.command(name=word("articles.add.name"), description=word("articles.add.description"))
@app_commands.rename(
    link=word("articles.add.link.name"),
    file=word("articles.add.file.name"),
    title=word("articles.add.title.name"),
)
@app_commands.describe(
    link=word("articles.add.link.description"),
    file=word("articles.add.file.description"),
    title=word("articles.add.title.description"),
)
async def add(
    interaction: Interaction,
    link: app_commands.Range[str, 1, MAX_LINK] | None = None,
    file: discord.Attachment | None = None,
    title: app_commands.Range[str, 1, MAX_TITLE] | None = None,
) -> None:
    """Add an article; with neither link nor file, a form asks for its text."""
    guild_id = await require_adding(interaction)
    if link and file:
        raise Refusal("add.both")
    if not link and not file:
        await forms.show(interaction, forms.article(Texts.of(interaction.locale), title))
        return
    with interaction.client.at_work():
        source = _source(interaction, link, file)
        await add_sources(interaction, guild_id, [source], title=title)


def _source(interaction: Interaction, link: str | None, file: discord.Attachment | None) -> Source:
    if file is not None:
        return from_attachment(file, limit_mb=interaction.client.library.settings.max_file_mb)
    assert link is not None
    if not link.lower().startswith(("https://", "http://")):
        raise Refusal("articles.edit.link")
    return from_link(link.strip(), interaction.client.fetcher)


@articles.command(name=word("articles.list.name"), description=word("articles.list.description"))
@app_commands.rename(match=word("articles.list.filter.name"))
@app_commands.describe(match=word("articles.list.filter.description"))
async def list_(
    interaction: Interaction, match: app_commands.Range[str, 1, views.MAX_FILTER] | None = None
) -> None:
    """Leaf through the articles."""
    await acknowledge(interaction, private=True)
    embed, view = await listing(interaction, 0, match or "")
    await interaction.edit_original_response(embed=embed, view=view)


@articles.command(name=word("articles.show.name"), description=word("articles.show.description"))
@app_commands.rename(article=WHICH["name"])
@app_commands.describe(article=WHICH["description"])
@app_commands.autocomplete(article=complete_article)
async def show(interaction: Interaction, article: str) -> None:
    """Facts, and the stored text as a file."""
    await acknowledge(interaction, private=True)
    guild_id = _guild(interaction)
    record = await find(interaction, guild_id, article)
    text = await interaction.client.library.text(record.id)
    name, most = f"article-{record.id}", interaction.filesize_limit
    file = await asyncio.to_thread(text_file, name, text, most)
    embed = render.facts(record, Texts.of(interaction.locale))
    await interaction.edit_original_response(embed=embed, attachments=[file])


@articles.command(name=word("articles.edit.name"), description=word("articles.edit.description"))
@app_commands.rename(
    article=WHICH["name"],
    title=word("articles.edit.title.name"),
    published=word("articles.edit.published.name"),
    link=word("articles.edit.link.name"),
)
@app_commands.describe(
    article=WHICH["description"],
    title=word("articles.edit.title.description"),
    published=word("articles.edit.published.description"),
    link=word("articles.edit.link.description"),
)
@app_commands.autocomplete(article=complete_article)
async def edit(
    interaction: Interaction,
    article: str,
    title: app_commands.Range[str, 1, MAX_TITLE] | None = None,
    published: app_commands.Range[str, 1, MAX_DATE] | None = None,
    link: app_commands.Range[str, 1, MAX_LINK] | None = None,
) -> None:
    """Correct title, date or link."""
    guild_id = await require_adding(interaction)
    if not (title or published or link):
        raise Refusal("articles.edit.nothing")
    if link and not link.lower().startswith(("https://", "http://")):
        raise Refusal("articles.edit.link")
    await acknowledge(interaction, private=True)
    day = await as_date(published)
    record = await find(interaction, guild_id, article)
    record = await interaction.client.library.edit(
        collection(guild_id), str(record.id), title=title, url=link, published=day
    )
    texts = Texts.of(interaction.locale)
    shown = render.receipt(record, "", texts("articles.edited"), texts)
    await Outlet(interaction, private=True).show(embed=shown)


@articles.command(
    name=word("articles.remove.name"), description=word("articles.remove.description")
)
@app_commands.rename(article=WHICH["name"])
@app_commands.describe(article=WHICH["description"])
@app_commands.autocomplete(article=complete_article)
async def remove(interaction: Interaction, article: str) -> None:
    """Ask whether it is really to go."""
    guild_id = await require_adding(interaction)
    await acknowledge(interaction, private=True)
    record = await find(interaction, guild_id, article)
    texts = Texts.of(interaction.locale)
    sure = texts("articles.sure", title=render.headline(record.title))
    view = views.confirm_removal(record.id, texts)
    await interaction.edit_original_response(embed=render.notice(sure), view=view)


@articles.command(
    name=word("articles.refresh.name"), description=word("articles.refresh.description")
)
@app_commands.rename(article=WHICH["name"])
@app_commands.describe(article=WHICH["description"])
@app_commands.autocomplete(article=complete_article)
async def refresh(interaction: Interaction, article: str) -> None:
    """Read the page again; what moderators corrected stays."""
    guild_id = await require_adding(interaction)
    record = await find(interaction, guild_id, article)
    if record.url is None:
        raise Refusal("articles.linkless")
    bot, texts = interaction.client, Texts.of(interaction.locale)
    with bot.at_work():
        await acknowledge(interaction, private=False)
        outlet = Outlet(interaction)
        looked = await Refreshing(bot.library, bot.fetcher).look(record)
        if looked.cause is not None:
            reason = escape.plain(texts.reason(looked.cause), MAX_TOLD)
            told = render.failure(texts("articles.refresh.failed", reason=reason))
            await outlet.show(embed=told)
            return
        record = await bot.record(guild_id, record.id)
        heading = "add.updated" if looked.status == "updated" else "articles.refresh.same"
        await outlet.show(embed=render.receipt(record, "", texts(heading), texts))


def _guild(interaction: Interaction) -> int:
    if interaction.guild_id is None:
        raise Refusal("articles.server")
    return interaction.guild_id
