"""The commands, one module a noun. `COMMANDS` is all there are."""

from __future__ import annotations

from bot.client import Command
from bot.commands.about import about, privacy, stats
from bot.commands.articles import articles
from bot.commands.ask import ask
from bot.commands.feeds import feeds
from bot.commands.menus import add_menu, ask_menu
from bot.commands.settings import settings

COMMANDS: tuple[Command, ...] = (
    ask,
    articles,
    feeds,
    settings,
    about,
    stats,
    privacy,
    ask_menu,
    add_menu,
)
