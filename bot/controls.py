"""All that people can use: commands, and what is pressed, chosen or filled in."""

from __future__ import annotations

from bot.buttons import Control, submitted
from bot.client import Controls
from bot.commands import COMMANDS

CONTROLS = Controls(COMMANDS, Control, submitted)
