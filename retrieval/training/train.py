"""`python -m retrieval.training.train DATA OUT`: train the reader; goes on where it was stopped.

Weights are learnt at a constant rate after a short warm-up, and over the last steps (`--cooldown`)
at one that falls to zero. So a run that was planned too long ends well when it is called again
with fewer `--steps`: all steps before the cooldown are the same. Everything is drawn from the
seed; OUT/log.jsonl has the figures of each hundred steps.

A step's rows are parted, and each thread takes the next part when it is done with one: so on a
machine that is busy with other things no thread waits for another inside a matrix product.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import random
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from retrieval.embedding.bundled import bundled_folder, check_weights
from retrieval.reading.network import ReaderNetwork
from retrieval.training.batches import Batch, batches
from retrieval.training.examples import MISLED, OTHER, Examples
from retrieval.training.rows import digests, read_rows

log = logging.getLogger(__name__)

CHECKPOINT = "checkpoint.pt"
WEIGHTS = "reader.safetensors"
RECORD = "run.json"
RELEVANCE = 0.5
"""Weight of each of relevance's two losses beside that of the span."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What decides the outcome, beside the data."""

    steps: int
    cooldown: int = 500
    warmup: int = 150
    rate: float = 2e-4
    head_rate: float = 1e-3
    layer_decay: float = 0.9
    """Factor of the rate from each layer to the one below."""
    weight_decay: float = 0.01
    parts: int = 4
    """Of a step."""
    tokens: int = 650
    """Of a part."""
    other: float = OTHER
    """Share of answered questions that come with a passage that does not answer."""
    misled: float = MISLED
    """Share that come with a question that the passage does not answer."""
    seed: int = 1


def loss_of(network: ReaderNetwork, batch: Batch) -> Tensor:
    """Cross-entropy of start and end; logistic losses of relevance, alone and between passages."""
    start, end, relevance = network(batch.ids, batch.types, batch.mask)
    span = (
        _cross_entropy(start, batch.starts, batch.eligible)
        + _cross_entropy(end, batch.ends, batch.eligible)
    ) / 2
    alone = functional.binary_cross_entropy_with_logits(relevance, batch.answers)
    return span + RELEVANCE * (alone + _between(relevance, batch))


def _cross_entropy(logits: Tensor, wanted: Tensor, eligible: Tensor) -> Tensor:
    chances = logits.masked_fill(~eligible, -1e4).log_softmax(-1)
    return -(chances * wanted).sum(-1).mean()


def _between(relevance: Tensor, batch: Batch) -> Tensor:
    """Listwise: of a question's passages the one that answers has to come first."""
    losses = []
    for number in batch.groups.unique():
        mine = batch.groups == number
        if int(mine.sum()) > 1 and float(batch.answers[mine].sum()) == 1.0:
            chances = relevance[mine].log_softmax(0)
            losses.append(-(chances * batch.answers[mine]).sum())
    return torch.stack(losses).mean() if losses else relevance.sum() * 0.0


def parameter_groups(network: ReaderNetwork, plan: Plan) -> list[dict[str, object]]:
    """The weights to learn, each with its rate and decay."""
    layers = len(network.encoder.encoder.layer)
    groups = []
    for name, weight in network.named_parameters():
        if not weight.requires_grad:
            continue
        rate = plan.head_rate
        if name.startswith("encoder."):
            depth = layers - 1 - int(name.split("layer.")[1].split(".")[0])
            rate = plan.rate * plan.layer_decay**depth
        decay = 0.0 if weight.ndim == 1 else plan.weight_decay
        groups.append({"params": [weight], "lr": rate, "peak": rate, "weight_decay": decay})
    return groups


def factor(step: int, plan: Plan) -> float:
    """Of the learning rate at a step, 0..1."""
    return min(1.0, (step + 1) / plan.warmup, max(0.0, (plan.steps - step) / plan.cooldown))


def endless(examples: Examples, tokenizer: Tokenizer, plan: Plan) -> Iterator[Batch]:
    """The batches of all epochs."""
    epoch = 0
    while True:
        rng = random.Random(f"{plan.seed} batches {epoch}")
        yield from batches(examples.epoch(epoch), tokenizer, tokens=plan.tokens, rng=rng)
        epoch += 1


