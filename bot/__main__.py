"""`clippings-bot`: start the bot, and stop it when asked to."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import Coroutine
from typing import Any

import aiohttp
import discord

from bot.client import ClippingsBot
from bot.config import BotSettings, load_settings
from bot.controls import CONTROLS
from bot.state import State
from retrieval.config import load_settings as load_engine_settings
from retrieval.errors import RetrievalError
from retrieval.library import Library

log = logging.getLogger("bot")

WRONG_TOKEN = (
    "Discord does not accept the bot token: copy it anew from "
    "https://discord.com/developers/applications, under Bot, into BOT_TOKEN."
)
NO_CONTENT = (
    "Discord refuses the Message Content intent, so listening channels do not work; commands, "
    "mentions, replies and direct messages do. To turn it on: "
    "https://discord.com/developers/applications, under Bot, Message Content Intent."
)
UNREACHABLE = "Discord cannot be reached: check the network, and BOT_PROXY if there is a proxy."
OUT_OF_ORDER = "Discord is out of order (error {status}): start the bot again in a few minutes."
AUTHENTICATION_FAILED = 4004
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class StartError(Exception):
    """Why the bot cannot run: one sentence that says what to do."""


def main() -> None:
    """Run until stopped. Exit 0 when stopped, 2 when something has to be put right first."""
    try:
        asyncio.run(_run())
    except (StartError, RetrievalError) as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)


async def _run() -> None:
    settings = load_settings()
    _log_to_stderr(settings)
    async with Library(load_engine_settings()) as library:
        # Before login: who is online can answer.
        await library.embedder()
        await library.reader()
        async with State.open(library.settings.database) as state:
            stop = _Stop()
            try:
                await _connect(ClippingsBot(settings, library, state, CONTROLS), stop)
            except discord.PrivilegedIntentsRequired:
                log.warning(NO_CONTENT)
                bot = ClippingsBot(settings, library, state, CONTROLS, message_content=False)
                await _connect(bot, stop)


async def _connect(bot: ClippingsBot, stop: _Stop) -> None:
    """Run one client to its end."""
    stop.bot = bot
    try:
        async with bot:
            await stop.wait_for(bot.start(bot.settings.token.get_secret_value()))
    except discord.LoginFailure:
        raise StartError(WRONG_TOKEN) from None
    except discord.DiscordServerError as error:
        raise StartError(OUT_OF_ORDER.format(status=error.status)) from None
    except discord.ConnectionClosed as closed:
        if closed.code == AUTHENTICATION_FAILED:
            raise StartError(WRONG_TOKEN) from None
        raise StartError(f"Discord closed the connection with code {closed.code}.") from None
    except (OSError, aiohttp.ClientError) as error:
        log.debug("no connection", exc_info=error)
        raise StartError(UNREACHABLE) from None
    if stop.task is not None:
        await stop.task


class _Stop:
    """Stops whichever client runs when the process is asked to end."""

    def __init__(self) -> None:
        self.bot: ClippingsBot | None = None
        self.task: asyncio.Task[None] | None = None
        self._done = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in STOP_SIGNALS:
            loop.add_signal_handler(number, self._ask)

    def _ask(self) -> None:
        if self.bot is not None and self.task is None:
            log.info("stopping")
            self.task = asyncio.get_running_loop().create_task(self._stop(self.bot))

    async def _stop(self, bot: ClippingsBot) -> None:
        try:
            await bot.stop()
        finally:
            self._done.set()

    async def wait_for(self, running: Coroutine[Any, Any, None]) -> None:
        """Run it to its end, or until the client has stopped: where Discord is not there,
        discord.py waits for minutes before it looks whether it is to connect again."""
        run, done = asyncio.create_task(running), asyncio.create_task(self._done.wait())
        try:
            await asyncio.wait({run, done}, return_when=asyncio.FIRST_COMPLETED)
            if run.done():
                run.result()
        finally:
            for task in (run, done):
                task.cancel()
            await asyncio.gather(run, done, return_exceptions=True)


class _Brief(logging.Filter):
    """That the connection is lost is no mistake of the program: told without its inner parts."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Lets everything pass."""
        said = record.getMessage()
        if said.startswith("Attempting a reconnect") and record.exc_info:
            why = record.exc_info[1]
            record.msg, record.args = "%s (%s)", (said, str(why) or type(why).__name__)
            record.exc_info = None
        return True


def _log_to_stderr(settings: BotSettings) -> None:
    """One line an event, to standard error."""
    form = "%(asctime)s %(levelname)s %(name)s %(message)s"
    logging.basicConfig(level=settings.log_level, format=form, stream=sys.stderr)
    if settings.log_level != "DEBUG":
        # The bot writes its own line for each question and article, with the server's number.
        logging.getLogger("retrieval").setLevel(logging.WARNING)
        logging.getLogger("discord").setLevel(max(logging.WARNING, logging.root.level))
        # It warns that voice is not supported. It is not wanted.
        logging.getLogger("discord.client").setLevel(logging.ERROR)
        logging.getLogger("discord.client").addFilter(_Brief())


if __name__ == "__main__":
    main()
