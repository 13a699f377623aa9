"""`python -m retrieval.training.projection DATA FILE`: learn the projection of token vectors.

The bundled model stays as it is. A linear map takes its token vectors into few dimensions, such
that of many passages the one that answers a question matches it best (`retrieval.matching`): the
training of ColBERT (Khattab & Zaharia 2020) with all but its last layer kept. Beside the passages
of the other questions of a batch stand some that are most like the one that answers.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize
from transformers import BertModel

from retrieval import analysis
from retrieval.asked import token_shares
from retrieval.embedding.bundled import bundled_folder, check_weights
from retrieval.embedding.form import TOKENIZER
from retrieval.embedding.protocol import Matrix, PassageText, Vector
from retrieval.embedding.text import Indices, compose, unit
from retrieval.ranking import rarity
from retrieval.training.rows import digests, read_rows

log = logging.getLogger(__name__)

MOST = {
    "squad_dev_half": 5_000,
    "squadshifts_new_wiki": 5_000,
    "squadshifts_amazon_reviews": 3_000,
    "squadshifts_reddit": 3_000,
    "fairytaleqa": 4_000,
    "qamr": 3_000,
}
"""Questions of each data set."""
WIDTH = 64
"""Dimensions: with 32 some of what is gained is lost, with 128 hardly more is gained."""
TOKENS = 256
"""Of a passage at most."""
LIKE = 16
"""Passages most like one, of which some are set beside it."""
BATCH, BESIDE = 24, 3
"""Questions of a step, and passages beside each one's own."""
RATE = 1e-3
WARMING = 50
"""Steps in which the rate grows."""
SHARPNESS = 20.0
"""What a difference in matching of 1 makes of a logit, to begin with."""


class Question(NamedTuple):
    """A question's token vectors (n, 384), what each counts, and its passage's number."""

    tokens: Matrix
    shares: Vector
    passage: int


@dataclass(frozen=True, slots=True)
class Material:
    """What is learnt from."""

    questions: list[Question]
    passages: list[Matrix]
    """Token vectors, (n, 384)."""
    like: list[list[int]]
    """Numbers of the passages of the same data set that are most like each."""


class Encoder:
    """The bundled model, as it is."""

    def __init__(self) -> None:
        folder = bundled_folder()
        check_weights(folder)
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(TOKENS + 2)
        self._network = BertModel.from_pretrained(folder, add_pooling_layer=False).eval()

    def tokens(self, texts: Sequence[str]) -> Iterator[tuple[Matrix, Indices]]:
        """The token vectors (n, 384) of each text, and where in it they begin (n,)."""
        for text in texts:
            encoding = self._tokenizer.encode(text)
            with torch.inference_mode():
                found = self._network(torch.tensor([encoding.ids])).last_hidden_state[0, 1:-1]
            yield found.numpy(), np.array([start for start, _ in encoding.offsets[1:-1]], np.int64)


def material(data: Path, encoder: Encoder, *, most: dict[str, int], seed: int) -> Material:
    """So many questions of each data set in the folder, drawn with `seed`."""
    random = np.random.default_rng(seed)
    found = Material([], [], [])
    for name, rows in read_rows(data).items():
        answered = [row for row in rows if row.answers]
        drawn = [answered[n] for n in random.permutation(len(answered))[: most.get(name, 0)]]
        if not drawn:
            continue
        first = len(found.passages)
        numbers: dict[str, int] = {}
        titles = {row.context: row.title for row in drawn}
        for context in titles:
            numbers[context] = first + len(numbers)
        composed = (compose(PassageText(title, text))[0] for text, title in titles.items())
        found.passages.extend(tokens for tokens, _ in encoder.tokens(list(composed)))
        means = np.stack([each.mean(axis=0) for each in found.passages[first:]])
        found.like.extend(_like(means, first))
        asked = [row.question for row in drawn]
        for row, (tokens, starts) in zip(drawn, encoder.tokens(asked), strict=True):
            weights = {term: rarity(term, 0, 0) for term in analysis.content_terms(row.question)}
            shares = token_shares(row.question, starts, weights)
            found.questions.append(Question(tokens, shares, numbers[row.context]))
        log.info("%s: %d questions about %d passages", name, len(drawn), len(numbers))
    return found


