"""The seed questions: fair, checkable, and about the article beside them."""

from pathlib import Path

import pytest

from retrieval.config import RetrievalSettings
from retrieval.evaluate.dataset import DataSet, Query, load
from retrieval.evaluate.wording import mentions

SEEDS = Path(__file__).parents[2] / "seeds"


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> DataSet:
    folder = tmp_path_factory.mktemp("seeds")
    settings = RetrievalSettings(database=folder / "library.db", cache=folder / "cache")
    return load(SEEDS, settings)


def answered_by(seeds: DataSet, figure: str) -> list[Query]:
    return [q for q in seeds.queries if figure in q.answers]


def test_there_are_enough_questions_of_both_kinds(seeds: DataSet) -> None:
    assert len(seeds.queries) >= 34
    assert sum(q.answerable is False for q in seeds.queries) >= 12
    assert all(q.answerable is not None and q.type for q in seeds.queries)


def test_every_answerable_question_has_its_sentence_in_the_article_once(seeds: DataSet) -> None:
    text = seeds.documents[0].text
    for query in seeds.queries:
        assert bool(query.gold) is query.answerable
        for gold in query.gold:
            assert text.count(text[gold.start : gold.end]) == 1


def test_every_short_answer_stands_in_an_expected_sentence(seeds: DataSet) -> None:
    text = seeds.documents[0].text
    for query in seeds.queries:
        sentences = [text[gold.start : gold.end] for gold in query.gold]
        for answer in query.answers:
            assert any(answer in sentence for sentence in sentences), query.id
        assert bool(query.answers) is any(mentions(s, query.answers) for s in sentences), query.id


def test_what_cannot_be_answered_has_no_answer(seeds: DataSet) -> None:
    for query in seeds.queries:
        if not query.answerable:
            assert not query.answers
            assert not query.relevant


def test_the_two_counts_of_troops_are_asked_in_many_words(seeds: DataSet) -> None:
    text = seeds.documents[0].text
    deployed, drill = answered_by(seeds, "150,000"), answered_by(seeds, "1,100")
    assert len(deployed) >= 8
    assert len(drill) >= 4
    assert "How many troops did China deploy?" in {q.question for q in deployed}
    assert "how many troops took part in the drill?" in {q.question for q in drill}
    for queries, figure in ((deployed, "150,000"), (drill, "1,100")):
        for query in queries:
            assert all(figure in text[gold.start : gold.end] for gold in query.gold)


def test_no_question_comes_twice(seeds: DataSet) -> None:
    questions = [q.question for q in seeds.queries]
    assert len(questions) == len(set(questions))
