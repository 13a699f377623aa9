"""What pressing a button, choosing in a select or sending a form does, by the verb in its custom
id. Nothing is remembered between showing and using them, so they outlive a restart."""

from __future__ import annotations

import re
from typing import Any

import discord
from discord import ui

from bot import failures
from bot.buttons import answers, articles, feeds, settings
from bot.buttons.base import Handler
from bot.views import PREFIX

HANDLERS: dict[str, Handler] = {
    **answers.HANDLERS,
    **articles.HANDLERS,
    **feeds.HANDLERS,
    **settings.HANDLERS,
}
FORMS: dict[str, Handler] = {**answers.FORMS, **articles.FORMS, **settings.FORMS}
TEMPLATE = re.compile(rf"{PREFIX}:(?P<verb>[a-z]+)(?::(?P<rest>.*))?\Z")


class Control(ui.DynamicItem[Any], template=TEMPLATE):
    """Any control of ours, on any message of ours, however old."""

    def __init__(self, item: ui.Item[Any], match: re.Match[str]) -> None:
        super().__init__(item)
        self._match = match

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Control:
        """Read the custom id."""
        return cls(item, match)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what the verb says."""
        await _handle(interaction, HANDLERS, self._match)


async def submitted(interaction: discord.Interaction[Any]) -> None:
    """A form was sent."""
    data: Any = interaction.data
    match = TEMPLATE.match(data["custom_id"])
    if match is not None:
        await _handle(interaction, FORMS, match)


async def _handle(
    interaction: discord.Interaction[Any], handlers: dict[str, Handler], match: re.Match[str]
) -> None:
    bot, rest = interaction.client, match["rest"]
    if not bot.is_new(interaction):
        return
    try:
        with bot.at_work():
            await handlers[match["verb"]](interaction, *(rest.split(":") if rest else []))
    except Exception as error:
        await failures.explain(interaction, error)
