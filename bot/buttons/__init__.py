"""What pressing a button or choosing in a select does, by the verb in its custom id."""

from __future__ import annotations

import re
from typing import Any

import discord
from discord import ui

from bot import failures
from bot.buttons import answers, articles, settings
from bot.buttons.base import Handler
from bot.views import PREFIX

HANDLERS: dict[str, Handler] = {**answers.HANDLERS, **articles.HANDLERS, **settings.HANDLERS}


class Control(ui.DynamicItem[Any], template=rf"{PREFIX}:(?P<verb>[a-z]+)(?::(?P<rest>.*))?\Z"):
    """Any control of ours, on any message of ours, however old."""

    def __init__(self, item: ui.Item[Any], verb: str, rest: list[str]) -> None:
        super().__init__(item)
        self.verb, self.rest = verb, rest

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Control:
        """Read the custom id."""
        rest = match["rest"]
        return cls(item, match["verb"], rest.split(":") if rest else [])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what the verb says."""
        bot = interaction.client
        if not bot.is_new(interaction):
            return
        try:
            with bot.at_work():
                await HANDLERS[self.verb](interaction, *self.rest)
        except Exception as error:
            await failures.explain(interaction, error)
