"""What comes while the bot is told to stop."""

import asyncio

from tests.bot.troubles import written_by_another
from tests.bot.words import QUESTION, embeds, sentence


def _mention(place):
    return f"<@{place.server.world.app_id}> {QUESTION}"


async def test_a_stopping_bot_takes_nothing_new_on(place, seed):
    await place.add(seed)
    guild = int(place.guild["id"])
    await place.bot.state.guilds.change(guild, channels=frozenset({int(place.general["id"])}))
    talk = place.server.world.direct(place.ann)
    place.bot._stopping = True
    assert "I am restarting" in sentence(await place.ask(QUESTION))
    place.people.say(place.ann, place.general, QUESTION)  # to nobody
    place.people.say(place.ann, place.general, _mention(place))
    place.people.say(place.ann, talk, QUESTION)
    assert "I am restarting" in sentence((await place.said(3))[2])
    assert "I am restarting" in sentence((await place.said(1, talk))[0])
    place.server.gateway.replay(3)
    await place.quiet(3)
    place.bot._stopping = False


async def test_a_message_that_comes_while_it_goes_is_no_error(stage, caplog):
    async with stage.running() as bot:
        bot._stopping = True
        stage.server.rest.latency = 0.5
        stage.people.say(stage.ann, stage.general, _mention(stage))
        await asyncio.sleep(0.2)
    errors = [record.name for record in caplog.records if record.levelname == "ERROR"]
    assert not [name for name in errors if name.startswith("bot")]


async def test_a_message_that_came_before_the_stop_is_answered(stage, seed):
    """Whether it is for the bot was not known yet: the library was being written meanwhile."""
    async with stage.running() as bot:
        await stage.add(seed)
        async with written_by_another(stage):
            stage.people.say(stage.ann, stage.general, _mention(stage))
            await stage.server.until(lambda: bot._working)
            stopping = asyncio.create_task(bot.stop())
            await asyncio.sleep(0.3)
        await stopping
        [_, answer] = stage.server.said(stage.general)
        assert "150,000" in embeds(answer)
    stage.server.assert_clean()
