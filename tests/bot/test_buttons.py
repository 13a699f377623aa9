"""Buttons, forms and the settings panel."""

from contextlib import asynccontextmanager

from bot.database import Database
from tests.bot.troubles import READ_ONLY, written_by_another
from tests.bot.words import MISS, QUESTION, SEED_TITLE, buttons, embeds, sentence, shown
from tests.discord_server.messages import walk

EPHEMERAL = 1 << 6


async def _votes(place):
    async with Database.open(place.database) as database:
        return await database.rows("SELECT user_id, helpful, expected FROM bot_feedback")


async def test_more_context_is_for_who_asks_for_it(place, seed):
    await place.add(seed)
    answer = await place.ask(QUESTION)
    context = await place.people.click(place.mod, answer, "clip:context").answered()
    assert context["flags"] & EPHEMERAL
    embed = context["embeds"][0]
    assert embed["title"] == SEED_TITLE
    assert "**In April, China deployed 150,000 troops" in shown(embed)
    assert shown(embed).startswith("Meanwhile, China’s Foreign Ministry spokesman")
    assert shown(embed).endswith("would do more to de-escalate tensions.")


async def test_more_passages_are_leafed_through(place, seed):
    await place.add(seed)
    await place.bot.state.guilds.change(int(place.guild["id"]), passages=1)
    answer = await place.ask(QUESTION)
    first = await place.people.click(place.ann, answer, "clip:more").answered()
    assert first["flags"] & EPHEMERAL
    assert first["embeds"][0]["title"].startswith("2 · ")
    second = await place.people.click(place.ann, first, "clip:page:2").answered()
    assert second["embeds"][0]["title"].startswith("3 · ")
    back = await place.people.click(place.ann, second, "clip:page:1").answered()
    assert back["embeds"][0]["title"].startswith("2 · ")


async def test_more_passages_are_others_than_those_shown_also_of_a_follow_up(place, seed):
    await place.add(seed)
    answer = await place.ask(QUESTION)
    follow = place.people.say(
        place.ann, place.general, "and how many in the drill?", reply_to=answer
    )
    reply = (await place.said(3))[2]
    assert reply["message_reference"]["message_id"] == follow["id"]
    more = await place.people.click(place.ann, reply, "clip:more").answered()
    starts = [shown(embed).replace("*", "")[:40] for embed in reply["embeds"] + more["embeds"]]
    assert len(set(starts)) == len(starts)
    assert more["embeds"][0]["title"].startswith(f"{len(reply['embeds']) + 1} · ")


async def test_an_answer_whose_article_is_gone_says_so(place, seed):
    receipt = await place.add(seed)
    answer = await place.ask(QUESTION)
    await place.people.click(place.mod, receipt, "clip:undo").answered()
    context = await place.people.click(place.ann, answer, "clip:context").answered()
    assert "removed or has changed" in sentence(context)
    more = await place.people.click(place.ann, answer, "clip:more").answered()
    assert sentence(more) == "There are no further passages."


async def test_a_vote_is_kept_once_a_person_and_may_be_changed(place, seed):
    await place.add(seed)
    answer = await place.ask(QUESTION)
    thanks = await place.people.click(place.ann, answer, "clip:up").answered()
    assert sentence(thanks) == "Thank you, noted."
    opened = place.people.click(place.ann, answer, "clip:down")
    done = await place.people.submit(place.ann, opened, expected=" 150,000 ")
    await done.answered()
    await place.people.click(place.mod, answer, "clip:up").answered()
    ann, mod = int(place.ann["id"]), int(place.mod["id"])
    assert sorted(await _votes(place)) == sorted([(ann, 0, "150,000"), (mod, 1, None)])


async def test_a_form_that_is_closed_leaves_the_vote(place, seed):
    await place.add(seed)
    answer = await place.ask(QUESTION)
    await place.people.click(place.ann, answer, "clip:down").modal()
    for _ in range(100):
        if votes := await _votes(place):
            break
    assert votes == [(int(place.ann["id"]), 0, None)]


async def test_what_i_know_of_you_is_deleted_on_request(place, seed):
    await place.add(seed)
    answer = await place.ask(QUESTION)
    await place.people.click(place.ann, answer, "clip:up").answered()
    done = await place.people.slash(place.ann, place.general, "privacy delete").answered()
    assert sentence(done).startswith("Forgotten: 2 questions and votes")
    await place.people.slash(place.mod, place.general, "privacy delete").answered()
    asked = place.people.slash(place.ann, place.general, "articles show", article=SEED_TITLE)
    names = [field["name"] for field in (await asked.answered())["embeds"][0]["fields"]]
    assert "Added by" not in names
    assert await _votes(place) == []
    pressed = await place.people.click(place.ann, answer, "clip:context").answered()
    assert "no longer remember" in sentence(pressed)


