from __future__ import annotations

import json
from pathlib import Path

import pytest

from retrieval.config import RetrievalSettings
from retrieval.evaluate import asked_about
from retrieval.evaluate.dataset import load

DATA = Path(__file__).parents[1] / "data"


def _write(path: Path, rows: list[dict[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    asked = [
        {"id": "1", "question": "Who restored the mill?", "answerable": True, "doc_id": "mill"},
        {"id": "2", "question": "Who bought the mill?", "answerable": False, "doc_id": "mill"},
    ]
    _write(tmp_path / "questions" / "queries.jsonl", asked)
    (tmp_path / "questions" / "qrels.tsv").write_text("1\tmill\t1\n", encoding="utf-8")
    return tmp_path / "questions"


def test_only_documents_that_are_asked_about_are_taken(tmp_path: Path, questions: Path) -> None:
    documents = [{"id": name, "title": name, "text": f"The {name}."} for name in ("tower", "mill")]
    _write(tmp_path / "corpus" / "corpus.jsonl", documents)
    out = tmp_path / "made" / "set"
    assert asked_about.main([str(questions), str(tmp_path / "corpus"), str(out)]) == 0
    data = load(out, RetrievalSettings(database=tmp_path / "library.db"))
    assert [each.external_id for each in data.documents] == ["mill"]
    assert [(q.own, q.answerable, dict(q.relevant)) for q in data.queries] == [
        ("mill", True, {"mill": 1.0}),
        ("mill", False, {}),
    ]


def test_a_missing_document_is_told_by_name(
    tmp_path: Path, questions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _write(tmp_path / "corpus" / "corpus.jsonl", [{"id": "tower", "title": "", "text": "Tall."}])
    out = tmp_path / "set"
    assert asked_about.main([str(questions), str(tmp_path / "corpus"), str(out)]) == 2
    assert "has no “mill”" in capsys.readouterr().err
    assert not out.exists()
    assert asked_about.main([]) == 2


@pytest.mark.parametrize(
    ("name", "questions", "told"),
    [
        ("near_misses", 546, 234),
        ("told_or_not", 263, 130),
        ("who_does", 239, 120),
        ("who_is", 223, 133),
    ],
)
def test_what_was_written_about_news_is_whole(name: str, questions: int, told: int) -> None:
    lines = (DATA / name / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert len({row["id"] for row in rows}) == len({row["question"] for row in rows}) == questions
    judged = {
        tuple(line.split("\t"))
        for line in (DATA / name / "qrels.tsv").read_text(encoding="utf-8").splitlines()
    }
    assert judged == {(row["id"], row["doc_id"], "1") for row in rows if row["answerable"]}
    assert len(judged) == told
