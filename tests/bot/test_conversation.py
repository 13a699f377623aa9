"""Mentions, replies, listening channels, threads, forum posts and direct messages."""

import pytest

from tests.bot.words import QUESTION, SEED_TITLE, buttons, embeds, sentence
from tests.discord_server import Kind, Permission

CUP = """Rovers beat United in cup final

Northgate Rovers won the Silver Cup for the first time in 44 years on Saturday, beating Castle
United 3-1 in front of 52,318 spectators at Wexley Park.
"""


async def _listen(place, channel=None):
    channels = frozenset({int((channel or place.general)["id"])})
    await place.bot.state.guilds.change(int(place.guild["id"]), channels=channels)


def _mention(place, text):
    return f"<@{place.server.world.app_id}> {text}"


async def test_a_mention_is_answered_as_a_reply_without_a_ping(place, seed):
    await place.add(seed)
    question = place.people.say(place.ann, place.general, _mention(place, QUESTION))
    answer = (await place.said(2))[1]
    assert "150,000" in embeds(answer)
    assert answer["message_reference"]["message_id"] == question["id"]
    assert buttons(answer) == ["context", "more", "up", "down"]


async def test_a_mention_with_nothing_to_ask_is_told_so(place):
    place.people.say(place.ann, place.general, _mention(place, ""))
    assert "no text in that message" in sentence((await place.said())[0])


async def test_a_mention_in_reply_to_a_question_asks_that(place, seed):
    await place.add(seed)
    question = place.people.say(place.mod, place.general, QUESTION)
    place.people.say(place.ann, place.general, _mention(place, ""), reply_to=question)
    assert "150,000" in embeds((await place.said(2))[1])


async def test_a_reply_to_an_answer_is_a_follow_up(place, seed):
    await place.add(seed)
    place.people.say(place.ann, place.general, _mention(place, QUESTION))
    answer = (await place.said(2))[1]
    place.people.say(
        place.ann, place.general, "and how many troops took part in the drill?", reply_to=answer
    )
    assert "1,100" in embeds((await place.said(3))[2])


async def test_a_reply_to_a_commands_answer_is_a_follow_up_too(place, seed):
    await place.add(seed)
    answer = await place.ask(QUESTION)
    place.people.say(place.ann, place.general, "and when was that?", reply_to=answer)
    assert "In April" in embeds((await place.said(3))[2])


async def test_a_reply_that_asks_nothing_is_left_alone(place, seed):
    await place.add(seed)
    answer = await place.ask(QUESTION)
    for text in ("no", "thanks!", "lol", "ok great", "👍", "vielen Dank <@5>", "<:wow:7>"):
        place.people.say(place.ann, place.general, text, reply_to=answer)
    await place.quiet(2)  # the receipt and the answer
    place.people.say(place.ann, place.general, "when?", reply_to=answer)
    assert "In April" in embeds((await place.said(3))[2])


async def test_a_reply_may_ask_about_another_article(place, seed):
    await place.add(seed)
    await place.add(("cup.txt", CUP.encode(), "text/plain"))
    answer = await place.ask(QUESTION)
    place.people.say(place.ann, place.general, "and who won the Silver Cup?", reply_to=answer)
    assert "Northgate Rovers" in embeds((await place.said(4))[3])


@pytest.mark.parametrize("by_command", [True, False])
async def test_a_reply_quicker_than_the_news_that_an_answer_is_shown_is_a_follow_up(
    place, seed, by_command
):
    await place.add(seed)
    place.server.rest.reply_latency = 0.3
    if by_command:
        answer = await place.ask(QUESTION)
    else:
        place.people.say(place.ann, place.general, _mention(place, QUESTION))
        answer = (await place.said(2))[1]
    place.people.say(place.ann, place.general, "and when was that?", reply_to=answer)
    assert "In April" in embeds((await place.said(3))[2])


