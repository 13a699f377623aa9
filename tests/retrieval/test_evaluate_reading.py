from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from retrieval.errors import DataSetError
from retrieval.evaluate.answering import Decision, refused_while_answering
from retrieval.evaluate.reading import read
from retrieval.evaluate.withheld import article_of
from retrieval.reading.protocol import Finding, ReadingText
from retrieval.types import Article, Span

from .evaluation import small_set


class WordReader:
    """Its answer is the first word of the passage that the question does not have; its relevance
    the number of words that both have."""

    name = "words"

    def read(self, question: str, passages: Sequence[ReadingText]) -> list[Finding]:
        return [self._finding(question.lower().split(), passage.text) for passage in passages]

    def closer(self, question: str, passage: ReadingText, found: Finding) -> Finding:
        return found

    def _finding(self, asked: list[str], text: str) -> Finding:
        words = text.lower().replace(".", "").split()
        new = next(word for word in words if word not in asked)
        at = text.lower().index(new)
        return Finding(len(set(asked) & set(words)), Span(at, at + len(new)), 1.0, 1.0)


def test_each_question_is_read_in_its_own_passage() -> None:
    data = small_set()
    trained = {"right": True, "wrong": False}
    own = {"right": "bees", "wrong": "bees", "lured": "cows"}
    queries = tuple(replace(q, own=own.get(q.id), trained=trained.get(q.id)) for q in data.queries)
    report = read(replace(data, queries=queries), WordReader())
    assert report.questions == 3
    # "What bees make honey" has bees, make, honey: the first new word is "live". "cows make wax"
    # leaves "bees". Neither is "honey".
    assert report.metrics["span_f1"].value == 0.0
    assert report.metrics["span_em"].queries == 2
    assert report.metrics["span_em (article in training)"].queries == 1
    assert report.metrics["span_em (article not in training)"].queries == 1
    # Relevance 3 and 1 of those that can be answered, 1 of "Do robots live forever" with the cows.
    assert report.auroc == 0.75


def test_a_set_that_names_no_passages_is_refused() -> None:
    with pytest.raises(DataSetError, match="which passage"):
        read(small_set(), WordReader())


def test_refusing_is_measured_where_nine_in_ten_are_answered() -> None:
    answerable = [Decision(True, True, True, n / 10) for n in range(1, 11)]
    others = [Decision(False, True, False, confidence) for confidence in (0.0, 0.15, 0.25, 0.95)]
    # One of ten may be refused: the threshold is .2, below which two of the four others are.
    assert refused_while_answering(answerable + others, 0.9) == 0.5
    assert refused_while_answering(answerable, 0.9) is None


def test_an_article_is_all_documents_of_its_title() -> None:
    names = {"a1": "A", "a2": "A", "b": "B", "c1": "", "c2": ""}
    documents = tuple(Article("text", title, key, external_id=key) for key, title in names.items())
    data = replace(small_set(), documents=documents)
    assert article_of({"a1": 1.0}, data) == {"a1", "a2"}
    assert article_of({"c1": 1.0}, data) == {"c1"}, "no title is not a title in common"
