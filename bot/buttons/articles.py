"""Under receipts and lists: undo, remove or keep, leafing; and adding by a form."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import discord
from discord import ui

from bot import forms, render, views
from bot.adding import Order, Source, from_link, from_text
from bot.asking import collection
from bot.buttons.base import Handler, Interaction, require_adding
from bot.delivery import Outlet, acknowledge, promise_update
from bot.failures import Refusal
from bot.i18n import Texts
from retrieval.errors import NotFoundError
from retrieval.types import ArticleRecord

PAGE = 10


async def undo(interaction: Interaction, *numbers: str) -> None:
    """Take back what was added together."""
    await _remove(interaction, numbers, "add.undone")


async def remove(interaction: Interaction, number: str) -> None:
    """Remove an article: the question was answered with yes."""
    await _remove(interaction, [number], "articles.removed")


async def _remove(interaction: Interaction, numbers: Sequence[str], said: str) -> None:
    guild_id = await require_adding(interaction)
    await promise_update(interaction)
    texts, gone = Texts.of(interaction.locale), []
    async with interaction.client.removing:
        for number in numbers:
            with contextlib.suppress(NotFoundError):
                gone += await interaction.client.library.remove(collection(guild_id), [int(number)])
    if not gone:
        raise Refusal("articles.gone")
    lines = [texts(said, title=render.headline(record.title)) for record in gone]
    embed = render.notice("\n".join(lines))
    await interaction.edit_original_response(embed=embed, view=None)


async def keep(interaction: Interaction) -> None:
    """The question was answered with no."""
    kept = render.notice(Texts.of(interaction.locale)("articles.kept"))
    await interaction.response.edit_message(embed=kept, view=None)


async def leaf(interaction: Interaction, page: str, *words: str) -> None:
    """Another page of the list, in place."""
    if interaction.guild_id is None:
        raise Refusal("articles.server")
    await promise_update(interaction)
    embed, view = await listing(interaction, int(page), ":".join(words))
    await interaction.edit_original_response(embed=embed, view=view)


async def listing(interaction: Interaction, page: int, match: str) -> tuple[discord.Embed, ui.View]:
    """A page of a server's articles, newest first."""
    texts = Texts.of(interaction.locale)
    assert interaction.guild_id is not None
    records = await interaction.client.library.articles(
        collection(interaction.guild_id), match=match or None
    )
    if not records:
        text = texts("articles.none")
        if match:
            text = texts("articles.unmatched", filter=render.headline(match))
        return render.notice(text), ui.View()
    records = records[::-1]
    page = max(0, min(page, (len(records) - 1) // PAGE))
    shown = records[page * PAGE : (page + 1) * PAGE]
    embed = render.listing(shown, texts, first=page * PAGE + 1, total=len(records))
    last = (page + 1) * PAGE >= len(records)
    if page == 0 and last:
        return embed, ui.View()
    return embed, views.pages("list", page, texts, match[: views.MAX_FILTER], last=last)


async def find(interaction: Interaction, guild_id: int, ref: str) -> ArticleRecord:
    """The article that was picked from the list, or whose title was typed."""
    library, ref = interaction.client.library, ref.strip()
    with contextlib.suppress(NotFoundError):
        if ref.isascii() and ref.isdigit():  # as the list gives it, whatever ids articles came with
            return await library.article(collection(guild_id), int(ref))
    try:
        return await library.article(collection(guild_id), ref)
    except NotFoundError:
        found = await library.articles(collection(guild_id), match=ref)
    exact = [record for record in found if record.title.casefold() == ref.casefold()]
    found = exact or found
    if len(found) != 1:
        raise Refusal("ask.several" if found else "ask.article", value=render.headline(ref))
    return found[0]


async def add(interaction: Interaction) -> None:
    """A form for a new article."""
    await require_adding(interaction)
    await forms.show(interaction, forms.article(Texts.of(interaction.locale)))


async def article(interaction: Interaction) -> None:
    """The form was sent: add what stands in it."""
    guild_id = await require_adding(interaction)
    values = forms.filled(interaction)
    title = values.get("title", "").strip() or None
    source = _filled_in(interaction, values.get("text", ""), values.get("link", "").strip(), title)
    await add_sources(interaction, guild_id, [source], title=title)


def _filled_in(interaction: Interaction, text: str, link: str, title: str | None) -> Source:
    if link and not link.lower().startswith(("https://", "http://")):
        raise Refusal("articles.edit.link")
    if text.strip():
        return from_text(text, title, link or None, Texts.of(interaction.locale))
    if link:
        return from_link(link, interaction.client.fetcher)
    raise Refusal("add.form")


async def add_sources(
    interaction: Interaction,
    guild_id: int,
    sources: list[Source],
    *,
    title: str | None = None,
    origin: str | None = None,
) -> None:
    """Acknowledge, add, and report, however long it takes."""
    await acknowledge(interaction, private=False)
    if origin is None:
        shown = await interaction.original_response()
        origin = shown.jump_url
    order = Order(
        guild_id,
        interaction.user.id,
        sources,
        Texts.of(interaction.locale),
        origin=origin,
        title=title,
    )
    await interaction.client.adder.add(order, Outlet(interaction))


HANDLERS: dict[str, Handler] = {
    "undo": undo,
    "remove": remove,
    "keep": keep,
    "list": leaf,
    "add": add,
}
FORMS: dict[str, Handler] = {"article": article}
