"""Getting a reply to Discord, once, whatever Discord does meanwhile.

An interaction is acknowledged first and answered by editing: an edit may be repeated, a create may
not. Ordinary messages carry a nonce that Discord enforces, so that a create whose reply was lost is
not made twice; discord.py repeats most failed requests itself, but not a 503.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

import discord

from bot import render

log = logging.getLogger(__name__)
T = TypeVar("T")

ALREADY_ACKNOWLEDGED = 40060
UNKNOWN_INTERACTION = 10062
TOKEN_IS_OVER = frozenset({50027, 10015})
"""Codes of an interaction token that is too old."""
GONE = frozenset({10003, 10004, 10008, 50001, 50013, 50083, 160005})
"""Codes of channels, servers and messages that are no more, or no longer ours to see or write;
the last two of threads that are closed."""
PASSING = frozenset({401, 408, 429})
"""Statuses that say nothing against what was sent."""
UPDATES = "updates"
"""Noted on an interaction whose message will change: a failure must not take its place."""
TRIES, PAUSE_SECONDS = 4, 0.5


class Unreachable(Exception):
    """There is nobody to show this to any more. Nothing is wrong with the bot."""


async def acknowledge(interaction: discord.Interaction[Any], *, private: bool) -> None:
    """Show that the bot is at it, if that is not shown yet. Raises Unreachable when too late."""
    if not interaction.response.is_done():
        await _defer(interaction, ephemeral=private, thinking=True)


async def promise_update(interaction: discord.Interaction[Any]) -> None:
    """The same for a button: the message it is on will change."""
    interaction.extras[UPDATES] = True
    await _defer(interaction)


async def _defer(interaction: discord.Interaction[Any], **how: Any) -> None:
    try:
        await repeated(partial(interaction.response.defer, **how))
    except discord.HTTPException as error:
        if error.code == UNKNOWN_INTERACTION:
            log.warning("an interaction was older than three seconds when it came")
            raise Unreachable from error
        if error.code != ALREADY_ACKNOWLEDGED:  # its reply was lost and it was sent again
            raise


def refused(error: discord.HTTPException) -> bool:
    """Whether Discord will not take the same thing the next time either."""
    return 400 <= error.status < 500 and error.status not in PASSING


class Outlet:
    """Where the reply to an acknowledged interaction is shown, as often as it changes.

    After 15 minutes an ordinary message takes the place of the reply; a private reply, which not
    everybody is to see, ends with its token.
    """

    def __init__(self, interaction: discord.Interaction[Any], *, private: bool = False) -> None:
        self._interaction, self._private = interaction, private
        self._message: discord.Message | None = None

    async def show(self, **message: Any) -> discord.Message | None:
        """Show this in place of what was shown before; None when there is nowhere left. What is
        reported has happened, so where Discord refuses pictures or links it comes without."""
        if "embed" in message:
            message["embeds"] = [message.pop("embed")]
        try:
            return await self._show(**message)
        except discord.HTTPException as error:
            if not (refused(error) and message.get("embeds")):
                raise
            log.warning("a reply was refused and comes without pictures (%s)", error.code)
        embeds = [render.bare(embed) for embed in message.pop("embeds")]
        return await self._show(embeds=embeds, **message)

    async def _show(self, **message: Any) -> discord.Message | None:
        try:
            if self._message is not None:
                return await repeated(partial(self._message.edit, **message))
            if not self._interaction.is_expired():
                return await repeated(partial(self._interaction.edit_original_response, **message))
        except discord.HTTPException as error:
            if error.code in GONE:
                log.info("a reply found its message gone (%s)", error.code)
                return None
            if error.code not in TOKEN_IS_OVER:
                raise
        if self._private:
            return None
        key = f"i{self._interaction.id}"
        self._message = await post(self._interaction.channel, key=key, **message)
        return self._message


async def post(channel: Any, *, key: str, **message: Any) -> discord.Message | None:
    """A new message, at most once for each `key`; None when it cannot be posted there."""
    if channel is None:
        return None
    files = message.pop("attachments", None)
    if files:
        message["files"] = files
    message = {name: value for name, value in message.items() if value is not None}
    try:
        return await repeated(partial(channel.send, nonce=key[:25], **message))
    except discord.HTTPException as error:
        if error.code in GONE or error.status == 403:
            log.info("a message could not be posted (%s)", error.code)
            return None
        raise


async def reply(
    message: discord.Message, *, kind: str = "a", **shown: Any
) -> discord.Message | None:
    """Answer a message, at most once for each `kind` of reply, without a ping."""
    may = permissions(message)
    if not may.send:
        return None
    reference = message.to_reference(fail_if_not_exists=False) if may.history else None
    if not may.embed and "embeds" in shown:
        raise EmbedsForbidden
    return await post(
        message.channel,
        key=f"{kind}{message.id}",
        reference=reference,
        mention_author=False if reference else None,
        **shown,
    )


class EmbedsForbidden(Exception):
    """The channel does not let the bot show embeds."""


class permissions:  # read as a question: `permissions(message).send`
    """What the bot may do where a message is."""

    def __init__(self, message: discord.Message) -> None:
        self.send = self.embed = self.history = True
        if message.guild is None or message.guild.me is None:
            return
        try:
            held = message.channel.permissions_for(message.guild.me)
        except discord.ClientException:  # a thread whose channel is hidden from the bot
            self.send = False
            return
        thread = isinstance(message.channel, discord.Thread)
        self.send = held.send_messages_in_threads if thread else held.send_messages
        self.send = self.send and held.view_channel
        self.embed, self.history = held.embed_links, held.read_message_history


async def repeated(call: Callable[[], Awaitable[T]]) -> T:
    """The call, again after a 503, which discord.py does not repeat."""
    for attempt in range(TRIES - 1):
        try:
            return await call()
        except discord.DiscordServerError as error:
            if error.status != 503:
                raise
            await asyncio.sleep(PAUSE_SECONDS * 2**attempt)
    return await call()
