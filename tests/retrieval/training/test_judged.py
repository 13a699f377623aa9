from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

from retrieval.confidence import WEIGHTS
from retrieval.config import RetrievalSettings
from retrieval.training import fit, judged
from retrieval.training.judged import Judged, Seen

DOCUMENTS = {
    "bridge": ("The bridge", "The iron bridge over the Aller was built by Anna Berg in 1931."),
    "mill": ("The mill", "The old mill on the Oker was restored by Jonas Lind in 1987."),
    "tower": ("The tower", "In 1931 lightning struck the tower of the church twice."),
}
QUESTIONS = [
    ("built", "Who built the iron bridge over the Aller?", "Anna Berg", "bridge"),
    ("when", "When was the iron bridge over the Aller built?", "1931", "bridge"),
    ("mill", "Who restored the mill on the Oker?", "Jonas Lind", "mill"),
]


def _asked(tmp_path: Path, *, reader: bool = True) -> list[Judged]:
    folder = tmp_path / "set"
    folder.mkdir()
    corpus = [{"id": key, "title": t, "text": text} for key, (t, text) in DOCUMENTS.items()]
    queries = [
        {"id": key, "question": question, "answers": [answer], "answerable": True}
        for key, question, answer, _ in QUESTIONS
    ]
    for name, rows in (("corpus", corpus), ("queries", queries)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "qrels.tsv").write_text("".join(f"{q[0]}\t{q[3]}\t1\n" for q in QUESTIONS))
    settings = RetrievalSettings(database=tmp_path / "library.db", reader=reader)

    async def ask() -> list[Judged]:
        return [each async for each in judged.judge(folder, settings, questions=9, seed=1)]

    return asyncio.run(ask())


def test_questions_are_asked_as_they_are_without_their_article_and_made_to_mislead(
    tmp_path: Path,
) -> None:
    asked = _asked(tmp_path)
    ways = {(each.id, each.how): each for each in asked}
    for key, *_ in QUESTIONS:
        assert [seen.right for seen in ways[key, "whole"].passages].count(True) == 1
        assert ways[key, "whole"].passages[0].right
        for how in ("unanswered", "misled"):
            assert not any(seen.right for seen in ways[key, how].passages)
    named, misled = (
        ways["built", how].passages[0].evidence["unnamed"] for how in ("whole", "misled")
    )
    assert named < misled


def test_a_passage_with_the_words_of_the_answer_is_doubtful_and_counts_for_nothing(
    tmp_path: Path,
) -> None:
    asked = _asked(tmp_path)
    [when] = [each for each in asked if (each.id, each.how) == ("when", "unanswered")]
    assert [seen.doubtful for seen in when.passages].count(True) == 1  # the tower's 1931
    [who] = [each for each in asked if (each.id, each.how) == ("built", "unanswered")]
    assert not any(seen.doubtful for seen in who.passages)
    kept = tmp_path / "kept.jsonl"
    judged.write(kept, asked)
    assert judged.read(kept) == asked
    known = [each for each in asked if not fit.first(each)[0].doubtful]
    assert fit.confidence_rule({"set": asked})[1] == fit.confidence_rule({"set": known})[1]


def test_without_the_reader_confidence_is_fitted_on_what_ranking_found(tmp_path: Path) -> None:
    asked = _asked(tmp_path, reader=False)
    assert not any("relevance" in seen.evidence for each in asked for seen in each.passages)
    assert fit.confidence_rule({"set": asked})[1].keys() == WEIGHTS.keys()
    for each in asked:
        assert fit.first(each)[0].score == max(seen.score for seen in each.passages)


def test_the_weight_of_relevance_decides_which_passage_is_first() -> None:
    evidence = {"relevance": 0.0, "margin": 0.0}
    told = Seen(right=False, doubtful=False, score=3.0, evidence=evidence)
    passages = (
        told,
        Seen(right=True, doubtful=False, score=2.5, evidence=evidence | {"relevance": 1.5}),
        Seen(right=False, doubtful=True, score=9.0, evidence=evidence | {"relevance": 8.0}),
    )
    asked = [Judged("set", "a", "whole", passages), Judged("set", "b", "whole", (told,))]
    assert fit.right_first(asked, 0.1) == 0.0
    assert fit.right_first(asked, 0.6) == 1.0
    # However sure it is, 1 counts for all.
    sure = replace(passages[1], score=1.9, evidence=evidence | {"relevance": 8.0})
    assert fit.first(replace(asked[0], passages=(told, sure)), 0.5)[0] is told
