"""/feeds: where the person who adds one may announce it, and the list of many."""

import pytest

from tests.bot.newsroom import ENGINE, add_feed, articles, change, name
from tests.bot.words import sentence, shown
from tests.discord_server import Permission
from tests.retrieval.newspaper import printed


@pytest.fixture
async def paper():
    async with printed(1, 2) as paper:
        yield paper


@pytest.fixture
async def newsroom(stage):
    async with stage.running(engine=ENGINE):
        yield stage
    stage.server.assert_clean()


async def test_nobody_speaks_through_the_bot_where_they_may_not(newsroom, paper):
    role = newsroom.server.world.add_role(newsroom.guild, "editors")
    newsroom.server.world.member(newsroom.guild["id"], newsroom.ann["id"])["roles"].append(
        role["id"]
    )
    guild, mine = int(newsroom.guild["id"]), frozenset({int(role["id"])})
    await newsroom.bot.state.guilds.change(guild, roles=mine)
    official = newsroom.server.open_channel(newsroom.guild, "official")
    deny = {"type": 0, "allow": "0", "deny": str(int(Permission.SEND))}
    allow = {"type": 1, "allow": str(int(Permission.SEND)), "deny": "0"}
    me, everyone = newsroom.server.world.app_id, newsroom.guild["id"]
    overwrites = [{"id": everyone, **deny}, {"id": me, **allow}]
    newsroom.server.change_channel(official, permission_overwrites=overwrites)
    link = paper.at("/rss")

    async def added(channel):
        asked = newsroom.people.slash(
            newsroom.ann, newsroom.general, "feeds add", link=link, announce=channel
        )
        return sentence(await asked.answered(60))

    told = await added(official)
    assert told.startswith(f"You may not send messages in <#{official['id']}>, so I announce")
    assert await newsroom.bot.library.store.feeds(name(newsroom)) == []
    assert "is polled from now on" in await added(newsroom.general)


async def test_many_feeds_are_leafed_through(newsroom, paper):
    await add_feed(newsroom, paper)
    await articles(newsroom, 2)
    columns = "collection_id, title, added, interval_s, due"
    await change(
        newsroom,
        f"""INSERT INTO feeds (url, {columns})
            WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 15)
            SELECT 'https://mill.example/' || i, collection_id, 'Mill ' || i, added, interval_s,
            '2100-01-01T00:00:00Z' FROM feeds, n""",
    )
    first = await newsroom.people.slash(newsroom.mod, newsroom.general, "feeds list").answered()
    assert first["embeds"][0]["footer"]["text"] == "1 to 6 of 15"
    second = await newsroom.people.click(newsroom.mod, first, "clip:feeds:1").answered()
    assert second["embeds"][0]["footer"]["text"] == "7 to 12 of 15"
    assert "7 · Mill 7" in shown(second["embeds"][0])
    third = await newsroom.people.click(newsroom.mod, second, "clip:feeds:2").answered()
    assert "15 · Mill 15" in shown(third["embeds"][0])
    denied = newsroom.people.click(newsroom.ann, third, "clip:feeds:1")
    assert "Only members who may manage messages" in sentence(await denied.answered())


async def test_feeds_are_offered_to_those_only_who_may_remove_them(newsroom, paper):
    await add_feed(newsroom, paper)
    offered = [
        await newsroom.people.complete(person, newsroom.general, "feeds remove", "feed", "")
        for person in (newsroom.ann, newsroom.mod)
    ]
    assert [len(choices) for choices in offered] == [0, 1]
