"""The panel of a server's settings."""

from __future__ import annotations

import discord
from discord import ui

from bot import escape, forms, render, views
from bot.access import may_set
from bot.buttons.base import Handler, Interaction, values
from bot.delivery import promise_update
from bot.failures import Refusal
from bot.guilds import GuildSettings
from bot.i18n import Texts


async def panel(interaction: Interaction) -> tuple[discord.Embed, ui.View]:
    """The settings as they are."""
    texts = Texts.of(interaction.locale)
    chosen = await _chosen(interaction)
    reads_messages = interaction.client.reads_messages
    embed = render.settings_panel(chosen, texts, reads_messages=reads_messages)
    return embed, views.settings(chosen, texts)


async def _chosen(interaction: Interaction) -> GuildSettings:
    return await interaction.client.state.guilds.settings(_guild(interaction))


def _guild(interaction: Interaction) -> int:
    if interaction.guild_id is None:
        raise Refusal("articles.server")
    if not may_set(interaction):
        raise Refusal("settings.denied")
    return interaction.guild_id


async def _change(interaction: Interaction, **changes: object) -> None:
    guild_id = _guild(interaction)
    # A write waits while an article is stored, and that may take longer than Discord does.
    await promise_update(interaction)
    await interaction.client.state.guilds.change(guild_id, **changes)
    await _show(interaction)


async def _toggle(interaction: Interaction, name: str) -> None:
    guild_id = _guild(interaction)
    await promise_update(interaction)
    await interaction.client.state.guilds.toggle(guild_id, name)
    await _show(interaction)


async def _show(interaction: Interaction) -> None:
    embed, view = await panel(interaction)
    await interaction.edit_original_response(embed=embed, view=view)


async def roles(interaction: Interaction) -> None:
    """Roles that may add and remove articles."""
    await _change(interaction, roles=frozenset(map(int, values(interaction))))


async def channels(interaction: Interaction) -> None:
    """Channels in which every question is answered."""
    await _change(interaction, channels=frozenset(map(int, values(interaction))))


async def reports(interaction: Interaction) -> None:
    """Channel in which moderators are told of broken feeds."""
    chosen = values(interaction)
    await _change(interaction, reports=int(chosen[0]) if chosen else None)


async def passages(interaction: Interaction) -> None:
    """Passages in an answer."""
    await _change(interaction, passages=int(values(interaction)[0]))


async def private(interaction: Interaction) -> None:
    """Answers to commands for everybody, or for who asks."""
    await _toggle(interaction, "private")


async def directs(interaction: Interaction) -> None:
    """Whether members may ask in direct messages."""
    await _toggle(interaction, "direct")


async def threshold(interaction: Interaction) -> None:
    """How certain an answer has to be."""
    chosen = await _chosen(interaction)
    form = forms.certainty(Texts.of(interaction.locale), chosen.threshold)
    await forms.show(interaction, form)


async def certainty(interaction: Interaction) -> None:
    """The form was sent: take the number in it."""
    text = forms.filled(interaction).get("certainty", "").strip()
    await _change(interaction, threshold=_number(text))


def _number(text: str) -> float | None:
    if not text:
        return None
    bad = Refusal("settings.threshold.bad", value=escape.plain(text, 20))
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        raise bad from None
    if not 0 <= number <= 1:
        raise bad
    return number


HANDLERS: dict[str, Handler] = {
    "roles": roles,
    "channels": channels,
    "reports": reports,
    "passages": passages,
    "private": private,
    "directs": directs,
    "threshold": threshold,
}
FORMS: dict[str, Handler] = {"certainty": certainty}
