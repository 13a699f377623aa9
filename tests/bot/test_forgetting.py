"""While nothing can be remembered, as on a full disk, questions are answered all the same."""

from contextlib import asynccontextmanager

import pytest

from tests.bot.troubles import FULL, READ_ONLY, damage
from tests.bot.words import MISS, QUESTION, buttons, embeds, sentence


@asynccontextmanager
async def forgetful(place, change, back):
    """The bot's own part of the library while its file is not what it was."""
    memory = place.bot.state._database._connection
    await memory.execute(f"PRAGMA {change}")
    yield
    await memory.execute(f"PRAGMA {back}")


async def until_forgotten(place, question, **more):
    """An answer that could not be noted. Before the disk counts as full, the pages of the file
    that are not full yet take some."""
    for _ in range(20):
        answer = await place.ask(question, **more)
        if "up" not in buttons(answer):
            return answer
    raise AssertionError("everything was remembered")


def told_to_the_operator(caplog):
    return [each.getMessage() for each in caplog.records if each.levelname == "WARNING"]


@pytest.mark.parametrize(("state", "why"), [(FULL, "is full"), (READ_ONLY, "cannot be written")])
async def test_an_answer_that_cannot_be_remembered_is_given_without_buttons(
    place, seed, state, why, caplog
):
    await place.add(seed)
    async with forgetful(place, *state):
        answer = await until_forgotten(place, QUESTION + "?" * 900)
        assert "150,000" in embeds(answer)
        assert buttons(answer) == []
        missed = await until_forgotten(place, "Who won the cup?" + "?" * 900, user=place.mod)
        assert sentence(missed) == MISS
        assert buttons(missed) == ["add"]
        [warning] = told_to_the_operator(caplog)
        assert warning.startswith("the bot can remember nothing at the moment: ")
        assert why in warning
    again = await place.ask(QUESTION)
    assert buttons(again) == ["context", "more", "up", "down"]
    context = await place.people.click(place.ann, again, "clip:context").answered()
    assert "150,000" in embeds(context)
    follow = "and how many troops took part in the drill?"
    said = len(place.server.said(place.general))
    place.people.say(place.ann, place.general, follow, reply_to=again)
    assert "1,100" in embeds((await place.said(said + 1))[-1])
    async with forgetful(place, *READ_ONLY):
        await place.ask(QUESTION)
    assert len(told_to_the_operator(caplog)) == 2


async def test_a_message_that_cannot_be_noted_as_answered_is_answered_once(place, seed, caplog):
    await place.add(seed)
    async with forgetful(place, *READ_ONLY):
        mention = f"<@{place.server.world.app_id}> {QUESTION}"
        place.people.say(place.ann, place.general, mention)
        answer = (await place.said(2))[1]
        assert "150,000" in embeds(answer)
        assert buttons(answer) == []
        place.server.gateway.replay(3)
        await place.quiet(2)
        place.people.say(place.ann, place.general, "and when was that?", reply_to=answer)
        await place.quiet(2)  # nobody knows any more that this was an answer
    assert len(told_to_the_operator(caplog)) == 1
    assert not [each for each in caplog.records if each.levelname == "ERROR"]


async def test_a_server_that_is_chosen_while_nothing_can_be_noted_is_asked_this_once(place, seed):
    await place.add(seed)
    other = place.server.open_guild("other")
    place.server.join(place.ann, other)
    await place.server.until(lambda: len(place.bot.guilds) == 2)
    for guild in (place.guild, other):
        await place.bot.state.guilds.change(int(guild["id"]), direct=True)
    talk = place.server.world.direct(place.ann)
    async with forgetful(place, *READ_ONLY):
        place.people.say(place.ann, talk, QUESTION)
        [offered] = await place.said(1, talk)
        place.people.click(place.ann, offered, "clip:direct", [place.guild["id"]])
        assert "150,000" in embeds((await place.said(2, talk))[1])
    place.people.say(place.ann, talk, QUESTION)
    assert buttons((await place.said(3, talk))[2]) == ["direct"]


async def test_what_was_pressed_while_nothing_can_be_noted_is_told(place, seed):
    await place.add(seed)
    answer = await place.ask(QUESTION)
    async with forgetful(place, *READ_ONLY):
        pressed = place.people.click(place.ann, answer, "clip:up")
        assert sentence(await pressed.answered()).startswith("My articles can only be read at")
        context = place.people.click(place.ann, answer, "clip:context")
        assert "150,000" in embeds(await context.answered())
    thanks = await place.people.click(place.ann, answer, "clip:up").answered()
    assert sentence(thanks) == "Thank you, noted."


async def test_it_comes_back_to_a_library_that_cannot_be_written(place, seed, caplog):
    caplog.set_level("INFO")
    await place.add(seed)
    caplog.clear()
    async with forgetful(place, *READ_ONLY):
        place.server.gateway.invalidate(resumable=False)
        await place.server.until(lambda: "ready name=" in caplog.text, 20)
        strange = place.server.open_guild("strange")
        await place.server.until(lambda: "joined server" in caplog.text)
        place.server.kick(strange)
        await place.server.until(lambda: "left server" in caplog.text)
        assert "150,000" in embeds(await place.ask(QUESTION))
    assert not [each for each in caplog.records if each.levelname == "ERROR"]


async def test_where_the_bots_memory_is_damaged_the_answer_is_given(stage, seed, caplog):
    async with stage.running():
        await stage.add(seed)
    damage(stage.database, "bot_answers")
    async with stage.running():
        answer = await stage.ask(QUESTION)
        assert "150,000" in embeds(answer)
        assert buttons(answer) == []
    assert any("is damaged" in warning for warning in told_to_the_operator(caplog))
    stage.server.assert_clean()