async def test_a_listening_channel_gets_answers_and_else_silence(place, seed):
    await place.add(seed)
    await _listen(place)
    place.people.say(place.ann, place.general, "China deployed many troops.")
    place.people.say(place.ann, place.general, "!troops how many")
    robot = place.server.world.add_user("robot", place.guild, bot=True)
    place.people.say(robot, place.general, QUESTION)
    statement = place.people.say(place.mod, place.general, "I know it.")
    place.people.say(place.ann, place.general, "how many troops then?", reply_to=statement)
    await place.quiet(1)  # the receipt
    place.people.say(place.ann, place.general, QUESTION)
    assert "150,000" in embeds((await place.said(2))[1])
    await place.demand_certainty()
    place.people.say(place.ann, place.general, "who won the world cup?")
    await place.quiet(2)


async def test_other_channels_are_left_alone(place, seed):
    await place.add(seed)
    await _listen(place, place.server.open_channel(place.guild, "questions"))
    place.people.say(place.ann, place.general, QUESTION)
    await place.quiet(1)


async def test_threads_of_a_listening_channel_are_listened_to(place, seed):
    await place.add(seed)
    await _listen(place)
    thread = place.server.open_thread(place.general, "troops", place.ann)
    place.people.say(place.ann, thread, QUESTION)
    assert "150,000" in embeds((await place.said(1, thread))[0])


async def test_a_forum_post_is_answered_once_though_it_comes_twice(place, seed):
    await place.add(seed)
    forum = place.server.open_channel(place.guild, "questions", kind=Kind.FORUM)
    await _listen(place, forum)
    post = place.server.messages.open_post(forum, place.ann, QUESTION, "I wonder.")
    place.server.gateway.replay()
    thread = place.server.world.channels[post["channel_id"]]
    assert "150,000" in embeds((await place.said(1, thread))[0])
    await place.quiet(1, thread)


async def test_without_embed_links_it_says_what_it_needs(place, seed):
    bare = place.server.open_channel(place.guild, "bare", deny=Permission.EMBED_LINKS)
    await place.add(seed)
    place.people.say(place.ann, bare, _mention(place, QUESTION))
    assert "Embed Links" in (await place.said(1, bare))[0]["content"]


async def test_without_history_it_answers_without_a_reference(place, seed):
    await place.add(seed)
    recent = place.server.open_channel(place.guild, "recent", deny=Permission.READ_HISTORY)
    place.people.say(place.ann, recent, _mention(place, QUESTION))
    answer = (await place.said(1, recent))[0]
    assert "150,000" in embeds(answer)
    assert "message_reference" not in answer


async def test_where_it_may_not_speak_it_does_not_try(place, seed):
    await place.add(seed)
    mute = place.server.open_channel(place.guild, "mute", deny=Permission.SEND)
    place.people.say(place.ann, mute, _mention(place, QUESTION))
    await place.quiet(0, mute)


async def test_a_deleted_question_is_not_answered(place, seed):
    await place.add(seed)
    question = place.people.say(place.ann, place.general, _mention(place, QUESTION))
    place.server.messages.delete(question)
    await place.quiet(1)


async def test_questions_that_are_deleted_together_are_not_answered(place, seed):
    await place.add(seed)
    mention = _mention(place, QUESTION)
    questions = [place.people.say(place.ann, place.general, mention) for _ in range(2)]
    place.server.delete_messages(*questions)
    await place.quiet(1)