def _like(means: Matrix, first: int) -> list[list[int]]:
    means = unit(means)
    cosines = means @ means.T
    np.fill_diagonal(cosines, -2.0)
    count = min(LIKE, len(means) - 1)
    nearest: Indices = first + np.argsort(-cosines, axis=1, kind="stable")[:, :count]
    return [row.tolist() for row in nearest]


class Matching(nn.Module):  # type: ignore[misc]  # torch's types are skipped
    """How well questions match passages in the space that is learnt."""

    def __init__(self, tokens: Matrix, width: int) -> None:
        """Begins with the directions in which these token vectors, (n, 384), differ most."""
        super().__init__()
        mean = tokens.mean(axis=0)
        _, _, directions = np.linalg.svd(tokens - mean, full_matrices=False)
        self.mean = nn.Parameter(torch.tensor(mean))
        self.directions = nn.Parameter(torch.tensor(directions[:width].T.copy()))
        self.sharpness = nn.Parameter(torch.tensor(float(np.log(SHARPNESS))))

    def forward(self, questions: Sequence[Question], passages: Sequence[Matrix]) -> Tensor:
        """Logits (questions, passages)."""
        sizes = [len(each) for each in passages]
        asked, told = self._space([q.tokens for q in questions]), self._space(passages)
        best = torch.stack([part.amax(1) for part in (asked @ told.T).split(sizes, dim=1)], 1)
        weighted = best * torch.tensor(np.concatenate([q.shares for q in questions]))[:, None]
        owners = np.repeat(np.arange(len(questions)), [len(q.tokens) for q in questions])
        logits = torch.zeros(len(questions), len(passages))
        return logits.index_add(0, torch.tensor(owners), weighted) * self.sharpness.exp()

    def _space(self, tokens: Sequence[Matrix]) -> Tensor:
        joined = torch.tensor(np.concatenate(tokens))
        return normalize((joined - self.mean) @ self.directions, dim=1)


def train(found: Material, *, steps: int, width: int, seed: int) -> Matching:
    """Learn; tells how it goes in the log."""
    random = np.random.default_rng(seed)
    sample = np.concatenate([tokens[::8] for tokens in found.passages])
    network: Matching = Matching(sample[random.permutation(len(sample))[:40_000]], width)
    sharp = {"params": [network.sharpness], "lr": 10 * RATE}
    optimiser = torch.optim.Adam([{"params": [network.mean, network.directions]}, sharp], lr=RATE)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / WARMING, max(0.02, 1 - step / steps))
    )
    queue: list[int] = []
    losses: list[float] = []
    for step in range(1, steps + 1):
        if len(queue) < BATCH:
            queue = random.permutation(len(found.questions)).tolist()
        asked = [found.questions[queue.pop()] for _ in range(min(BATCH, len(queue)))]
        numbers = dict.fromkeys(question.passage for question in asked)
        for question in asked:
            like = found.like[question.passage]
            numbers |= dict.fromkeys(random.permutation(like)[:BESIDE].tolist())
        places = {number: place for place, number in enumerate(numbers)}
        logits = network(asked, [found.passages[number] for number in numbers])
        loss = cross_entropy(logits, torch.tensor([places[q.passage] for q in asked]))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        losses.append(float(loss.detach()))
        if step % 100 == 0:
            log.info("step %d: loss %.3f", step, np.mean(losses[-100:]))
    return network


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("file", type=Path)
    parser.add_argument("--steps", type=int, default=1_000)
    parser.add_argument("--width", type=int, default=WIDTH)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    for name, digest in digests(given.data).items():
        log.info("%s  %s", digest, name)
    torch.manual_seed(given.seed)
    found = material(given.data, Encoder(), most=MOST, seed=given.seed)
    network = train(found, steps=given.steps, width=given.width, seed=given.seed)
    np.savez(
        given.file,
        mean=network.mean.detach().numpy().astype(np.float16),
        directions=network.directions.detach().numpy().astype(np.float16),
    )


if __name__ == "__main__":
    main()