async def test_an_article_is_added_from_the_button_under_a_miss(place):
    missed = await place.ask(QUESTION, user=place.mod)
    opened = place.people.click(place.mod, missed, "clip:add")
    text = "In April, China deployed 150,000 troops to the border."
    done = await place.people.submit(place.mod, opened, text=text, title="Border")
    assert (await place.receipt(done))["embeds"][0]["title"] == "Border"
    assert sentence(missed) == MISS


async def test_buttons_of_another_server_do_nothing_here(place, seed):
    await place.add(seed)
    answer = await place.ask(QUESTION)
    other = place.server.open_guild("other")
    channel = place.server.open_channel(other, "talk")
    place.server.join(place.ann, other)
    forged = place.server.messages.create(channel, place.server.world.me, {"content": "x"}, {})
    forged["components"] = answer["components"]
    pressed = await place.people.click(place.ann, forged, "clip:context").answered()
    assert "no longer remember" in sentence(pressed)


class TestSettings:
    async def _panel(self, place, user=None):
        return await place.people.slash(user or place.mod, place.general, "settings").answered()

    async def _chosen(self, place):
        return await place.bot.state.guilds.settings(int(place.guild["id"]))

    async def test_roles_and_channels_are_chosen(self, place):
        role = place.server.world.add_role(place.guild, "editors")
        panel = await self._panel(place)
        await place.people.click(place.mod, panel, "clip:roles", [role["id"]]).answered()
        picked = [place.general["id"]]
        changed = await place.people.click(place.mod, panel, "clip:channels", picked).answered()
        chosen = await self._chosen(place)
        assert chosen.roles == {int(role["id"])}
        assert chosen.channels == {int(place.general["id"])}
        [select, _] = walk(changed["components"], 8)
        assert [str(each["id"]) for each in select["default_values"]] == picked
        named = [field["value"] for field in changed["embeds"][0]["fields"]]
        assert named == [f"<@&{role['id']}>", f"<#{place.general['id']}>", "None chosen"]

    async def test_a_channel_for_moderators_is_chosen_and_taken_back(self, place):
        panel = await self._panel(place)
        picked = [place.general["id"]]
        changed = await place.people.click(place.mod, panel, "clip:reports", picked).answered()
        assert (await self._chosen(place)).reports == int(place.general["id"])
        [_, select] = walk(changed["components"], 8)
        assert [str(each["id"]) for each in select["default_values"]] == picked
        await place.people.click(place.mod, changed, "clip:reports", []).answered()
        assert (await self._chosen(place)).reports is None

    async def test_switches_and_passages(self, place, seed):
        panel = await self._panel(place)
        panel = await place.people.click(place.mod, panel, "clip:private").answered()
        await place.people.click(place.mod, panel, "clip:directs").answered()
        await place.people.click(place.mod, panel, "clip:passages", ["1"]).answered()
        chosen = await self._chosen(place)
        assert (chosen.private, chosen.direct, chosen.passages) == (True, True, 1)
        await place.add(seed)
        answer = await place.ask(QUESTION)
        assert answer["flags"] & EPHEMERAL
        assert len(answer["embeds"]) == 1
        assert not (await place.ask(QUESTION, private=False))["flags"] & EPHEMERAL

    async def test_the_certainty_needed(self, place):
        panel = await self._panel(place)
        opened = place.people.click(place.mod, panel, "clip:threshold")
        await (await place.people.submit(place.mod, opened, certainty="0,75")).answered()
        assert (await self._chosen(place)).threshold == 0.75
        opened = place.people.click(place.mod, panel, "clip:threshold")
        told = await (await place.people.submit(place.mod, opened, certainty="high")).answered()
        assert "“high” is not a number" in embeds(told)
        opened = place.people.click(place.mod, panel, "clip:threshold")
        await (await place.people.submit(place.mod, opened, certainty="")).answered()
        assert (await self._chosen(place)).threshold is None

    async def test_only_who_manages_the_server_changes_them(self, place):
        panel = await self._panel(place)
        refused = await place.people.click(place.ann, panel, "clip:private").answered()
        assert "who may manage the server" in sentence(refused)
        assert not (await self._chosen(place)).private

    async def test_a_choice_is_acknowledged_while_an_article_is_stored(self, place):
        panel = await self._panel(place)
        opened = place.people.click(place.mod, panel, "clip:threshold")
        await opened.modal()
        async with written_by_another(place):
            switched = place.people.click(place.mod, panel, "clip:directs")
            certain = await place.people.submit(place.mod, opened, certainty="0.5")
            for each in (switched, certain):
                await each.acknowledged()
                assert each.seconds < 1
        await switched.answered()
        await certain.answered()
        chosen = await self._chosen(place)
        assert (chosen.direct, chosen.threshold) == (True, 0.5)

    async def test_two_moderators_at_once_lose_nothing(self, place):
        panel = await self._panel(place)
        picked = [place.general["id"]]
        both = [
            place.people.click(place.mod, panel, "clip:private"),
            place.people.click(place.mod, panel, "clip:channels", picked),
            place.people.click(place.mod, panel, "clip:directs"),
        ]
        for each in both:
            await each.answered()
        chosen = await self._chosen(place)
        assert chosen.private
        assert chosen.direct
        assert chosen.channels == {int(place.general["id"])}

    async def test_a_choice_that_cannot_be_kept_leaves_the_panel(self, place):
        panel = await self._panel(place)
        async with pragma(place.bot.state, *READ_ONLY):
            refused = place.people.click(place.mod, panel, "clip:private")
            await place.server.until(lambda: refused.followups)
        assert "My articles can only be read at the moment" in sentence(refused.followups[0])
        assert refused.followups[0]["flags"] & EPHEMERAL
        assert "private" in buttons(panel)
        assert sentence(panel) == "Settings"


