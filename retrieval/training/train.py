"""`python -m retrieval.training.train PACKED OUT`: train the reader; goes on where it was stopped.

PACKED holds the examples (`retrieval.training.pack`). Weights are learnt at a constant rate after a
short warm-up, and over the last steps (`--cooldown`) at one that falls to zero. So a run that was
planned too long ends well when it is called again with fewer `--steps`: all steps before the
cooldown are the same. Everything is drawn from the seed, though threads take what is dropped out
in the order in which they come; OUT/log.jsonl has the loss as it falls.

With `--teacher` it learns half from what people answered, and half from what the mean of the
teachers says: they are networks trained before (Hinton et al. 2015, "Distilling the knowledge in a
neural network").

Without a GPU a step's rows are parted, and each thread takes the next part when it is done with
one: so on a machine that is busy with other things no thread waits for another inside a matrix
product.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional

from retrieval.embedding.bundled import bundled_folder, check_weights
from retrieval.embedding.processor import HALF_PRODUCTS, extensions
from retrieval.reading.make import joined
from retrieval.reading.network import ReaderNetwork
from retrieval.reading.shipped import fingerprint
from retrieval.training.batches import Batch, Batches, Numbers, Packed

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
    rate: float = 3e-4
    head_rate: float = 1e-3
    layer_decay: float = 0.9
    """Factor of the rate from each layer to the one below."""
    weight_decay: float = 0.01
    dropout: float = 0.1
    parts: int = 4
    """Of a step."""
    tokens: int = 4000
    """Of a part."""
    without: tuple[str, ...] = ()
    """Data sets left out, by how their names begin."""
    taught: float = 0.5
    """Share of the loss that is by the teachers, where there are any."""
    taught_none: float | None = None
    """The same of passages that do not answer, if it is to be another: of these teachers are more
    often misled."""
    seed: int = 1


def loss_of(network: ReaderNetwork, batch: Batch) -> Tensor:
    """Cross-entropy of start and end; logistic losses of relevance, alone and between passages."""
    start, end, relevance = (found.float() for found in network(batch.ids, batch.types, batch.mask))
    span = (
        _cross_entropy(start, batch.starts, batch.eligible)
        + _cross_entropy(end, batch.ends, batch.eligible)
    ) / 2
    alone = functional.binary_cross_entropy_with_logits(relevance, batch.answers)
    return span + RELEVANCE * (alone + _between(relevance, batch))


def _cross_entropy(logits: Tensor, wanted: Tensor, eligible: Tensor) -> Tensor:
    return -(_chances(logits, eligible) * wanted).sum(-1).mean()


def _chances(logits: Tensor, eligible: Tensor) -> Tensor:
    return logits.masked_fill(~eligible, -1e4).log_softmax(-1)


def _between(relevance: Tensor, batch: Batch) -> Tensor:
    """Listwise: of a question's passages the one that answers has to come first."""
    # Summed over each group without a loop, which would wait for the device at each.
    none = torch.zeros(len(relevance), device=relevance.device)
    highest = relevance.detach().max()
    total = none.index_add(0, batch.groups, (relevance - highest).exp())
    answers = none.index_add(0, batch.groups, batch.answers)
    right = none.index_add(0, batch.groups, relevance * batch.answers)
    several = none.index_add(0, batch.groups, torch.ones_like(relevance)) > 1
    losses = total.clamp(min=1e-20).log() + highest - right / answers.clamp(min=1e-6)
    return losses.where(several & (answers > 0), 0.0).sum() / several.sum().clamp(min=1)


class Teachers:
    """Networks trained before; what they say is the mean of what each does."""

    def __init__(self, files: Sequence[Path], device: torch.device) -> None:
        self._networks = [joined(bundled_folder(), file).to(device) for file in files]

    def taught(self, batch: Batch, plan: Plan) -> Batch:
        """The batch as they would have it, by a share of what is to be learnt from it."""
        none = plan.taught if plan.taught_none is None else plan.taught_none
        share = torch.where(batch.answers > 0, plan.taught, none)
        with torch.no_grad():
            said = [network(batch.ids, batch.types, batch.mask) for network in self._networks]
        start, end = (
            torch.stack([_chances(each[side].float(), batch.eligible).exp() for each in said])
            for side in (0, 1)
        )
        answers = torch.stack([each[2].float() for each in said]).mean(0).sigmoid()
        return replace(
            batch,
            starts=torch.lerp(batch.starts, start.mean(0), share[:, None]),
            ends=torch.lerp(batch.ends, end.mean(0), share[:, None]),
            answers=torch.lerp(batch.answers, answers, share),
        )


def parameter_groups(network: ReaderNetwork, plan: Plan) -> list[dict[str, object]]:
    """The weights to learn, each with its rate and decay."""
    layers = len(network.encoder.encoder.layer)
    groups = []
    for name, weight in network.named_parameters():
        if not weight.requires_grad:
            continue
        rate = plan.head_rate
        if name.startswith("encoder."):
            inside = name.partition("encoder.layer.")[2]
            depth = layers - 1 - int(inside.split(".")[0]) if inside else layers
            rate = plan.rate * plan.layer_decay**depth
        decay = 0.0 if weight.ndim == 1 else plan.weight_decay
        groups.append({"params": [weight], "lr": rate, "peak": rate, "weight_decay": decay})
    return groups


