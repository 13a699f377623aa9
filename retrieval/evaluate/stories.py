"""How well copies of a story are told from other articles: `python -m retrieval.evaluate.stories`.

Takes a folder with a `corpus.jsonl`, makes copies of some of its articles (sentences dropped,
swapped, edited; the lead rewritten under another headline, another article's sentences behind) and
judges all pairs of articles and copies, once as adding does, by shared keys and then by the pairs
themselves, and once without the keys. Articles of the very same text are true pairs as well. Pairs
of two articles that are not are counted as false, although some are the same story rewritten, with
text differing by a comma.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from retrieval import analysis
from retrieval.evaluate.dataset import CORPUS
from retrieval.evaluate.jsonl import unique_rows
from retrieval.sentences import sentence_spans
from retrieval.similarity import SHARED_KEYS, keys, likeness, pairs

COPIED = 300
"""Articles that copies are made of."""
HEADLINE_WORDS = 8
"""Words of another article's first sentence that stand above a copy as its headline."""


@dataclass(frozen=True, slots=True)
class Telling:
    """An article, or a copy made of one."""

    story: int
    """Number of the first article of its very text."""
    kind: str
    """How the copy was made; "article" for what none is."""
    pairs: frozenset[str]
    keys: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """What judging all pairs came to."""

    pairs: int
    true: int
    found: int
    """True pairs said to be copies."""
    false: int
    """Other pairs said to be copies."""

    @property
    def recall(self) -> float:
        """Share of the true pairs that are found."""
        return self.found / self.true if self.true else 1.0

    @property
    def precision(self) -> float:
        """Share of the pairs found that are true."""
        said = self.found + self.false
        return self.found / said if said else 1.0

    @property
    def false_per_1000(self) -> float:
        """Pairs wrongly said to be copies, of a thousand that are none."""
        others = self.pairs - self.true
        return 1e3 * self.false / others if others else 0.0


def tellings(texts: Sequence[str], *, copied: int = COPIED, seed: int = 0) -> list[Telling]:
    """The articles, and copies made of `copied` of them."""
    chance = random.Random(seed)
    first: dict[str, int] = {}
    made = [
        _telling(first.setdefault(text, number), "article", text)
        for number, text in enumerate(texts)
    ]
    words = [word for text in texts[:200] for word in text.split()]
    stories = sorted(first.values())
    for number in chance.sample(stories, min(copied, len(stories))):
        others = [each for each in stories if each != number]
        other = _sentences(texts[chance.choice(others or [number])])
        for kind, sentences in _copies(_sentences(texts[number]), other, words, chance):
            made.append(_telling(number, kind, " ".join(sentences)))
    return made


def judge(of: Sequence[Telling], *, by_keys: bool = True) -> tuple[Judged, dict[str, float]]:
    """All pairs judged; and of each kind of copy the share recognised as a copy of its article."""
    true = {
        pair
        for members in _grouped((one.story, n) for n, one in enumerate(of)).values()
        for pair in combinations(members, 2)
    }
    said = {
        (a, b)
        for a, b in (_sharing_keys(of) if by_keys else _sharing_pairs(of))
        if likeness(of[a].pairs, of[b].pairs).copies
    }
    total = len(of) * (len(of) - 1) // 2
    result = Judged(total, len(true), len(true & said), len(said - true))
    made, found = Counter[str](), Counter[str]()
    for a, b in true:
        if of[a].kind == "article":
            made[of[b].kind] += 1
            found[of[b].kind] += (a, b) in said
    return result, {kind: found[kind] / made[kind] for kind in sorted(made)}


def _telling(story: int, kind: str, text: str) -> Telling:
    of = pairs([" ".join(analysis.terms(text))])
    return Telling(story, kind, of, keys(of))


def _sentences(text: str) -> list[str]:
    return [text[span.start : span.end] for span in sentence_spans(text)]


