from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from retrieval.training.examples import MISLED, OTHER, Examples, Group, Shares
from retrieval.training.rows import Row, TrainingDataError, digests, read_rows

from .rows import write_rows


def _groups(
    rows: Mapping[str, Sequence[Row]],
    *,
    seed: int = 3,
    epoch: int = 0,
    other: float = OTHER,
    misled: float = MISLED,
    emptied: float = 0.0,
    reworded: float = 0.0,
    close: float = 0.0,
) -> list[Group]:
    shares = Shares(other, misled, emptied, reworded, close)
    return [drawn.group for drawn in Examples(rows, seed=seed, shares=shares).epoch(epoch)]


def test_what_people_answered_stands_where_the_example_says(tmp_path: Path) -> None:
    found = _groups(read_rows(write_rows(tmp_path)))
    assert len(found) == 12
    answered = [group[0] for group in found if group[0].answers]
    assert len(answered) == 6
    assert all(e.passage[a:b].startswith("18") for e in answered for a, b in e.answers)


def test_the_other_passage_never_says_the_answer(tmp_path: Path) -> None:
    groups = _groups(read_rows(write_rows(tmp_path)), other=1.0, misled=0.0)
    assert {len(group) for group in groups} == {1, 3}
    for first, *others in groups:
        for other in others:
            assert not other.answers
            assert first.passage[slice(*first.answers[0])] not in other.passage


def test_what_is_emptied_says_no_answer(tmp_path: Path) -> None:
    groups = _groups(read_rows(write_rows(tmp_path)), other=0.0, misled=0.0, emptied=1.0)
    emptied = [group for group in groups if len(group) > 1]
    assert len(emptied) == 6
    for found, other in emptied:
        assert not other.answers
        assert other.question == found.question
        assert found.passage[slice(*found.answers[0])] not in other.passage
        assert " was built by local masons." in other.passage  # only the phrase is gone


def test_of_some_texts_only_the_sentence_that_answers_is_read(tmp_path: Path) -> None:
    groups = _groups(read_rows(write_rows(tmp_path)), close=1.0, other=0.0, misled=0.0)
    answered = [group[0] for group in groups if group[0].answers]
    assert len(answered) == 6
    shown = {example.passage.count(". ") for example in answered}
    assert shown == {0, 1}, "the sentence alone, and with the one before"
    for example in answered:
        assert example.passage[slice(*example.answers[0])].startswith("18")


def test_near_misses_are_candidates_beside_what_is_learnt_from(tmp_path: Path) -> None:
    rows = read_rows(write_rows(tmp_path))
    shares = Shares(other=0.0, misled=0.0, emptied=0.0, near=1.0)
    for source, group, candidates in Examples(rows, seed=3, shares=shares).epoch(0):
        assert source == "squad_dev_half"
        if not group[0].answers:
            assert candidates == ()
            continue
        asked = {each.question for each in candidates}
        assert len(asked) == len(candidates) >= 2
        assert f"Who is the mayor of {group[0].title}?" in asked  # asked of this text in vain
        assert all(
            each == replace(group[0], question=each.question, answers=()) for each in candidates
        )


def test_a_question_may_be_asked_in_other_words(tmp_path: Path) -> None:
    rows = read_rows(write_rows(tmp_path))
    asked = {group[0].question for group in _groups(rows, reworded=1.0)}
    plain = {group[0].question for group in _groups(rows)}
    assert not asked & plain  # "At what time was …", "Which person is …"
    assert {question[-15:] for question in asked} == {question[-15:] for question in plain}


def test_a_question_that_misleads_asks_about_what_the_passage_has(tmp_path: Path) -> None:
    context = (
        "In 1801 the masons of Lindau built a bridge. It was paid for by the Duke of Harlow, "
        "and mended by Anna Berg in 1844."
    )
    row = {"dataset": "squad_dev_half", "title": "", "context": context}
    lines = [
        row | {"question": question, "answers": [{"text": text, "start": context.index(text)}]}
        for question, text in (
            ("Who mended the bridge in 1844?", "Anna Berg"),
            ("What did the masons of Lindau build?", "a bridge"),
            ("who paid?", "the Duke of Harlow"),
        )
    ]
    with gzip.open(tmp_path / "squad_dev_half.jsonl.gz", "wt") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)
    rows = read_rows(tmp_path)
    groups = [
        group for epoch in range(5) for group in _groups(rows, epoch=epoch, misled=1.0, other=0.0)
    ]
    asked: dict[str, set[str]] = {first.question: set() for first, *_ in groups}
    for first, *others in groups:
        assert first.answers
        for other in others:
            assert other.passage == first.passage
            assert not other.answers
            asked[first.question].add(other.question)
    # Not by the year or the name that answers, and only by something of its kind.
    assert asked["Who mended the bridge in 1844?"] == {"Who mended the bridge in 1801?"}
    assert asked["What did the masons of Lindau build?"] <= {
        f"What did the masons of {name} build?" for name in ("Duke", "Harlow", "Anna Berg")
    }
    assert asked["What did the masons of Lindau build?"]
    assert not asked["who paid?"]
    assert all(len(group) == 1 for group in _groups(rows, other=0.0, misled=0.0))


def test_the_same_seed_gives_the_same_examples(tmp_path: Path) -> None:
    rows = read_rows(write_rows(tmp_path))
    one, same, other = (_groups(rows, seed=seed) for seed in (3, 3, 4))
    assert one == same
    assert one != other


def test_an_answer_that_is_not_where_it_is_said_to_be_is_refused(tmp_path: Path) -> None:
    row = {
        "dataset": "x",
        "question": "?",
        "context": "abc",
        "answers": [{"text": "b", "start": 0}],
    }
    with gzip.open(tmp_path / "x.jsonl.gz", "wt") as file:
        file.write(json.dumps(row))
    with pytest.raises(TrainingDataError, match="not where"):
        read_rows(tmp_path)


def test_a_folder_without_data_is_told(tmp_path: Path) -> None:
    with pytest.raises(TrainingDataError, match=r"no \.jsonl\.gz"):
        read_rows(tmp_path)
    assert digests(tmp_path) == {}
