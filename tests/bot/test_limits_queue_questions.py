"""Small parts that decide who is answered, when, and whether."""

import asyncio

import pytest

from bot.limits import Limits
from bot.questions import asks, bare, links, post, replies_only
from bot.queue import FairQueue


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_a_person_may_ask_so_often_and_is_told_when_again():
    clock = Clock()
    limits = Limits(person=6, server=100, clock=clock)
    assert [limits.admit(1, 1) for _ in range(6)] == [0] * 6
    assert limits.admit(1, 1) == 10
    assert limits.admit(2, 1) == 0
    clock.now += 2
    assert limits.admit(1, 1) == 8
    clock.now += 8
    assert limits.admit(1, 1) == 0


def test_a_server_has_a_limit_of_its_own():
    limits = Limits(person=100, server=2, clock=Clock())
    assert [limits.admit(person, 1) for person in range(3)] == [0, 0, 30]
    assert limits.admit(9, 2) == 0


async def test_servers_take_turns():
    queue, order = FairQueue(), []

    async def add(server, name):
        async with queue.turn(server):
            order.append(name)
            await asyncio.sleep(0)

    names = [(1, "a1"), (1, "a2"), (1, "a3"), (2, "b1"), (3, "c1"), (2, "b2")]
    await asyncio.gather(*(add(server, name) for server, name in names))
    assert order == ["a1", "a2", "b1", "c1", "a3", "b2"]
    assert not queue.busy


async def test_who_gives_up_waiting_holds_up_nobody():
    queue = FairQueue()
    async with queue.turn(1):
        waiting = [asyncio.create_task(_pass_through(queue, 2)) for _ in range(3)]
        await asyncio.sleep(0)
        assert len(queue) == 3
        waiting[0].cancel()
        await asyncio.sleep(0)
        assert len(queue) == 2
    waiting[1].cancel()  # whose turn has just come
    await asyncio.gather(*waiting, return_exceptions=True)
    assert not queue.busy
    await asyncio.wait_for(_pass_through(queue, 1), 1)


async def _pass_through(queue, server):
    async with queue.turn(server):
        pass


@pytest.mark.parametrize(
    "text",
    [
        "how many troops did China deploy?",
        "How many troops did China deploy",
        "so what happened in April",
        "Troops at the border - how many?",
        "wie viele Soldaten hat China geschickt",
        "Is it true that cargo ships were turned back",
        "see https://a.example/x?y=1 who wrote that?",
    ],
)
def test_questions(text):
    assert asks(text)


@pytest.mark.parametrize(
    "text",
    [
        "China deployed troops.",
        "lol",
        "what?",
        "how are",
        "!play how many songs?",
        "/ask how many",
        "https://a.example/?q=how",
        "`is this code?`",
        "I know what you did",
        "",
        "???",
        "<@5> thanks",
    ],
)
def test_no_questions(text):
    assert not asks(text)


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "thanks!",
        "Thank you so much, that's great",
        "lol",
        "haha yesss",
        "ok great",
        "OK",
        "👍🎉",
        "",
        "danke dir <@8>",
        "alles klar, das stimmt",
        "https://tenor.com/view/what-a-laugh?x=1",
    ],
)
def test_replies_that_ask_nothing(text):
    assert replies_only(text)


@pytest.mark.parametrize(
    "text",
    [
        "where?",
        "no?",
        "how many",
        "and the cost?",
        "the cost",
        "the death toll",
        "the war",
        "Rehme",
        "US",
        "2019",
        "tell me more",
        "and did they",
        "thanks, and who won",
        "and",
        "wo",
        "und die Kosten",
    ],
)
def test_replies_that_ask_something(text):
    assert not replies_only(text)


def test_a_mention_of_the_bot_is_no_part_of_the_question():
    assert bare("<@9> how   many? <:x:1>", me=9) == "how many?"
    assert bare("> old words\n<@!9> why?", me=9) == "why?"
    assert bare("<@8> said so", me=9) == "<@8> said so"


def test_what_is_quoted_is_no_part_of_it():
    assert bare("> old\nwho won?\n> older", me=9) == "who won?"
    assert bare("who lost?\n>>> who won?\nand when?", me=9) == "who lost?"
    assert bare(">>>no quote\nwho won?", me=9) == "who won?"


def test_a_forum_post_asks_in_its_body_or_its_title():
    assert post("Troops", "how many were there?") == "how many were there?"
    assert post("How many troops?", "I wonder.") == "How many troops?"
    assert post("Troops", "at the border") == "Troops at the border"


def test_links_are_found_once_each():
    text = "see <https://a.example/b?c=1>, https://a.example/d. and https://a.example/d"
    assert links(text) == ["https://a.example/b?c=1", "https://a.example/d"]


MERCURY = "https://en.wikipedia.org/wiki/Mercury_(planet)"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (MERCURY, [MERCURY]),
        (f"(see {MERCURY})", [MERCURY]),
        (f"[Mercury]({MERCURY}), it says", [MERCURY]),
        ("[https://a.example/x](https://a.example/x)", ["https://a.example/x"]),
        (
            "[https://a.example/x](<https://b.example/y>)",
            ["https://a.example/x", "https://b.example/y"],
        ),
        (
            "**https://a.example/x** __https://b.example/y__",
            ["https://a.example/x", "https://b.example/y"],
        ),
        ("||https://a.example/x|| ~~https://a.example/x~~", ["https://a.example/x"]),
        ("`https://a.example/x`", ["https://a.example/x"]),
        ("“https://a.example/x”…", ["https://a.example/x"]),
        ("[https://a.example/x]", ["https://a.example/x"]),
        ("https://a.example/x?(y=1", ["https://a.example/x?(y=1"]),
        (
            "https://a.example/x_ and https://a.example/~",
            ["https://a.example/x_", "https://a.example/~"],
        ),
        ("__see https://a.example/x__ _so_", ["https://a.example/x"]),
        ("**see https://a.example/x**", ["https://a.example/x"]),
        (
            "„https://a.example/x“ ‹https://a.example/y›",
            ["https://a.example/x", "https://a.example/y"],
        ),
        ("http://... https://)", []),
    ],
)
def test_links_are_taken_without_what_stands_around_them(text, found):
    assert links(text) == found