@asynccontextmanager
async def pragma(state, change, back):
    """The bot's memory while its file is not what it was."""
    await state._database.write(f"PRAGMA {change}")
    yield
    await state._database.write(f"PRAGMA {back}")


async def test_more_passages_count_as_questions(stage, seed):
    async with stage.running(person_per_minute=3):
        await stage.add(seed)
        await stage.bot.state.guilds.change(int(stage.guild["id"]), passages=1)
        answer = await stage.ask(QUESTION)
        first = await stage.people.click(stage.ann, answer, "clip:more").answered()
        second = await stage.people.click(stage.ann, first, "clip:page:2").answered()
        assert second["embeds"][0]["title"].startswith("3 · ")
        leafed = stage.people.click(stage.ann, second, "clip:page:3")
        await stage.server.until(lambda: leafed.followups)
        assert "Please give me a moment" in sentence(leafed.followups[0])
        assert second["embeds"][0]["title"].startswith("3 · ")
        slow = await stage.people.click(stage.ann, answer, "clip:more").answered()
        assert "Please give me a moment" in sentence(slow)
    stage.server.assert_clean()


async def test_stats_show_no_question_that_was_asked_in_private(place):
    talk = place.server.world.direct(place.ann)
    guild = int(place.guild["id"])
    await place.bot.state.guilds.change(guild, direct=True)
    await place.ask("who is fired by command?", private=True)
    place.people.say(place.ann, talk, "who is fired in private?")
    await place.said(1, talk)
    await place.people.slash(place.ann, talk, "ask", question="who is fired by both?").answered()
    await place.bot.state.guilds.change(guild, private=True)
    await place.ask("who is fired as ever?")
    mention = f"<@{place.server.world.app_id}>"
    place.people.say(place.ann, place.general, f"{mention} who won the cup?")
    await place.said(1 + len(place.server.said(place.general)))
    await place.bot.state.guilds.change(guild, private=False)
    await place.ask("who won the cup?")
    stats = await place.people.slash(place.mod, place.general, "stats").answered()
    fields = {field["name"]: field["value"] for field in stats["embeds"][0]["fields"]}
    assert fields["Questions"] == "6"
    assert fields["Most asked in vain"] == "2 × who won the cup"


async def test_stats_count_what_was_asked_in_vain(place, seed):
    await place.add(seed)
    await place.ask(QUESTION)
    await place.demand_certainty()
    for _ in range(2):
        await place.ask("Who won the cup?")
    stats = await place.people.slash(place.ann, place.general, "stats").answered()
    fields = {field["name"]: field["value"] for field in stats["embeds"][0]["fields"]}
    assert fields["Articles"] == "1"
    assert fields["Questions"] == "3"
    assert fields["Answered"] == "33 %"
    assert fields["Most asked in vain"] == "2 × who won the cup"


async def test_about_says_what_is_stored(place):
    about = await place.people.slash(place.ann, place.general, "about", locale="de").answered()
    values = [field["value"] for field in about["embeds"][0]["fields"]]
    assert "90 Tage" in values[0]
    assert "30 Tagen" in values[1]
    assert buttons(about) == []
