"""How follow-ups fare as they are asked, joined to the question before, and resolved.

    found     the first passage's best sentence is the expected one, of the pairs (dev and held out)
    told      it is also shown: confidence is above the threshold
    refused   follow-ups that no article answers are refused
    alone     questions that stand alone find their sentence, asked in reply to something else
    opened    the same ones, said as if they went on: "and who won the cup?"

Run it: `python -m tests.followup.measure`; `-v` lists what went wrong as the bot asks.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import Awaitable, Callable
from itertools import cycle
from pathlib import Path
from typing import NamedTuple

from retrieval.config import RetrievalSettings
from retrieval.conversation import ask_after
from retrieval.followup import Turn, stands_alone
from retrieval.library import Library
from retrieval.sources import read_bytes
from retrieval.types import DEFAULT_COLLECTION, Answer

HERE = Path(__file__).parent
SEEDS = HERE.parents[1] / "seeds"
OPENINGS = ("and", "So", "but", "Then,", "ok and")
Way = Callable[[Library, str, Turn], Awaitable[Answer]]


class Outcome(NamedTuple):
    """Of a follow-up."""

    found: bool
    """The first passage's best sentence is the expected one."""
    answered: bool


async def as_asked(library: Library, question: str, before: Turn) -> Answer:
    """The follow-up alone."""
    return await library.ask(question)


async def joined(library: Library, question: str, before: Turn) -> Answer:
    """Both questions as one."""
    return await library.ask(f"{before.question} {question}")


async def resolved(library: Library, question: str, before: Turn) -> Answer:
    """As the bot asks."""
    return await ask_after(library, question, before, collection=DEFAULT_COLLECTION)


WAYS: dict[str, Way] = {"as asked": as_asked, "joined": joined, "resolved": resolved}


def rows(name: str) -> list[dict[str, str]]:
    """The rows of one of the files beside this one."""
    return [json.loads(line) for line in (HERE / name).read_text().splitlines()]


def articles() -> list[Path]:
    """All articles that the questions are about."""
    return sorted([*(HERE / "articles").glob("*.txt"), *SEEDS.glob("*.txt")])


async def fill(library: Library) -> None:
    """Add all articles."""
    for path in articles():
        await library.add(read_bytes(path.read_bytes(), path.name))


def found(answer: Answer, evidence: str) -> bool:
    """Whether the first passage's best sentence is the expected one."""
    best = answer.passages[0].sentence.text if answer.passages else ""
    return " ".join(evidence.split()) in " ".join(best.split())


async def turn(library: Library, question: str) -> Turn:
    """A question and the article that answered it."""
    answer = await library.ask(question)
    return Turn(question, answer.passages[0].passage.article_id)


async def follow_ups(library: Library, way: Way, part: str | None = None) -> list[Outcome]:
    """What became of each pair."""
    outcomes = []
    for pair in rows("pairs.jsonl"):
        if part in (None, pair["part"]):
            before = await turn(library, pair["first"])
            answer = await way(library, pair["follow_up"], before)
            outcome = Outcome(found(answer, pair["evidence"]), answer.answered)
            outcomes.append(outcome)
            if not all(outcome) and way is resolved and "-v" in sys.argv:
                print(outcome, pair["part"], pair["follow_up"])
    return outcomes


async def refused(library: Library, way: Way) -> list[bool]:
    """For each follow-up that nothing answers whether it is refused."""
    outcomes = []
    for pair in rows("nowhere.jsonl"):
        answer = await way(library, pair["follow_up"], await turn(library, pair["first"]))
        outcomes.append(not answer.answered)
        if answer.answered and way is resolved and "-v" in sys.argv:
            print("answered", round(answer.confidence, 2), pair["follow_up"])
    return outcomes


async def standing_alone(
    library: Library, way: Way, openings: tuple[str, ...] = ("",)
) -> list[bool]:
    """Questions that stand alone, asked in reply to answers about something else; with one of the
    openings each."""
    outcomes = []
    questions = alone()
    for number, ((question, evidence), opening) in enumerate(zip(questions, cycle(openings))):
        other = questions[(number + len(questions) // 2) % len(questions)][0]
        before = await turn(library, other)
        answer = await way(library, f"{opening} {question}".strip(), before)
        outcomes.append(any(found(answer, sentence) for sentence in evidence))
    return outcomes


def alone() -> list[tuple[str, list[str]]]:
    """Questions that stand alone, with the sentences that answer them."""
    own = [(row["question"], [row["evidence"]]) for row in rows("alone.jsonl")]
    seeds = [json.loads(line) for line in (SEEDS / "questions.jsonl").read_text().splitlines()]
    return own + [(row["question"], row["evidence"]) for row in seeds if row["answerable"]]


async def _figures(library: Library, way: Way) -> list[str]:
    figures = []
    for part in ("dev", "held"):
        outcomes = await follow_ups(library, way, part)
        hits, told = sum(o.found for o in outcomes), sum(all(o) for o in outcomes)
        figures.append(f"{part} found {hits}/{len(outcomes)} told {told}/{len(outcomes)}")
    for what, good in (
        ("refused", await refused(library, way)),
        ("alone", await standing_alone(library, way)),
        ("opened", await standing_alone(library, way, OPENINGS)),
    ):
        figures.append(f"{what} {sum(good)}/{len(good)}")
    return figures


async def _main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = RetrievalSettings(database=Path(folder) / "library.db")
        async with Library(settings) as library:
            await fill(library)
            for name, way in WAYS.items():
                print(f"{name:10}", *await _figures(library, way))
            print(*(q for q, _ in alone() if not stands_alone(q)), sep="\n  ")


if __name__ == "__main__":
    asyncio.run(_main())
