"""/ask from end to end: the real client and engine, over Discord's protocol."""

import pytest

from tests.bot.words import MISS, QUESTION, SEED_TITLE, buttons, embeds, sentence, shown

EPHEMERAL = 1 << 6


async def test_the_missions_question(place, seed):
    receipt = await place.add(seed)
    answer = await place.ask(QUESTION)
    first = answer["embeds"][0]
    assert "In April, China deployed **150,000** troops to the North Korean border" in shown(first)
    assert first["title"] == f"1 · {SEED_TITLE}"
    assert first["url"].endswith(f"/{place.guild['id']}/{place.general['id']}/{receipt['id']}")
    assert buttons(answer) == ["context", "more", "up", "down"]
    assert not answer["content"]
    assert len(answer["embeds"]) <= 3
    assert not answer["flags"] & EPHEMERAL


async def test_it_is_acknowledged_at_once_and_answered_by_editing(place, seed):
    await place.add(seed)
    asked = place.people.slash(place.ann, place.general, "ask", question=QUESTION)
    assert (await asked.acknowledged())["type"] == 5
    await asked.answered()
    assert asked.seconds < 1
    assert asked.followups == []


async def test_an_answer_may_be_private(place, seed):
    await place.add(seed)
    answer = await place.ask(QUESTION, private=True)
    assert answer["flags"] & EPHEMERAL
    assert "150,000" in shown(answer["embeds"][0])


async def test_where_no_article_is_of_those_days_it_is_not_told_that_there_is_none(place, seed):
    await place.add(seed)
    undated = await place.ask(QUESTION, since="2000-01-01")
    assert "No article that you chose, or from those days" in shown(undated["embeds"][0])


async def test_nothing_answers_honestly(place, seed):
    await place.add(seed)
    await place.demand_certainty()
    answer = await place.ask("who won the football world cup in **1998**?")
    assert sentence(answer) == MISS
    first, nearest = answer["embeds"]
    assert "Looked for: who won the football world cup in \\*\\*1998\\*\\*?" in first["description"]
    assert nearest["title"] == SEED_TITLE
    assert buttons(answer) == ["up", "down"]  # she may not add articles


async def test_who_may_add_is_offered_to(place):
    answer = await place.ask("who won?", user=place.mod)
    assert "This server has no articles yet." in answer["embeds"][0]["description"]
    assert buttons(answer) == ["add", "up", "down"]


async def test_an_article_is_picked_while_typing_and_searched_alone(place, seed):
    await place.add(seed)
    other = b"Cricket news\n\nThe home side deployed 11 troops of players in the final in May."
    await place.add(("cricket.txt", other, "text/plain"))
    choices = await place.people.complete(
        place.ann, place.general, "ask", "article", "cri", question="x"
    )
    assert [choice["name"] for choice in choices] == ["Cricket news"]
    answer = await place.ask(QUESTION, article=choices[0]["value"])
    assert SEED_TITLE not in embeds(answer)
    answer = await place.ask(QUESTION, article=SEED_TITLE.lower())
    assert SEED_TITLE in embeds(answer)
    answer = await place.ask(QUESTION, article="no such thing")
    assert "There is no article “no such thing” here" in shown(answer["embeds"][0])


async def test_dates_narrow_the_articles(place, seed):
    await place.add(seed)
    found = await place.people.complete(place.mod, place.general, "articles edit", "article", "")
    edited = place.people.slash(
        place.mod, place.general, "articles edit", article=found[0]["value"], date="2017-07-24"
    )
    assert (await edited.answered())["embeds"][0]["fields"][0]["value"] == "<t:1500897600:D>"
    assert "150,000" in embeds(await place.ask(QUESTION, since="2017-07-24"))
    assert sentence(await place.ask(QUESTION, before="24 July 2017")) == MISS
    answer = await place.ask(QUESTION, since="soonish")
    assert "“soonish” is no date" in shown(answer["embeds"][0])


@pytest.mark.parametrize("question", ["?", "!!!", "\U0001f600", "the of and", "a" * 1000])
async def test_odd_questions_get_a_sentence(place, seed, question):
    await place.add(seed)
    answer = await place.ask(question)
    assert answer["embeds"]


async def test_a_person_is_slowed_down_kindly(stage, seed):
    async with stage.running(person_per_minute=2):
        for _ in range(2):
            await stage.ask("who won?")
        answer = await stage.ask("who won?")
        assert sentence(answer) == "Please give me a moment: try again in 30 s."
        assert answer["flags"] & EPHEMERAL
        await stage.ask("who won?", user=stage.mod)
        mention = f"<@{stage.server.world.app_id}> who won?"
        stage.people.say(stage.ann, stage.general, mention)
        assert "Please give me a moment" in sentence((await stage.said(5))[-1])
    stage.server.assert_clean()


async def test_a_server_is_slowed_down_kindly(stage, seed):
    async with stage.running(server_per_minute=2):
        other = stage.server.open_guild("other")
        channel = stage.server.open_channel(other, "talk")
        stage.server.join(stage.mod, other)
        for person in (stage.ann, stage.mod):
            await stage.ask("who won?", user=person)
        assert "try again in 30 s" in sentence(await stage.ask("who won?", user=stage.mod))
        assert "no articles" in embeds(await stage.ask("who?", user=stage.mod, channel=channel))
    stage.server.assert_clean()


async def test_nothing_in_an_article_or_a_question_pings(place):
    """`assert_clean` looks for pings."""
    somebody = f"<@{place.mod['id']}>"
    text = f"@everyone {somebody} In May {somebody} sold the mill to @here for 300 crowns."
    file = ("mill.txt", f"@everyone {somebody} sells\n\n{text}".encode(), "text/plain")
    receipt = await place.add(file)
    assert "@everyone" in receipt["embeds"][0]["title"].replace("\\", "")
    answer = await place.ask(f"@everyone {somebody} how many crowns was the mill?")
    assert "@here for 300 crowns" in shown(answer["embeds"][0]).replace("*", "")
    mention = f"<@{place.server.world.app_id}> @everyone {somebody} who won?"
    place.people.say(place.ann, place.general, mention)
    await place.said(3)


async def test_it_speaks_german(place):
    asked = place.people.slash(
        place.ann, place.general, "ask", question="who won the cup?", locale="de"
    )
    assert sentence(await asked.answered()) == "Kein Artikel hier beantwortet das"


async def test_nothing_crosses_from_one_server_to_another(place, seed):
    await place.add(seed)
    other = place.server.open_guild("other")
    channel = place.server.open_channel(other, "talk")
    place.server.join(place.ann, other)
    assert sentence(await place.ask(QUESTION, channel=channel)) == MISS
    assert "no articles yet" in embeds(await place.ask(QUESTION, channel=channel))


async def test_a_message_is_asked_by_right_click(place, seed):
    await place.add(seed)
    message = place.people.say(place.ann, place.general, QUESTION)
    answer = await place.people.menu(place.ann, place.general, "Ask Clippings", message).answered()
    assert "150,000" in embeds(answer)
    empty = place.people.say(place.ann, place.general, "", files=[seed])
    refused = place.people.menu(place.ann, place.general, "Ask Clippings", empty)
    assert "no text in that message" in sentence(await refused.answered())