def factor(step: int, plan: Plan) -> float:
    """Of the learning rate at a step, 0..1."""
    return min(1.0, (step + 1) / plan.warmup, max(0.0, (plan.steps - step) / plan.cooldown))


def train(
    packed: Path,
    out: Path,
    plan: Plan,
    *,
    device: torch.device,
    threads: int,
    every: int,
    start: Path | None = None,
    teachers: Sequence[Path] = (),
) -> None:
    """Train, or go on; leaves `WEIGHTS` and a record in `out`."""
    pool = ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,))
    torch.manual_seed(plan.seed)
    folder = bundled_folder()
    check_weights(folder)
    network = ReaderNetwork(folder, dropout=plan.dropout).to(device).train()
    optimiser = torch.optim.AdamW(parameter_groups(network, plan), betas=(0.9, 0.98), fused=True)
    first = _resumed(out, network, optimiser)
    if first == 0 and start is not None:
        network.take(start)
    held = Batches(Packed.load(packed), device, tokens=plan.tokens, without=plan.without)
    stream = held.endless(plan.seed)
    for _ in range(first * plan.parts):
        next(stream)
    said = Teachers(teachers, device) if teachers else None

    # Where there are products for it half precision pays; weights and their sums stay in single.
    half = device.type == "cuda" or (device.type == "cpu" and HALF_PRODUCTS in extensions())

    def learn(groups: Numbers) -> tuple[Tensor, Sequence[Tensor], int]:
        batch = held.batch(groups)
        with torch.autocast(device.type, torch.bfloat16, enabled=half):
            if said is not None:
                batch = said.taught(batch, plan)
            loss = loss_of(network, batch) * len(batch.ids)
        return loss.detach(), torch.autograd.grad(loss, weights), len(batch.ids)

    weights = [weight for weight in network.parameters() if weight.requires_grad]
    total, since = torch.zeros((), device=device), time.monotonic()
    for step in range(first, plan.steps):
        torch.manual_seed(hash((plan.seed, step)))  # what is dropped out, also when gone on
        for group in optimiser.param_groups:
            group["lr"] = group["peak"] * factor(step, plan)
        total += _gather(weights, pool.map(learn, [next(stream) for _ in range(plan.parts)]))
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        if (step + 1) % every == 0 or step + 1 == plan.steps:
            _note(out, step + 1, float(total) / every, time.monotonic() - since)
            _keep(out, network, optimiser, step + 1)
            total, since = torch.zeros((), device=device), time.monotonic()
    save_file({k: v.half().cpu() for k, v in network.learnt().items()}, out / WEIGHTS)
    made = {"data": fingerprint(packed), "torch": torch.__version__, "half": half}
    record = {"plan": asdict(plan), **made}
    (out / RECORD).write_text(json.dumps(record, indent=1), encoding="utf-8")


def _gather(
    weights: Sequence[Tensor], parts: Iterable[tuple[Tensor, Sequence[Tensor], int]]
) -> Tensor:
    """Put the gradients of a step in place, the mean over its rows; the mean loss."""
    losses, rows = torch.zeros((), device=weights[0].device), 0
    # Added up in their order, so that the sum does not depend on who was done first.
    for loss, found, count in parts:
        losses += loss
        rows += count
        for weight, gradient in zip(weights, found, strict=True):
            weight.grad = gradient if weight.grad is None else weight.grad.add_(gradient)
    torch._foreach_div_([weight.grad for weight in weights], float(rows))
    return losses / rows


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
    parser.add_argument("packed", type=Path)
    parser.add_argument("out", type=Path)
    usual = Plan(steps=0)
    parser.add_argument("--steps", type=int, required=True)
    for name in ("cooldown", "warmup", "seed", "parts", "tokens"):
        parser.add_argument(f"--{name}", type=int, default=getattr(usual, name))
    for name in ("rate", "head_rate", "dropout", "taught", "taught_none"):
        parser.add_argument(f"--{name.replace('_', '-')}", type=float, default=getattr(usual, name))
    parser.add_argument("--without", nargs="*", default=[], help="data sets left out")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=0, help="without a GPU")
    parser.add_argument("--every", type=int, default=100, help="steps between checkpoints")
    parser.add_argument("--start", type=Path, help="weights to begin with")
    parser.add_argument("--teacher", type=Path, nargs="*", default=[], help="weights to learn from")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    given.out.mkdir(parents=True, exist_ok=True)
    device = torch.device(given.device)
    named = {field.name for field in fields(Plan)} - {"without"}
    plan = Plan(
        **{k: v for k, v in vars(given).items() if k in named}, without=tuple(given.without)
    )
    train(
        given.packed,
        given.out,
        plan,
        device=device,
        # One: a GPU is shared out by itself.
        threads=1 if device.type == "cuda" else given.threads or os.cpu_count() or 1,
        every=given.every,
        start=given.start,
        teachers=given.teacher,
    )


if __name__ == "__main__":
    main()