def train(
    data: Path, out: Path, plan: Plan, *, threads: int, every: int, start: Path | None
) -> None:
    """Train, or go on; leaves `WEIGHTS` and a record in `out`."""
    pool = ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,))
    torch.manual_seed(plan.seed)
    folder = bundled_folder()
    check_weights(folder)
    network = ReaderNetwork(folder).train()
    optimiser = torch.optim.AdamW(parameter_groups(network, plan), betas=(0.9, 0.98), fused=True)
    first = _resumed(out, network, optimiser)
    if first == 0 and start is not None:
        network.load_state_dict({k: v.float() for k, v in load_file(start).items()}, strict=False)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    examples = Examples(read_rows(data), seed=plan.seed, other=plan.other, misled=plan.misled)
    stream = endless(examples, tokenizer, plan)
    for _ in range(first * plan.parts):
        next(stream)
    total, since = 0.0, time.monotonic()
    for step in range(first, plan.steps):
        for group in optimiser.param_groups:
            group["lr"] = group["peak"] * factor(step, plan)
        total += _learn(network, [next(stream) for _ in range(plan.parts)], pool)
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        if (step + 1) % every == 0 or step + 1 == plan.steps:
            _note(out, step + 1, total / every, time.monotonic() - since)
            _keep(out, network, optimiser, step + 1)
            total, since = 0.0, time.monotonic()
    save_file({k: v.half() for k, v in network.learnt().items()}, out / WEIGHTS)
    record = {"plan": asdict(plan), "data": digests(data), "torch": torch.__version__}
    (out / RECORD).write_text(json.dumps(record, indent=1), encoding="utf-8")


def _learn(network: ReaderNetwork, parts: Sequence[Batch], pool: Executor) -> float:
    """Put the gradients of a step in place; the loss."""
    weights = [weight for weight in network.parameters() if weight.requires_grad]
    rows = sum(len(part.ids) for part in parts)

    def gradients(part: Batch) -> tuple[float, Sequence[Tensor]]:
        loss = loss_of(network, part) * (len(part.ids) / rows)
        return loss.item(), torch.autograd.grad(loss, weights)

    # Added up in their order, so that the sum does not depend on who was done first.
    losses = []
    for loss, found in pool.map(gradients, parts):
        losses.append(loss)
        for weight, gradient in zip(weights, found, strict=True):
            weight.grad = gradient if weight.grad is None else weight.grad.add_(gradient)
    return sum(losses)


def _resumed(out: Path, network: ReaderNetwork, optimiser: torch.optim.Optimizer) -> int:
    """Steps done before, whose outcome is taken up."""
    if not (out / CHECKPOINT).exists():
        return 0
    kept = torch.load(out / CHECKPOINT, weights_only=True)
    network.load_state_dict(kept["network"])
    optimiser.load_state_dict(kept["optimiser"])
    return int(kept["step"])


def _keep(out: Path, network: ReaderNetwork, optimiser: torch.optim.Optimizer, step: int) -> None:
    kept = {"network": network.state_dict(), "optimiser": optimiser.state_dict(), "step": step}
    torch.save(kept, out / f"{CHECKPOINT}.new")
    (out / f"{CHECKPOINT}.new").replace(out / CHECKPOINT)


def _note(out: Path, step: int, loss: float, seconds: float) -> None:
    log.info("step %d: loss %.3f, %.0f s", step, loss, seconds)
    with (out / "log.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({"step": step, "loss": loss, "seconds": seconds}) + "\n")


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    usual = Plan(steps=0)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--cooldown", type=int, default=usual.cooldown)
    parser.add_argument("--seed", type=int, default=usual.seed)
    parser.add_argument("--rate", type=float, default=usual.rate)
    parser.add_argument("--other", type=float, default=usual.other, help="share of other passages")
    parser.add_argument("--misled", type=float, default=usual.misled, help="share of swapped names")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--every", type=int, default=100, help="steps between checkpoints")
    parser.add_argument("--start", type=Path, help="weights to begin with")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    given.out.mkdir(parents=True, exist_ok=True)
    chosen = {name: getattr(given, name) for name in ("seed", "rate", "other", "misled")}
    plan = Plan(given.steps, given.cooldown, **chosen)
    threads = given.threads or os.cpu_count() or 1
    train(given.data, given.out, plan, threads=threads, every=given.every, start=given.start)


if __name__ == "__main__":
    main()
