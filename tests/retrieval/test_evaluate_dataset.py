"""Data sets: both forms are read whole, and whatever is broken is said with file and line."""

import json
from pathlib import Path

import pytest

from retrieval.config import RetrievalSettings
from retrieval.errors import DataSetError
from retrieval.evaluate.dataset import GoldSpan, load

CORPUS = [
    {"id": "d1", "title": "Bees", "text": "Bees make honey. They live in hives.", "url": "https://x.org/b"},
    {"id": 2, "title": "", "text": "Cows make milk.", "kind": "positive"},
    {"id": "d3", "title": "Bees", "text": "Bees make wax alone.", "kind": "positive_wrong"},
]  # fmt: skip
QUERIES = [
    {"id": "q1", "question": "What do bees make?", "answerable": True, "answers": ["honey"],
     "doc_id": "d1", "spans": [{"text": "honey", "start": 10}], "type": "extractive"},
    {"id": "q2", "question": "Where do bees live?", "answerable": True,
     "evidence": ["They live  in\u00a0hives."]},
    {"id": "q3", "question": "Who keeps bees?", "answerable": False, "doc_id": "d1"},
    {"id": "q4", "question": "What do cows make?"},
]  # fmt: skip
QRELS = "query\tdocument\tgrade\nq1\td1\t1\nq2\td1\t2\nq4\t2\t1\nq4\td1\t0\nq1\td3\t1\n"