async def test_a_follow_up_is_narrowed_as_the_question_before_was(place):
    for text, title, date in (
        (b"The north mill was sold in May to Anna Smith.", "North mill", "2010-01-01"),
        (b"The south bridge was opened in June by the mayor.", "South bridge", "2020-01-01"),
    ):
        await place.add((f"{title}.txt", text, "text/plain"), title=title)
        edit = {"article": title, "date": date}
        edited = place.people.slash(place.mod, place.general, "articles edit", **edit)
        await edited.answered()
    opened = "When was the south bridge opened?"
    for narrow in ({"since": "2019-01-01"}, {"article": "South bridge"}):
        answer = await place.ask(opened, **narrow)
        assert "South bridge" in sentence(answer)
        for _ in range(2):  # and so is one that follows that
            count = len(place.server.said(place.general))
            text = "And when was the north mill sold to Anna Smith?"
            place.people.say(place.ann, place.general, text, reply_to=answer)
            answer = (await place.said(count + 1))[-1]
            assert "North mill" not in embeds(answer)
    answer = await place.ask(opened)
    count = len(place.server.said(place.general))
    place.people.say(place.ann, place.general, "And when was the north mill sold?", reply_to=answer)
    assert "North mill" in embeds((await place.said(count + 1))[-1])


async def test_without_message_content_mentions_still_work(stage, seed):
    async with stage.running(message_content=False):
        await stage.add(seed)
        await _listen(stage)
        stage.people.say(stage.ann, stage.general, QUESTION)
        await stage.quiet(1)
        stage.people.say(stage.ann, stage.general, _mention(stage, QUESTION))
        assert "150,000" in embeds((await stage.said(2))[1])
        panel = await stage.people.slash(stage.mod, stage.general, "settings").answered()
        assert "Message Content intent is off" in embeds(panel)
    stage.server.assert_clean()


