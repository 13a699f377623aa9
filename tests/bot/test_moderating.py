"""Who may change the articles of a server, which one is meant, and what a double click does."""

import pytest

from bot.access import read_by_all
from bot.asking import collection
from retrieval.types import Article
from tests.bot.words import QUESTION, SEED_TITLE, buttons, embeds, sentence, shown
from tests.discord_server import Permission

EPHEMERAL = 1 << 6


@pytest.mark.parametrize("verb", ["undo", "remove"])
async def test_a_second_click_leaves_what_the_first_one_said(place, seed, verb):
    shown_ = await place.add(seed)
    if verb == "remove":
        asked = place.people.slash(place.mod, place.general, "articles remove", article=SEED_TITLE)
        shown_ = await asked.answered()
    both = [place.people.click(place.mod, shown_, f"clip:{verb}") for _ in range(2)]
    await place.server.until(lambda: any(each.followups for each in both))
    await place.server.until(lambda: SEED_TITLE in sentence(shown_) and not buttons(shown_))
    [told] = [message for each in both for message in each.followups]
    assert sentence(told) == "That article is no longer here."
    assert told["flags"] & EPHEMERAL


async def test_two_clicks_do_not_share_what_is_undone(place):
    files = [
        (f"{n}.txt", b"Story %d\n\nIt rained on day %d." % (n, n), "text/plain") for n in range(4)
    ]
    message = place.people.say(place.ann, place.general, "look", files=files)
    done = place.people.menu(place.mod, place.general, "Add to Clippings", message)
    receipt = await place.receipt(done)
    await place.server.until(lambda: len(receipt["embeds"]) == 4, 60)
    both = [place.people.click(place.mod, receipt, "clip:undo") for _ in range(2)]
    await place.server.until(lambda: any(each.followups for each in both))
    await place.server.until(lambda: not buttons(receipt))
    assert all(f"Story {n}" in shown(receipt["embeds"][0]) for n in range(4))


async def test_who_manages_one_channel_does_not_manage_the_articles(place, seed):
    receipt = await place.add(seed)
    own = place.server.open_channel(place.guild, "anns-own")
    allowed = str(int(Permission.MANAGE_MESSAGES))
    overwrite = {"id": place.ann["id"], "type": 1, "allow": allowed, "deny": "0"}
    place.server.change_channel(own, permission_overwrites=[overwrite])
    place.server.change_channel(place.general, permission_overwrites=[overwrite])
    asked = place.people.slash(place.ann, own, "articles remove", article="1")
    assert "Only members who may manage messages" in sentence(await asked.answered())
    pressed = place.people.click(place.ann, receipt, "clip:undo")
    assert "Only members who may manage messages" in sentence(await pressed.answered())
    await place.demand_certainty()
    answer = await place.ask(QUESTION, channel=own)
    assert buttons(answer) == ["up", "down"]
    place.people.say(place.ann, own, f"<@{place.server.world.app_id}> {QUESTION}")
    [*_, answer] = await place.said(3, own)
    assert buttons(answer) == ["up", "down"]


async def test_an_article_is_found_by_its_title_though_others_have_it_in_theirs(place):
    titles = ["Budget 2024 vote", "Budget 2024 talk", "Budget 2024 plan", "Budget 2024"]
    for number, title in enumerate(titles):
        text = b"The mill number %d was sold in May." % number
        await place.add((f"{number}.txt", text, "text/plain"), title=title)

    async def found(which):
        asked = place.people.slash(place.mod, place.general, "articles show", article=which)
        return sentence(await asked.answered())

    assert await found("budget 2024") == "Budget 2024"
    assert await found("2024 talk") == "Budget 2024 talk"
    assert (await found("2024 ")).startswith("Several articles here have “2024” in their titles.")
    assert "There is no article “2025” here" in await found("2025")


async def test_articles_are_picked_by_their_number_whatever_ids_they_came_with(place):
    name = collection(int(place.guild["id"]))
    for number, external in ((1, "9"), (2, "3"), (3, "1")):
        text = f"The mill number {number} was sold in {1700 + number}."
        article = Article(text, f"Story {number}", f"m{number}", external_id=external)
        await place.bot.library.add(article, collection=name)

    async def told(command, **options):
        asked = place.people.slash(place.mod, place.general, command, **options)
        return await asked.answered()

    assert "Story 3" in embeds(await told("articles show", article="3"))
    sure = await told("articles remove", article="1")
    # Pressed twice it takes no other one that came with that id.
    both = [place.people.click(place.mod, sure, "clip:remove") for _ in range(2)]
    await place.server.until(lambda: any(each.followups for each in both))
    await place.server.until(lambda: "Story 1" in sentence(sure) and not buttons(sure))
    titles = [each.title for each in await place.bot.library.articles(name)]
    assert titles == ["Story 2", "Story 3"]


async def test_what_is_asked_where_not_all_can_read_is_told_to_nobody_else(place):
    hidden = place.server.open_channel(place.guild, "staff")
    view = {"allow": "0", "deny": str(int(Permission.VIEW))}
    shown = {"allow": view["deny"], "deny": "0"}
    everyone = {"id": place.guild["id"], "type": 0, **view}
    others = [place.server.world.app_id, place.mod["id"]]
    overwrites = [everyone, *({"id": each, "type": 1, **shown} for each in others)]
    place.server.change_channel(hidden, permission_overwrites=overwrites)
    await place.server.until(lambda: not read_by_all(place.bot.get_channel(int(hidden["id"]))))
    await place.ask("who stole the spoons?", user=place.mod, channel=hidden)
    await place.ask("who stole the forks?", user=place.mod)
    figures = await place.bot.state.figures(int(place.guild["id"]))
    assert figures.questions == 2
    assert figures.unanswered == (("who stole the forks", 1),)
