"""A server that puts the bot out: nothing goes wrong, and its library is kept for a while."""

import asyncio

import pytest

from bot.keeping import tidy
from retrieval.config import RetrievalSettings
from retrieval.errors import NotFoundError
from retrieval.library import Library
from tests.bot.process import clippings
from tests.bot.words import QUESTION, embeds

NOT_THERE = {10003, 10008, 50001}
"""What a bot is told that acts where it is no more."""


async def _put_out(place):
    place.server.rest.tolerated |= NOT_THERE
    place.server.kick(place.guild)
    await place.server.until(lambda: not place.bot.guilds)


async def _lapse(place):
    """The days are over for which a library is kept."""
    place.bot.settings = place.bot.settings.model_copy(update={"keep_left_days": 0})
    await tidy(place.bot.library, place.bot.state, place.bot.settings)


async def test_a_server_that_puts_the_bot_out_is_kept_for_a_while(place, seed):
    await place.add(seed)
    name = f"discord:{place.guild['id']}"
    place.people.say(place.ann, place.general, f"<@{place.server.world.app_id}> {QUESTION}")
    await _put_out(place)
    await asyncio.sleep(0.3)
    await tidy(place.bot.library, place.bot.state, place.bot.settings)
    assert (await place.bot.library.stats(name)).articles == 1
    assert await place.bot.state.guilds.left_for(0) == [int(place.guild["id"])]
    await _lapse(place)
    with pytest.raises(NotFoundError):
        await place.bot.library.stats(name)


async def test_a_command_whose_server_puts_the_bot_out_meanwhile_is_no_error(place, seed, caplog):
    await place.add(seed)
    other = place.server.open_guild("other")
    talk = place.server.open_channel(other, "talk")
    place.server.join(place.ann, other)
    place.server.rest.tolerated |= NOT_THERE
    place.server.rest.latency = 0.05
    asked = place.people.slash(place.ann, talk, "ask", question=QUESTION)
    await asked.acknowledged()
    place.server.kick(other)
    await asyncio.sleep(0.6)
    assert "150,000" in embeds(await place.ask(QUESTION))
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_the_library_of_a_server_is_exported_also_after_it_was_left(place, seed, tmp_path):
    await place.add(seed)
    await _put_out(place)
    name, copy = f"discord:{place.guild['id']}", tmp_path / "copy.db"
    told = await clippings(place.database, "backup", copy, "--collection", name)
    assert told.code == 0, told.err
    await _lapse(place)
    settings = RetrievalSettings(database=copy, threads=1)
    async with Library(settings, open_embedder=lambda _: place.embedder) as library:
        answer = await library.ask(QUESTION, collection=name)
    assert "150,000" in answer.passages[0].sentence.text
