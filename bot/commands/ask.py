"""/ask."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from discord import app_commands

from bot import escape
from bot.access import may_add, read_by_all
from bot.asking import NO_FILTERS, Question
from bot.buttons.articles import find
from bot.buttons.base import Interaction
from bot.commands.choosing import complete_article
from bot.delivery import Outlet, acknowledge
from bot.failures import Refusal
from bot.i18n import Texts, word
from bot.questions import MAX_QUESTION
from retrieval.dates import parse_date
from retrieval.errors import RetrievalError
from retrieval.types import Filters

MAX_DATE = 40


@app_commands.command(name=word("ask.name"), description=word("ask.description"))
@app_commands.rename(
    question=word("ask.question.name"),
    article=word("ask.article.name"),
    since=word("ask.since.name"),
    before=word("ask.before.name"),
    private=word("ask.private.name"),
)
@app_commands.describe(
    question=word("ask.question.description"),
    article=word("ask.article.description"),
    since=word("ask.since.description"),
    before=word("ask.before.description"),
    private=word("ask.private.description"),
)
@app_commands.autocomplete(article=complete_article)
async def ask(
    interaction: Interaction,
    question: app_commands.Range[str, 1, MAX_QUESTION],
    article: str | None = None,
    since: app_commands.Range[str, 1, MAX_DATE] | None = None,
    before: app_commands.Range[str, 1, MAX_DATE] | None = None,
    private: bool | None = None,
) -> None:
    """Answer a question."""
    guild_id = await server_of(interaction)
    if guild_id is None:
        return

    async def narrow() -> Filters:
        chosen = await find(interaction, guild_id, article) if article else None
        return Filters(
            article_ids=frozenset({chosen.id}) if chosen else None,
            since=await as_date(since),
            before=await as_date(before),
        )

    await answer(interaction, guild_id, question, narrow=narrow, private=private)


async def answer(
    interaction: Interaction,
    guild_id: int,
    text: str,
    *,
    narrow: Callable[[], Awaitable[Filters]] | None = None,
    private: bool | None = None,
) -> None:
    """Acknowledge, ask, and show the answer."""
    bot = interaction.client
    with bot.at_work():
        seconds = bot.asker.admit(interaction.user.id, guild_id)
        if seconds:
            raise Refusal("ask.slow", seconds=seconds)
        chosen = await bot.state.guilds.settings(guild_id)
        hidden = chosen.private if private is None else private
        await acknowledge(interaction, private=hidden)
        question = Question(
            guild_id=guild_id,
            user_id=interaction.user.id,
            text=text,
            texts=Texts.of(interaction.locale),
            filters=await narrow() if narrow else NO_FILTERS,
            may_add=interaction.guild_id is not None and may_add(interaction, chosen),
            public=not hidden and read_by_all(interaction.channel),
        )
        reply = await bot.asker.ask(question)
        outlet = Outlet(interaction, private=hidden)
        async with bot.state.showing(interaction.channel_id or 0):
            shown = await outlet.show(embeds=reply.embeds, view=reply.view)
            if shown is not None:
                await bot.state.shown_in(reply.answer_id, shown.id)


async def server_of(interaction: Interaction) -> int | None:
    """The server whose articles are asked; in private the chosen one, or None after offering."""
    if interaction.guild_id is not None:
        return interaction.guild_id
    # Finding out which servers are shared asks Discord, and that may take a while.
    await acknowledge(interaction, private=False)
    direct = interaction.client.direct
    guild_id = await direct.guild_id(interaction.user.id)
    if guild_id is None:
        embed, view = await direct.offer(interaction.user.id, Texts.of(interaction.locale))
        await interaction.edit_original_response(embed=embed, view=view)
    return guild_id


async def as_date(value: str | None) -> str | None:
    """A day as the engine wants it. What people write is read off the loop: it takes a while."""
    if value is None:
        return None
    try:
        return await asyncio.to_thread(parse_date, value)
    except RetrievalError:
        raise Refusal("ask.date", value=escape.plain(value, MAX_DATE)) from None
