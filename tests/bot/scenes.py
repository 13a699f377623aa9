"""Messages of the bot as Discord gets them, one of each kind. `snapshots/` holds what they were
when somebody last looked: `python -m tests.bot.scenes` writes them anew, `python -m
tests.bot.pictures` draws them.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import discord
from discord import ui

from bot import render, views
from bot.guilds import GuildSettings
from bot.i18n import Texts
from retrieval.errors import Reason
from retrieval.types import Answer, CitedPassage, Feed, Quote
from tests.bot.samples import answered, cited, feed, missed, record

SNAPSHOTS = Path(__file__).parent / "snapshots"
SEED = next((Path(__file__).parents[2] / "seeds").glob("*.txt"))
MESSAGE = "https://discord.com/channels/1/2/3"
NASTY = (
    "@everyone **free** [nitro](https://evil.example) discord.gg/abc <@1> `code`\n"
    "# Not a heading\n> not a quote"
)
Embeds = discord.Embed | list[discord.Embed]


def _seed(begins: str, rank: int, **more: Any) -> CitedPassage:
    """A passage of the seed article: the paragraph whose best sentence begins so."""
    title, *paragraphs = SEED.read_text().replace("\xa0", " ").split("\n\n")
    text = next(p for p in paragraphs if begins in p)
    start = text.index(begins)
    end = text.find(". ", start) + 1 or len(text)
    facts = {"title": title.strip(), "source": None, "published": None, "link": None, "url": None}
    made = cited(text, text[start:end], rank=rank, **{**facts, **more})
    number = paragraphs.index(text) + 1
    return replace(made, citation=replace(made.citation, paragraph=number))


def _mission() -> Answer:
    facts = {"origin": MESSAGE, "published": "2017-07-24"}
    return answered(
        _seed("In April, China deployed", 1, **facts),
        _seed("A mass movement of North", 2, **facts),
        _seed("The joint anti-terrorism drill", 3, **facts),
    )


def _span() -> Answer:
    found = answered(cited(), cited(rank=2, link="https://b.example/2", source="Other News"))
    sentence = found.passages[0].sentence
    at = sentence.text.index("150,000 troops")
    words = Quote(
        "150,000 troops",
        sentence.article_id,
        sentence.start + at,
        sentence.start + at + len("150,000 troops"),
    )
    return replace(found, answer=words)


def _long() -> Answer:
    sentence = "The bridge was opened again in May."
    text = "Much was said about the bridge before. " * 60 + sentence + " More was said after." * 60
    return answered(
        *(
            cited(text, sentence, rank=n, link=f"https://news.example/{n}", title="Bridge " * 60)
            for n in range(1, 6)
        )
    )


def scenes() -> dict[str, dict[str, Any]]:
    """The messages by name. To be called where an event loop runs."""
    en, de = Texts("en"), Texts("de")
    nasty = cited(NASTY, NASTY, title="**[Win](https://evil.example)** @here", source="||x||")
    chosen = GuildSettings(
        private=True, threshold=0.5, roles=frozenset({11}), channels=frozenset({21, 22})
    )
    article = record()
    return {
        "answer": _message(render.answer(_mission(), en), views.answer(1, en)),
        "answer_words": _message(render.answer(_span(), en), views.answer(1, en)),
        "answer_german": _message(render.answer(answered(cited()), de), views.answer(1, de)),
        "answer_long": _message(render.answer(_long(), en), views.answer(1, en)),
        "answer_nasty": _message(render.answer(answered(nasty), en), views.answer(1, en)),
        "miss": _message(
            render.miss(missed(cited(), question="Who won the cup?"), en),
            views.miss(1, en, may_add=True),
        ),
        "miss_empty": _message(render.miss(missed(), en), views.miss(1, en, may_add=False)),
        "context": _message(
            render.context(
                "First.\n\nIt was in May.\n\nLast.", Quote("in May", 7, 15, 21), "A", en, url=None
            )
        ),
        "receipt": _message(
            render.receipt(article, "In April, China\n\ndeployed …", en("add.added"), en),
            views.receipt([7], en),
        ),
        "announcement": _message(render.announcement(article, "Example Feed", en)),
        "facts": _message(render.facts(article, en)),
        "list": _message(
            render.listing([article, record(title="Cup", published=None)], en, first=1, total=12),
            views.pages("list", 0, en, "", last=False),
        ),
        "settings": _message(
            render.settings_panel(chosen, en),
            views.settings(chosen, en),
        ),
        "feeds": _message(render.feed_listing([feed(), _broken_feed()], en)),
        "feed_broken": _message(render.broken(_broken_feed(), en)),
        "feed_unannounced": _message(render.unannounced(_broken_feed(), en)),
        "refusal": _message(render.failure(en("ask.slow", seconds=8))),
    }


def _broken_feed() -> Feed:
    return feed(
        id=2,
        title="Mill News",
        url="https://mill.example/a/long/way/to/its/feed.xml",
        succeeded=None,
        announce="22",
        failures=3,
        error="there is no such page",
        reason=Reason.MISSING,
        failed=2,
    )


def _message(embeds: Embeds, view: ui.View | None = None) -> dict[str, Any]:
    listed = embeds if isinstance(embeds, list) else [embeds]
    components = view.to_components() if view is not None else []
    return {"embeds": [embed.to_dict() for embed in listed], "components": components}


def text_of(message: dict[str, Any]) -> str:
    """As it is kept in a file."""
    return json.dumps(message, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


async def _main() -> None:
    SNAPSHOTS.mkdir(exist_ok=True)
    for name, message in scenes().items():
        (SNAPSHOTS / f"{name}.json").write_text(text_of(message))


if __name__ == "__main__":
    asyncio.run(_main())