def _copies(
    own: Sequence[str], other: Sequence[str], words: Sequence[str], chance: random.Random
) -> Iterator[tuple[str, Sequence[str]]]:
    """Each kind of copy of an article, as its sentences."""

    def dropped(share: float, of: Sequence[str] = own) -> Sequence[str]:
        return [each for each in of if chance.random() >= share] or of[:1]

    def edited(sentence: str) -> str:
        return " ".join(
            chance.choice(words) if chance.random() < 0.05 else word
            for word in sentence.split()
            if chance.random() >= 0.03
        )

    swapped = list(own)
    for at in range(0, len(own) - 1, 3):
        swapped[at], swapped[at + 1] = swapped[at + 1], swapped[at]
    yield "1 in 10 dropped", dropped(0.1)
    yield "3 in 10 dropped", dropped(0.3)
    yield "half dropped", dropped(0.5)
    yield "first half", own[: max(1, len(own) // 2)]
    yield "neighbours swapped", swapped
    yield "swapped, 3 in 10 dropped", dropped(0.3, swapped)
    yield "shuffled", chance.sample(own, len(own))
    yield "8 in 100 words edited", [edited(sentence) for sentence in own]
    yield "rewritten lead", _under_another_headline(own, other)
    yield "quarter added", [*own, *other[: max(1, len(own) // 4)]]


def _under_another_headline(own: Sequence[str], other: Sequence[str]) -> Sequence[str]:
    """An article as another desk prints it: a headline that it does not have, and its first two
    sentences told in one, the second's words before half of the first's."""
    headline = " ".join(" ".join(other[:1]).split()[:HEADLINE_WORDS])
    first, second = own[0].split(), " ".join(own[1:2]).rstrip(".!? ")
    kept = " ".join(first[: (len(first) + 1) // 2])
    return [headline, f"{second}, {kept}." if second else f"{kept}.", *own[2:]]


def _sharing_keys(of: Sequence[Telling]) -> Iterator[tuple[int, int]]:
    return _sharing(((key, n) for n, one in enumerate(of) for key in one.keys), SHARED_KEYS)


def _sharing_pairs(of: Sequence[Telling]) -> Iterator[tuple[int, int]]:
    return _sharing(((pair, n) for n, one in enumerate(of) for pair in one.pairs), 1)


def _sharing(marked: Iterable[tuple[object, int]], least: int) -> Iterator[tuple[int, int]]:
    """Pairs of numbers with at least so many marks in common."""
    groups = _grouped(marked).values()
    counts = Counter(pair for members in groups for pair in combinations(members, 2))
    return (pair for pair, count in counts.items() if count >= least)


def _grouped(marked: Iterable[tuple[object, int]]) -> dict[object, list[int]]:
    groups: dict[object, list[int]] = defaultdict(list)
    for mark, number in marked:
        groups[mark].append(number)
    return groups


def main() -> None:
    """Print the figures of a folder, one JSON object."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("folder", type=Path, help="holds a corpus.jsonl")
    parser.add_argument("--copied", type=int, default=COPIED, help="articles to make copies of")
    parser.add_argument("--without-keys", action="store_true", help="compare all pairs, slowly")
    given = parser.parse_args()
    started = time.monotonic()
    texts = [row.text("text") for row in unique_rows(given.folder / CORPUS).values()]
    made = tellings(texts, copied=given.copied)
    result, by_kind = judge(made, by_keys=not given.without_keys)
    articles, _ = judge([one for one in made if one.kind == "article"])
    figures = {
        "articles": len(texts),
        "copies": len(made) - len(texts),
        "pairs": result.pairs,
        "recall": round(result.recall, 4),
        "precision": round(result.precision, 4),
        "false_per_1000": round(result.false_per_1000, 5),
        "of_articles_alone": {
            "same_text": articles.true,
            "found": articles.found,
            "false": articles.false,
            "false_per_1000": round(articles.false_per_1000, 5),
        },
        "recall_by_copy": {kind: round(share, 4) for kind, share in by_kind.items()},
        "seconds": round(time.monotonic() - started, 1),
    }
    print(json.dumps(figures, indent=2))  # noqa: T201  # a command's result


if __name__ == "__main__":
    main()
