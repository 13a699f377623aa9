"""Forms and buttons belong to nobody's memory: they outlive a restart and do not mix."""

from bot.database import Database
from tests.bot.words import QUESTION, sentence

TEXT = "In April, China deployed 150,000 troops to the border."
CRICKET = "The home side won the final in May."


async def _open(place, person):
    opened = place.people.slash(person, place.general, "articles add")
    await opened.modal()
    return opened


async def test_two_people_fill_in_the_same_form_at_once(place):
    other = place.server.world.add_user("moe", place.guild, permissions=1 << 13 | 1 << 11)
    first, second = await _open(place, place.mod), await _open(place, other)
    one = await place.people.submit(place.mod, first, text=TEXT, title="Border")
    two = await place.people.submit(other, second, text=CRICKET, title="Cricket")
    titles = [(await place.receipt(sent))["embeds"][0]["title"] for sent in (one, two)]
    assert titles == ["Border", "Cricket"]


async def test_forms_outlive_a_restart(stage, seed):
    async with stage.running():
        await stage.add(seed)
        answer = await stage.ask(QUESTION)
        article = await _open(stage, stage.mod)
        vote = stage.people.click(stage.ann, answer, "clip:down")
        await vote.modal()
        panel = await stage.people.slash(stage.mod, stage.general, "settings").answered()
        certainty = stage.people.click(stage.mod, panel, "clip:threshold")
        await certainty.modal()
    async with stage.running() as bot:
        sent = await stage.people.submit(stage.mod, article, text=CRICKET, title="Cricket")
        assert (await stage.receipt(sent))["embeds"][0]["title"] == "Cricket"
        sent = await stage.people.submit(stage.ann, vote, expected="150,000")
        assert sentence(await sent.answered()) == "Thank you, noted."
        await (await stage.people.submit(stage.mod, certainty, certainty="0.4")).answered()
        chosen = await bot.state.guilds.settings(int(stage.guild["id"]))
        assert chosen.threshold == 0.4
    async with Database.open(stage.database) as database:
        votes = await database.rows("SELECT user_id, helpful, expected FROM bot_feedback")
    assert votes == [(int(stage.ann["id"]), 0, "150,000")]
    stage.server.assert_clean()


async def test_a_form_that_comes_twice_counts_once(place):
    opened = await _open(place, place.mod)
    sent = await place.people.submit(place.mod, opened, text=TEXT, title="Border")
    await place.receipt(sent)
    place.server.gateway.replay(3)
    await place.quiet(1)


async def test_nothing_is_kept_for_the_answers_that_are_shown(place, seed):
    await place.add(seed)
    for _ in range(3):
        answer = await place.ask(QUESTION)
        await place.people.click(place.ann, answer, "clip:more").answered()
        await place.people.click(place.ann, answer, "clip:down").modal()
    kept = place.bot._connection._view_store
    assert not kept._views
    assert not kept._synced_message_views
    assert not kept._modals
