"""A small data set, a searcher and an embedder, whose every figure can be worked out by hand."""

import re
from collections.abc import Sequence

import numpy as np

from retrieval.embedding.protocol import Embedded, EmbeddedQuery, PassageText, Vector
from retrieval.evaluate.dataset import DataSet, GoldSpan, Query
from retrieval.evaluate.outcomes import Found, Reply
from retrieval.types import Article

TEXTS = {
    "bees": "Bees make honey. Bees live in hives.",
    "cows": "Cows make milk. Cows live in barns.",
    "script": "Robots make <script>alert(1)</script> & trouble. Robots live in \"quotes\".",
}  # fmt: skip


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


class WordSearcher:
    """Each sentence is a passage, scored by the share of the question's words that it holds.

    It answers from one half up. Its confidence is the score.
    """

    def __init__(self, documents: Sequence[Article]) -> None:
        self._passages = [
            Found(str(a.external_id), m.group(), m.start(), m.end(), 0.0)
            for a in documents
            for m in re.finditer(r"[^.]+\.", a.text)
        ]

    async def search(self, question: str, *, limit: int) -> Sequence[Found]:
        asked = words(question)
        scored = [
            Found(p.document, p.text, p.start, p.end, len(asked & words(p.text)) / len(asked))
            for p in self._passages
        ]
        return sorted((p for p in scored if p.score), key=lambda p: -p.score)[:limit]

    async def ask(self, question: str) -> Reply:
        found = await self.search(question, limit=1)
        if not found:
            return Reply(answered=False, confidence=0.0)
        best = found[0]
        answered = best.score >= 0.5
        return Reply(
            answered,
            best.score,
            passage=best,
            sentence=best,
            answer=best.text if answered else None,
        )


def small_set() -> DataSet:
    documents = tuple(
        Article(text=text, title=name, identity=name, external_id=name)
        for name, text in TEXTS.items()
    )
    honey = TEXTS["bees"].index("honey")
    queries = (
        # Two of four words in the right sentence: right, answered.
        Query("right", "What bees make honey", {"bees": 1}, True, ("honey",),
              (GoldSpan("bees", honey, honey + 5),)),
        # The cows' sentence has two of the words, the bees' one: wrong first passage.
        Query("wrong", "cows make wax <b>", {"bees": 1}, True, ("honey",),
              (GoldSpan("bees", honey, honey + 5),)),
        # Nothing answers it; "robots live" is half of it: answered all the same.
        Query("lured", "Do robots live forever", {}, False),
        # Nothing answers it and nothing is found.
        Query("refused", "Quantum chromodynamics?", {}, False),
        # Nobody says whether it can be answered; only the ranking counts.
        Query("ranked", "cows barns", {"cows": 1}),
    )  # fmt: skip
    return DataSet("small", documents, queries)


class LetterEmbedder:
    """Counts letters: a vector of 26 that anyone can work out. Remembers how much it was given."""

    dimension = 26
    max_tokens = 200

    def __init__(self, name: str = "letters") -> None:
        self.name = name
        self.embedded = 0

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def passages(self, texts: Sequence[PassageText]) -> Embedded:
        self.embedded += len(texts)
        vectors = np.stack([self.vector(passage.text) for passage in texts])
        sentences = [
            np.array([self.vector(p.text[s.start : s.end]) for s in p.sentences]).reshape(-1, 26)
            for p in texts
        ]
        return Embedded(vectors, sentences, [None] * len(texts))

    def query(self, text: str) -> EmbeddedQuery:
        return EmbeddedQuery(self.vector(text), None, np.zeros(0, np.int64))

    def vector(self, text: str) -> Vector:
        counts = np.array([text.lower().count(chr(97 + i)) for i in range(26)], np.float32)
        return counts / np.float32(np.linalg.norm(counts) or 1)
