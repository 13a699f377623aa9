"""Articles made up for measuring: news-like, endless, the same for a seed. Pure.

Words follow Zipf's law within their topic and names are drawn from thousands, so that full-text
search meets common and rare words in about the proportions that it meets in news.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from importlib import resources
from typing import Any

from retrieval.types import Cut, Span

_PASSAGE_SENTENCES = (5, 8)
"""Fewest and most sentences of a passage: about 90 to 150 words."""


@dataclass(frozen=True, slots=True)
class MadeUp:
    """An article and where its passages lie: each paragraph is one."""

    title: str
    text: str
    cuts: tuple[Cut, ...]
    question: str
    """One that is about the article, though not always answered in it."""

    @property
    def passages(self) -> tuple[str, ...]:
        """The texts of the passages."""
        return tuple(self.text[cut.start : cut.end] for cut in self.cuts)


class Writer:
    """Makes up one article after the other."""

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)
        words = resources.files(__package__ or "").joinpath("words.json")
        self._words: dict[str, Any] = json.loads(words.read_text(encoding="utf-8"))

    def article(self, passages: int) -> MadeUp:
        """An article of so many passages, at least one."""
        topic = self._random.choice(list(self._words["topics"]))
        cast = {name: self._facts(topic)[name] for name in ("org", "place", "person", "person2")}
        title = self._filled("titles", topic, cast)
        text, cuts = "", []
        for number in range(1, passages + 1):
            text += "\n\n" if text else ""
            start, spans = len(text), []
            for i in range(self._random.randint(*_PASSAGE_SENTENCES)):
                text += " " if i else ""
                at = len(text)
                # Half of the time an article speaks of those it began with.
                known = cast if self._random.random() < 0.5 else {}
                text += self._filled("sentences", topic, known)
                spans.append(Span(at, len(text)))
            cuts.append(Cut(start, len(text), number, tuple(spans)))
        return MadeUp(title, text, tuple(cuts), self._filled("questions", topic, cast))

    def _filled(self, patterns: str, topic: str, known: dict[str, str]) -> str:
        filled = self._one_of(patterns).format(**{**self._facts(topic), **known})
        return filled[0].upper() + filled[1:]

    def _facts(self, topic: str) -> dict[str, str]:
        draw = self._random
        nouns = self._words["topics"][topic]
        weights = [1 / rank for rank in range(1, len(nouns) + 1)]
        noun, noun2 = draw.choices(nouns, weights, k=2)
        return {
            "noun": noun,
            "noun2": noun2,
            "past": self._one_of("verbs"),
            "org": f"{self._name('place_ends')} {self._one_of('bodies')}",
            "place": self._name("place_ends"),
            "person": f"{self._one_of('first_names')} {self._name('surname_ends')}",
            "person2": f"{self._one_of('first_names')} {self._name('surname_ends')}",
            "number": f"{draw.randint(11, 400) * 10 ** draw.randint(0, 3):,}",
            "small": str(draw.randint(2, 90)),
            "percent": str(draw.randint(2, 98)),
            "money": f"{draw.randint(1, 900)}.{draw.randint(0, 9)}",
            "distance": str(draw.randint(3, 800)),
            "day": str(draw.randint(1, 28)),
            "month": self._one_of("months"),
            "year": str(draw.randint(1950, 2026)),
        }

    def _name(self, ends: str) -> str:
        return "".join(map(self._one_of, ("name_starts", "name_middles", ends)))

    def _one_of(self, words: str) -> str:
        found: str = self._random.choice(self._words[words])
        return found
