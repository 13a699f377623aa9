from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from retrieval.training.projection import (
    Encoder,
    Matching,
    Material,
    Question,
    material,
    train,
)

from .rows import write_rows


def made_up(seed: int) -> Material:
    """Passages one of whose tokens tells the subject; the others, far longer, tell nothing."""
    random = np.random.default_rng(seed)
    subjects = random.standard_normal((12, 8)).astype(np.float32)

    def tokens(subject: int) -> np.ndarray:
        noise = 3 * random.standard_normal((6, 16)).astype(np.float32)
        noise[:, :8] = 0
        noise[0] /= 6
        noise[0, :8] = subjects[subject]
        return noise

    passages = [tokens(n) for n in range(12)]
    shares = np.array([1, 0, 0, 0, 0, 0], np.float32)
    questions = [Question(tokens(n), shares, n) for n in range(12)]
    return Material(questions, passages, [[(n + 1) % 12, (n + 2) % 12] for n in range(12)])


def right(network: Matching, found: Material) -> int:
    with torch.no_grad():
        logits = network(found.questions, found.passages)
    return int(sum(logits.argmax(1).numpy() == [q.passage for q in found.questions]))


def test_it_learns_what_tells_questions_and_passages_apart() -> None:
    found = made_up(1)
    before = train(found, steps=1, width=4, seed=1)
    after = train(found, steps=150, width=4, seed=1)
    assert right(after, found) > right(before, found) + 2


def test_the_same_seed_learns_the_same() -> None:
    one, two = (train(made_up(1), steps=5, width=4, seed=3) for _ in range(2))
    assert torch.equal(one.directions, two.directions)


def test_questions_are_matched_with_their_own_passages(tmp_path: Path) -> None:
    found = material(write_rows(tmp_path), Encoder(), most={"squad_dev_half": 4}, seed=1)
    assert 0 < len(found.questions) <= 4
    assert len(found.like) == len(found.passages)
    for question in found.questions:
        assert question.tokens.shape == (len(question.shares), 384)
        assert question.shares.sum() == pytest.approx(1)
        assert 0 <= question.passage < len(found.passages)
    for number, others in enumerate(found.like):
        assert number not in others