class TestInPrivate:
    @pytest.fixture
    def talk(self, place):
        return place.server.world.direct(place.ann)

    async def _allow(self, place, guild):
        await place.bot.state.guilds.change(int(guild["id"]), direct=True)

    async def test_it_is_off_by_default(self, place, talk):
        place.people.say(place.ann, talk, QUESTION)
        assert "None of the servers" in sentence((await place.said(1, talk))[0])

    async def test_one_shared_server_needs_no_choice(self, place, seed, talk):
        await place.add(seed)
        await self._allow(place, place.guild)
        place.people.say(place.ann, talk, QUESTION)
        answer = (await place.said(1, talk))[0]
        assert "150,000" in embeds(answer)
        pressed = place.people.click(place.ann, answer, "clip:context")
        assert "150,000" in embeds(await pressed.answered())

    async def test_articles_are_picked_from_the_server_that_is_asked(self, place, seed, talk):
        await place.add(seed)
        picked = await place.people.complete(place.ann, talk, "ask", "article", "", question="x")
        assert picked == []
        await self._allow(place, place.guild)
        picked = await place.people.complete(place.ann, talk, "ask", "article", "", question="x")
        assert [choice["name"] for choice in picked] == [SEED_TITLE]

    async def test_who_has_left_the_server_sees_no_more_of_it(self, place, seed, talk):
        await place.add(seed)
        await self._allow(place, place.guild)
        await place.bot.state.choose_direct(int(place.ann["id"]), int(place.guild["id"]))
        place.people.say(place.ann, talk, QUESTION)
        answer = (await place.said(1, talk))[0]
        place.server.leave(place.ann, place.guild)
        place.server.rest.tolerated.add(10007)
        place.bot.direct._members.clear()  # as if some minutes had passed
        context = await place.people.click(place.ann, answer, "clip:context").answered()
        assert "no longer remember" in sentence(context)
        picked = await place.people.complete(place.ann, talk, "ask", "article", "", question="x")
        assert picked == []
        place.people.say(place.ann, talk, QUESTION)
        assert "None of the servers" in sentence((await place.said(3, talk))[2])

    async def test_a_button_is_acknowledged_before_discord_is_asked_who_may_see_it(
        self, place, seed, talk
    ):
        await place.add(seed)
        await self._allow(place, place.guild)
        await place.bot.state.guilds.change(int(place.guild["id"]), passages=1)
        place.people.say(place.ann, talk, QUESTION)
        answer = (await place.said(1, talk))[0]

        async def press(message, button):
            """What it shows, and what of this was asked of Discord, in order."""
            place.bot.direct._members.clear()  # as if some minutes had passed
            before = len(place.server.rest.requests)
            shown = await place.people.click(place.ann, message, button).answered()
            asked = [path for _, path, _ in place.server.rest.requests[before:]]
            parts = [part for path in asked for part in path.split("/")]
            return shown, [part for part in parts if part in ("callback", "members")]

        _, asked = await press(answer, "clip:context")
        assert asked == ["callback", "members"]
        pages, asked = await press(answer, "clip:more")
        assert asked == ["callback", "members"]
        _, asked = await press(pages, "clip:page:2")
        assert asked == ["callback", "members"]
        _, asked = await press(answer, "clip:up")
        assert asked == ["callback"]
        place.bot.direct._members.clear()
        before = len(place.server.rest.requests)
        await place.people.click(place.ann, answer, "clip:down").modal()
        assert not any("members" in path for _, path, _ in place.server.rest.requests[before:])

    async def test_it_speaks_the_servers_language(self, place, talk):
        place.guild["preferred_locale"] = "de"
        place.server.gateway.dispatch("GUILD_UPDATE", place.guild)
        await self._allow(place, place.guild)
        place.people.say(place.ann, talk, "who won the cup?")
        assert sentence((await place.said(1, talk))[0]) == "Kein Artikel hier beantwortet das"

    async def test_who_is_where_is_not_remembered_for_longer_than_it_may_be(self, place, talk):
        other = place.server.open_guild("other")
        place.server.join(place.mod, other)
        await place.server.until(lambda: len(place.bot.guilds) == 2)
        for guild in (place.guild, other):
            await self._allow(place, guild)
        place.server.rest.tolerated.add(10007)
        ann, mod = int(place.ann["id"]), int(place.mod["id"])
        for person in (ann, mod):
            await place.bot.direct.guilds(person)
        assert len(place.bot.direct._members) == 4
        await place.people.slash(place.ann, place.general, "privacy delete").answered()
        assert {person for _, person in place.bot.direct._members} == {mod}
        place.server.kick(other)
        await place.server.until(lambda: len(place.bot.direct._members) == 1)
        assert set(place.bot.direct._members) == {(int(place.guild["id"]), mod)}

    async def test_thanks_are_left_alone_in_private_too(self, place, seed, talk):
        await place.add(seed)
        await self._allow(place, place.guild)
        place.people.say(place.ann, talk, QUESTION)
        answer = (await place.said(1, talk))[0]
        place.people.say(place.ann, talk, "danke!", reply_to=answer)
        await place.quiet(1, talk)

    async def test_of_several_servers_one_is_chosen_and_the_question_answered(
        self, place, seed, talk
    ):
        await place.add(seed)
        other = place.server.open_guild("other")
        strange = place.server.open_guild("strange")
        place.server.join(place.ann, other)
        place.server.rest.tolerated.add(10007)  # she is not in the strange one: it has to ask
        await place.server.until(lambda: len(place.bot.guilds) == 3)
        for guild in (place.guild, other, strange):
            await self._allow(place, guild)
        place.people.say(place.ann, talk, QUESTION)
        offered = (await place.said(1, talk))[0]
        options = offered["components"][0]["components"][0]["options"]
        assert {option["label"] for option in options} == {"lab", "other"}
        place.people.click(place.ann, offered, "clip:direct", [place.guild["id"]])
        answer = (await place.said(2, talk))[1]
        assert "150,000" in embeds(answer)
        asked = place.people.slash(place.ann, talk, "ask", question=QUESTION)
        assert "150,000" in embeds(await asked.answered())
        place.people.click(place.ann, offered, "clip:direct", [other["id"]])  # on second thoughts
        await place.server.until(lambda: len(place.server.said(talk)) == 4)
        assert "no articles yet" in embeds(place.server.said(talk)[-1])
