"""/about, /stats and /privacy."""

from __future__ import annotations

from discord import app_commands

from bot import escape, render
from bot.asking import collection
from bot.buttons.base import Interaction
from bot.delivery import acknowledge
from bot.failures import Refusal
from bot.i18n import Texts, word
from retrieval.errors import NotFoundError

MAX_QUESTION_SHOWN = 150


@app_commands.command(name=word("about.name"), description=word("about.description"))
async def about(interaction: Interaction) -> None:
    """What this is."""
    texts, settings = Texts.of(interaction.locale), interaction.client.settings
    embed = render.notice(texts("about.body"), title=texts("about.title"))
    stored = texts("about.stored.body", days=settings.keep_questions_days)
    embed.add_field(name=texts("about.stored"), value=stored, inline=False)
    deleted = texts("about.delete.body", days=settings.keep_left_days)
    embed.add_field(name=texts("about.delete"), value=deleted, inline=False)
    await interaction.response.send_message(embed=embed, ephemeral=True)


@app_commands.command(name=word("stats.name"), description=word("stats.description"))
@app_commands.guild_only()
async def stats(interaction: Interaction) -> None:
    """How much there is, and how questions went."""
    if interaction.guild_id is None:
        raise Refusal("articles.server")
    texts = Texts.of(interaction.locale)
    await acknowledge(interaction, private=True)
    bot = interaction.client
    try:
        stored = await bot.library.stats(collection(interaction.guild_id))
        articles, passages = stored.articles, stored.passages
    except NotFoundError:
        articles = passages = 0
    figures = await bot.state.figures(interaction.guild_id)
    embed = render.notice("", title=texts("stats.title"))
    embed.add_field(name=texts("stats.articles"), value=f"{articles:,}")
    embed.add_field(name=texts("stats.passages"), value=f"{passages:,}")
    embed.add_field(name=texts("stats.questions"), value=f"{figures.questions:,}")
    if figures.questions:
        share = f"{100 * figures.answered / figures.questions:.0f} %"
        embed.add_field(name=texts("stats.answered"), value=share)
    if figures.unanswered:
        lines = [
            f"{times} × {escape.plain(question, MAX_QUESTION_SHOWN)}"
            for question, times in figures.unanswered
        ]
        embed.add_field(name=texts("stats.unanswered"), value="\n".join(lines), inline=False)
    await interaction.edit_original_response(embed=embed)


privacy = app_commands.Group(name=word("privacy.name"), description=word("privacy.description"))


@privacy.command(name=word("privacy.delete.name"), description=word("privacy.delete.description"))
async def delete(interaction: Interaction) -> None:
    """Forget this person."""
    await acknowledge(interaction, private=True)
    bot = interaction.client
    count = await bot.state.forget_person(interaction.user.id)
    await bot.library.forget_person(str(interaction.user.id))
    bot.direct.forget_person(interaction.user.id)
    forgotten = Texts.of(interaction.locale)("privacy.deleted", count=count)
    await interaction.edit_original_response(embed=render.notice(forgotten))