def write_jsonl(path: Path, rows: list[dict[str, object]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "farm"
    made.mkdir()
    write_jsonl(made / "corpus.jsonl", CORPUS)
    write_jsonl(made / "queries.jsonl", QUERIES)
    (made / "qrels.tsv").write_text(QRELS, encoding="utf-8")
    return made


@pytest.fixture
def settings(tmp_path: Path) -> RetrievalSettings:
    return RetrievalSettings(database=tmp_path / "library.db", cache=tmp_path / "cache")


def test_a_corpus_is_read_with_its_judgements(folder: Path, settings: RetrievalSettings) -> None:
    data = load(folder, settings)
    assert data.name == "farm"
    assert [(a.external_id, a.title, a.url) for a in data.documents] == [
        ("d1", "Bees", "https://x.org/b"),
        ("2", "", None),
    ]
    assert data.left_out == 1
    q1, q2, q3, q4 = data.queries
    assert dict(q1.relevant) == {"d1": 1}
    assert q1.gold == (GoldSpan("d1", 10, 15),)
    assert (q1.answers, q1.type, q1.answerable) == (("honey",), "extractive", True)
    assert dict(q2.relevant) == {"d1": 2}
    assert data.documents[0].text[slice(*q2.gold[0][1:])] == "They live in hives."
    assert not q3.relevant
    assert (q4.answerable, dict(q4.relevant)) == (None, {"2": 1})


def test_only_judged_and_answerable_queries_count_in_ranking(
    folder: Path, settings: RetrievalSettings
) -> None:
    assert [q.ranked for q in load(folder, settings).queries] == [True, True, False, True]


def test_the_digest_is_of_the_documents_alone(folder: Path, settings: RetrievalSettings) -> None:
    before = load(folder, settings).digest()
    write_jsonl(folder / "queries.jsonl", QUERIES[:3])
    (folder / "qrels.tsv").write_text("q1\td1\t1\nq2\td1\t1\n", encoding="utf-8")
    assert load(folder, settings).digest() == before
    write_jsonl(folder / "corpus.jsonl", [{**CORPUS[0], "title": "Hives"}, *CORPUS[1:]])
    assert load(folder, settings).digest() != before


@pytest.mark.parametrize(
    ("name", "line", "said"),
    [
        ("corpus.jsonl", "{not json", "line 4 is not JSON"),
        ("corpus.jsonl", "[1]", "line 4: there must be an object"),
        ("corpus.jsonl", '{"id": "d1", "text": "again"}', "already given on line 1"),
        ("corpus.jsonl", '{"id": "d4", "text": "  "}', "“text” must be a text that is not empty"),
        ("corpus.jsonl", '{"text": "nameless"}', "“id” must be a text"),
        ("corpus.jsonl", '{"id": true, "text": "odd"}', "“id” must be a text"),
        ("corpus.jsonl", '{"id": "d4", "title": 3, "text": "x"}', "“title” must be a text"),
        ("queries.jsonl", '{"id": "q5"}', "“question” must be a text"),
        ("queries.jsonl", '{"id": "q5", "question": "?", "answers": "x"}', "list of texts"),
        ("queries.jsonl", '{"id": "q5", "question": "?", "answerable": "no"}', "true or false"),
        ("queries.jsonl", '{"id": "q5", "question": "?", "spans": [1]}', "list of objects"),
        (
            "queries.jsonl",
            '{"id": "q5", "question": "?", "doc_id": "d1", "spans": [{"text": "x", "start": -1}]}',
            "whole number",
        ),
        (
            "queries.jsonl",
            '{"id": "q5", "question": "?", "doc_id": "d1", "spans": [{"text": "x", "start": 0}]}',
            "“x” does not stand at 0",
        ),
        (
            "queries.jsonl",
            '{"id": "q5", "question": "?", "doc_id": "d9", "spans": [{"text": "x", "start": 0}]}',
            "no document “d9”",
        ),
        ("qrels.tsv", "q1 d1 1", "line 7: there must be question, document and grade"),
        ("qrels.tsv", "q1\td1\tgood", "line 7: “good” is no grade"),
        ("qrels.tsv", "q9\td1\t1", "line 7: there is no question “q9”"),
        ("qrels.tsv", "q1\td9\t1", "line 7: there is no document “d9”"),
    ],
)
def test_a_broken_line_is_named(
    folder: Path, settings: RetrievalSettings, name: str, line: str, said: str
) -> None:
    with (folder / name).open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    with pytest.raises(DataSetError) as caught:
        load(folder, settings)
    assert said in str(caught.value)
    assert name in str(caught.value)


def test_evidence_must_stand_in_a_relevant_document(
    folder: Path, settings: RetrievalSettings
) -> None:
    (folder / "qrels.tsv").write_text("q2\t2\t1\n", encoding="utf-8")
    with pytest.raises(DataSetError, match=r"line 2: the evidence .* no relevant document"):
        load(folder, settings)


@pytest.mark.parametrize("name", ["queries.jsonl", "qrels.tsv"])
def test_a_missing_file_is_named(folder: Path, settings: RetrievalSettings, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(DataSetError, match=f"no {name}"):
        load(folder, settings)


@pytest.mark.parametrize("name", ["corpus.jsonl", "queries.jsonl"])
def test_an_empty_file_is_named(folder: Path, settings: RetrievalSettings, name: str) -> None:
    (folder / name).write_text("\n", encoding="utf-8")
    with pytest.raises(DataSetError, match=f"{name} holds no"):
        load(folder, settings)


def test_what_is_not_utf8_is_said(folder: Path, settings: RetrievalSettings) -> None:
    (folder / "corpus.jsonl").write_bytes(b'{"id": "d1", "text": "caf\xe9"}\n')
    with pytest.raises(DataSetError, match="not UTF-8"):
        load(folder, settings)


def test_a_folder_with_neither_form_is_said(tmp_path: Path, settings: RetrievalSettings) -> None:
    with pytest.raises(DataSetError, match="neither"):
        load(tmp_path, settings)
    with pytest.raises(DataSetError, match="not a folder"):
        load(tmp_path / "nowhere", settings)


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    made = tmp_path / "press"
    made.mkdir()
    (made / "one.txt").write_text("Honey Prices Rise\n\nHoney costs nine euros.\n", "utf-8")
    (made / "two.txt").write_text("Milk Prices Fall\n\nMilk costs one euro.\n", "utf-8")
    questions = [
        {"id": "a", "question": "What does honey cost?", "answerable": True,
         "evidence": ["Honey costs nine euros."], "answers": ["nine euros"]},
        {"id": "b", "question": "What does bread cost?", "answerable": False},
    ]  # fmt: skip
    write_jsonl(made / "questions.jsonl", questions)
    return made


def test_articles_with_questions_beside_them_are_a_data_set(
    articles: Path, settings: RetrievalSettings
) -> None:
    data = load(articles, settings)
    assert [a.external_id for a in data.documents] == ["one.txt", "two.txt"]
    a, b = data.queries
    assert dict(a.relevant) == {"one.txt": 1}
    assert data.documents[0].text[slice(*a.gold[0][1:])] == "Honey costs nine euros."
    assert not b.relevant


def test_the_same_articles_elsewhere_are_the_same_documents(
    articles: Path, settings: RetrievalSettings, tmp_path: Path
) -> None:
    before = load(articles, settings).digest()
    moved = articles.rename(tmp_path / "moved")
    assert load(moved, settings).digest() == before


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"evidence": ["Wine costs more."]}, "stands in none of the articles"),
        ({"answerable": True}, "needs the sentence that answers it"),
    ],
)
def test_a_question_must_have_its_sentence_in_the_articles(
    articles: Path, settings: RetrievalSettings, row: dict[str, object], said: str
) -> None:
    write_jsonl(articles / "questions.jsonl", [{"id": "a", "question": "Why?", **row}])
    with pytest.raises(DataSetError, match=f"line 1: .*{said}"):
        load(articles, settings)


def test_an_article_that_cannot_be_read_stops_the_evaluation(
    articles: Path, settings: RetrievalSettings
) -> None:
    (articles / "three.txt").write_text("", "utf-8")
    with pytest.raises(DataSetError, match=r"cannot all be read: .*three\.txt"):
        load(articles, settings)


def test_questions_without_articles_are_said(tmp_path: Path, settings: RetrievalSettings) -> None:
    write_jsonl(tmp_path / "questions.jsonl", [{"id": "a", "question": "Why?"}])
    with pytest.raises(DataSetError):
        load(tmp_path, settings)
