"""The whole training on one GPU, top to bottom: teachers, soft labels, student.

    python run.py PACKED --minutes 12 [--teachers 2] [--small]
    python run.py PACKED --minutes 2 --go-on [--small]

Needs torch, numpy and safetensors, this file, `network.py` beside it, and what `pack.py` wrote.
Each stage has its share of the time, and its learning rate falls to 0 when that is over: a machine
lent for a quarter of an hour gives a finished model. Leaves `student.safetensors` in PACKED, and
`soft.npy`, what the teachers say of every paper; `distilled.npz`, the targets that the student
learned from; and with `--small` the folders `small-middle` and `small-fast`, students for the
cascade that read papers without function words and halve their tokens after the first layer.

With `--go-on` there are no teachers: the student's base is an earlier student with its head
(`tagstract train pack --base shipped`), which labels the papers and learns the labels that are new.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

try:
    from tagstract.training.gpu.network import FastNetwork, encoder_state, load
except ImportError:  # on the GPU machine, where the two files stand alone
    from network import (  # type: ignore[import-not-found, no-redef]
        FastNetwork,
        encoder_state,
        load,
    )

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
CAREFUL, ROUGH, HELD = 0, 1, 2
ROUGH_WEIGHT = 0.6
LABEL_SHARE = {CAREFUL: 0.6, ROUGH: 0.3}
"""How much of a labelled paper's target is its label; the rest is what the teachers say."""

POOL = 150
"""So many batches are sorted by length together."""

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Recipe:
    """Settings of one training: papers a step, peak rates, what a layer's rate is to the one
    above it, tokens read of a paper, and passes over the papers if time allows."""

    batch: int
    rate: float
    head_rate: float
    tokens: int
    epochs: int
    layer_decay: float = 0.9
    warmup: float = 0.06
    average: float = 0.999


TEACHER = Recipe(batch=128, rate=1.6e-4, head_rate=1.5e-3, tokens=320, epochs=5)
STUDENT = Recipe(batch=320, rate=6e-4, head_rate=4e-3, tokens=384, epochs=8)
GO_ON = Recipe(batch=320, rate=2e-4, head_rate=1e-3, tokens=384, epochs=2)
UNLABELLED_A_PASS = 60_000
"""Unlabelled papers of a pass of an earlier student, beside all labelled ones and the careful ones
twice."""

SMALL = Recipe(batch=320, rate=8e-4, head_rate=4e-3, tokens=256, epochs=10)


@dataclass(frozen=True)
class Shape:
    """A smaller student: how many layers, evenly from the base's first to its last, and after how
    many of them its tokens are halved."""

    layers: int
    halved_after: int


SMALLS = {"small-middle": Shape(6, 1), "small-fast": Shape(4, 1)}


class Papers:
    """Token ids of all papers on the device; `vocabulary` turns them into another tokenizer's."""

    def __init__(self, packed: Any, teacher: bool) -> None:
        lengths = packed["lengths"].astype(np.int64)
        starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        self.lengths = lengths
        self._lengths, self._starts = (
            torch.from_numpy(one).to(DEVICE) for one in (lengths, starts)
        )
        self._flat = torch.from_numpy(packed["flat"].astype(np.int32)).to(DEVICE)
        self._pad = int(packed["pads"][int(teacher)])
        self._vocabulary = None
        if teacher:
            self._vocabulary = torch.from_numpy(packed["vocabulary"].astype(np.int64)).to(DEVICE)

    def __len__(self) -> int:
        return len(self.lengths)

    def alike(self, rows: Rows, most: int) -> Tensor:
        """Ids of papers of nearly one length, (rows, tokens), each cut to the shortest's.

        Without padding there is no mask, and attention is several times as fast.
        """
        tokens = max(8, int(min(self.lengths[rows].min(), most)) // 8 * 8)
        if tokens > self.lengths[rows].min():
            return self.batch(rows, most)[0]
        return self.batch(rows, tokens)[0]

    def batch(self, rows: Rows, most: int) -> tuple[Tensor, Tensor]:
        """Ids and mask, (rows, tokens); a paper that is cut keeps its closing token."""
        tokens = -(-int(min(self.lengths[rows].max(), most)) // 8) * 8
        picked = torch.from_numpy(rows).to(DEVICE)
        length, start = self._lengths[picked].clamp(max=most), self._starts[picked]
        place = torch.arange(tokens, device=DEVICE)[None]
        mask = place < length[:, None]
        at = torch.where(
            place == length[:, None] - 1,
            (start + self._lengths[picked] - 1)[:, None],
            start[:, None] + place,
        )
        ids = self._flat[at.clamp(max=len(self._flat) - 1)].long()
        if self._vocabulary is not None:
            ids = self._vocabulary[ids]
        return torch.where(mask, ids, self._pad), mask


def batches(rows: Rows, papers: Papers, size: int, random: np.random.Generator) -> list[Rows]:
    """Every row once; papers of like length together, in random order."""
    order, out = random.permutation(rows), []
    for start in range(0, len(order), size * POOL):
        pool = order[start : start + size * POOL]
        pool = pool[np.argsort(papers.lengths[pool], kind="stable")]
        out += [pool[at : at + size] for at in range(0, len(pool), size)]
    return [out[number] for number in random.permutation(len(out))]


def train(
    network: FastNetwork,
    papers: Papers,
    epochs: list[Rows],
    targets: Tensor,
    weight: Tensor,
    recipe: Recipe,
    seconds: float,
    seed: int,
) -> FastNetwork:
    """Train for the epochs or the seconds, whichever end first; returns averaged weights.

    Args:
        epochs: the rows of each pass.
        targets: (papers, areas), from 0 to 1.
        weight: (papers,), how much a paper's loss counts.
    """
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    network.to(DEVICE).train()
    if DEVICE == "cuda":
        for layer in network.layers:
            layer.compile(dynamic=True)
    weights = [one for one in network.parameters() if one.requires_grad]
    parameters = groups(network, recipe)
    optimizer = torch.optim.AdamW(parameters, betas=(0.9, 0.98), fused=DEVICE == "cuda")
    average = [one.detach().clone() for one in weights]
    total = sum(-(-len(rows) // recipe.batch) for rows in epochs)
    step, started, done = 0, time.monotonic(), 0.0
    for rows in epochs:
        for batch in batches(rows, papers, recipe.batch, random):
            done = max(step / total, (time.monotonic() - started) / seconds)
            if done >= 1:
                break
            set_rates(optimizer, recipe, done)
            picked = torch.from_numpy(batch).to(DEVICE)
            with torch.autocast(DEVICE, torch.bfloat16):
                logits = network(papers.alike(batch, recipe.tokens), None)
            loss = F.binary_cross_entropy_with_logits(
                logits, targets[picked].float(), reduction="none"
            )
            (loss.sum(1) * weight[picked]).mean().backward()
            nn.utils.clip_grad_norm_(weights, 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            step += 1
            # Short at first, or a short training ends with the weights it began with.
            keep = min(recipe.average, (1 + step) / (10 + step))
            torch._foreach_lerp_(average, [one.detach() for one in weights], 1 - keep)
        if done >= 1:
            break
    with torch.no_grad():
        for ours, one in zip(weights, average, strict=True):
            ours.copy_(one)
    rate = step * recipe.batch / (time.monotonic() - started)
    print(f"{step} of {total} steps, {rate:.0f} papers/s")
    return network.eval()


def set_rates(optimizer: torch.optim.Optimizer, recipe: Recipe, done: float) -> None:
    """Set learning rates for a share of the training that is done: up to the peak, then to 0."""
    falling = (1 - max(done, recipe.warmup)) / (1 - recipe.warmup)
    for group in optimizer.param_groups:
        group["lr"] = group["peak"] * min(1, done / recipe.warmup + 1e-3) * falling


def groups(network: FastNetwork, recipe: Recipe) -> list[dict[str, Any]]:
    """Parameters by peak rate and weight decay, for AdamW."""
    found: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, one in network.named_parameters():
        if one.requires_grad:
            depth = int(name.split(".")[1]) + 1 if name.startswith("layers.") else 0
            rate = recipe.rate * recipe.layer_decay ** (len(network.layers) - depth)
            peak = recipe.head_rate if name.startswith("head.") else rate
            found.setdefault((peak, 0.01 if one.ndim > 1 else 0.0), []).append(one)
    return [
        {"params": some, "lr": peak, "peak": peak, "weight_decay": decay}
        for (peak, decay), some in found.items()
    ]


@torch.no_grad()
def predict(network: FastNetwork, papers: Papers, rows: Rows, most: int) -> Tensor:
    """Logits of these papers, (rows, areas), longest papers first for the device's memory."""
    order = np.argsort(-papers.lengths[rows], kind="stable")
    out = torch.empty(len(rows), network.head.out_features, device=DEVICE)
    for at in range(0, len(order), 512):
        some = order[at : at + 512]
        with torch.autocast(DEVICE, torch.bfloat16):
            logits = network(*papers.batch(rows[some], most))
        out[torch.from_numpy(some).to(DEVICE)] = logits.float()
    return out


def score(logits: Tensor, targets: NDArray[np.float32]) -> str:
    """Average precision over all pairs, and the best micro-F1 at one threshold."""
    order = np.argsort(-logits.flatten().cpu().numpy(), kind="stable")
    hits = targets.flatten()[order]
    right, given = np.cumsum(hits), np.arange(1, len(hits) + 1)
    precision = float((right / given * hits).sum() / hits.sum())
    return f"AP {precision:.4f}, F1 {(2 * right / (given + hits.sum())).max():.4f}"


def teach(folder: Path, packed: Any, labels: Any, seconds: float, seed: int) -> Tensor:
    """Fine-tune a teacher, careful labels more often than rough ones; its logits of all papers."""
    targets, kind = labels["targets"], labels["kind"]
    careful, rough = np.flatnonzero(kind == CAREFUL), np.flatnonzero(kind == ROUGH)
    random = np.random.default_rng(seed)
    epochs = [
        np.concatenate([careful, random.permutation(rough)[: int(len(rough) * share)]])
        for share in (1.0, 0.4, 0.2, 0.0)
    ]
    config = json.loads((folder / "teacher" / "config.json").read_text())
    odds = torch.from_numpy(targets[(kind == CAREFUL) | (kind == ROUGH)].mean(0))
    network = load(load_file(folder / "teacher" / "model.safetensors"), config, odds)
    papers = Papers(packed, teacher=True)
    weight = torch.from_numpy(np.where(kind == ROUGH, ROUGH_WEIGHT, 1.0).astype(np.float32))
    train(
        network,
        papers,
        epochs[: TEACHER.epochs],
        torch.from_numpy(targets).to(DEVICE),
        weight.to(DEVICE),
        TEACHER,
        seconds,
        seed,
    )
    return predict(network, papers, np.arange(len(papers)), STUDENT.tokens)


def judged(folder: Path, packed: Any, labels: Any, seconds: float, count: int) -> Tensor:
    """The mean of so many teachers' logits of all papers, (papers, areas); writes `soft.npy`."""
    held, teachers = np.flatnonzero(labels["kind"] == HELD), []
    for seed in range(1, count + 1):
        teachers.append(teach(folder, packed, labels, seconds, seed))
        print(f"teacher {seed}: {score(teachers[-1][held], labels['targets'][held])} held out")
    soft = torch.stack(teachers).mean(0)
    print(f"all teachers: {score(soft[held], labels['targets'][held])} held out", flush=True)
    np.save(folder / "soft.npy", soft.half().cpu().numpy())
    return soft


def distil(folder: Path, labels: Any, soft: Tensor) -> tuple[Tensor, Tensor]:
    """Targets and weights of all papers: what the teachers say, mixed with labels where there are.
    Writes them to `distilled.npz`."""
    targets, kind = labels["targets"], labels["kind"]
    mixed = soft.sigmoid().cpu()
    weight = torch.ones(len(mixed))
    for which, share in LABEL_SHARE.items():
        here = torch.from_numpy(np.flatnonzero(kind == which))
        mixed[here] = share * torch.from_numpy(targets)[here] + (1 - share) * mixed[here]
        weight[here] = 1.5 if which == CAREFUL else 1.0
    np.savez(folder / "distilled.npz", targets=mixed.half().numpy(), weight=weight.numpy())
    return mixed, weight


def learn(
    base: dict[str, Tensor],
    config: dict[str, Any],
    papers: Papers,
    held: Rows,
    distilled: tuple[Tensor, Tensor],
    recipe: Recipe,
    seconds: float,
    shape: Shape | None = None,
) -> FastNetwork:
    """Train a student on all papers but the held-out ones.

    Args:
        base: weights of a transformers encoder.
        shape: of a smaller student, which keeps the base's word embeddings; None: of all layers.
    """
    mixed, weight = distilled
    rows = np.setdiff1d(np.arange(len(mixed)), held)
    picked, after = None, None
    if shape is not None:
        deepest = config["num_hidden_layers"] - 1
        picked = np.unique(np.linspace(0, deepest, shape.layers).round().astype(int)).tolist()
        after = min(shape.halved_after, len(picked))
    network = load(base, config, mixed[rows].mean(0), picked, after)
    network.word.requires_grad_(shape is None)
    epochs, targets = [rows] * recipe.epochs, mixed.half().to(DEVICE)
    return train(network, papers, epochs, targets, weight.to(DEVICE), recipe, seconds, 0)


def go_on(
    folder: Path, config: dict[str, Any], papers: Papers, labels: Any, seconds: float
) -> tuple[FastNetwork, tuple[Tensor, Tensor]]:
    """Train an earlier student on, with its own opinion of every paper beside the labels.

    Returns:
        The network, and what `distil` made of its opinion before.
    """
    base = load_file(folder / "student" / "model.safetensors")
    head = load_file(folder / "student" / "head.safetensors")

    def earlier(odds: Tensor) -> FastNetwork:
        network = load(base, config, odds)
        with torch.no_grad():
            network.head.weight.copy_(head["weight"].float())
            network.head.bias.copy_(head["bias"].float())
        return network.to(DEVICE).eval()

    targets, kind = labels["targets"], labels["kind"]
    odds = torch.from_numpy(targets.mean(0))
    soft = predict(earlier(odds), papers, np.arange(len(papers)), STUDENT.tokens)
    mixed, weight = distil(folder, labels, soft)
    careful = np.flatnonzero(kind == CAREFUL)
    labelled = np.flatnonzero((kind == CAREFUL) | (kind == ROUGH))
    held = np.flatnonzero(kind == HELD)
    others = np.setdiff1d(np.arange(len(mixed)), np.concatenate([labelled, held]))
    others = np.random.default_rng(0).permutation(others)[:UNLABELLED_A_PASS]
    epochs = [np.concatenate([labelled, careful, others])] * GO_ON.epochs
    goals = mixed.half().to(DEVICE)
    network = train(earlier(odds), papers, epochs, goals, weight.to(DEVICE), GO_ON, seconds, 0)
    return network, (mixed, weight)


def shortened(packed: Any) -> dict[str, Any]:
    """The papers without function words, as the small student reads them."""
    lengths = packed["lengths"].astype(np.int64)
    kept = ~packed["dropped"][packed["flat"]]
    papers = np.repeat(np.arange(len(lengths)), lengths)[kept]
    counts = np.bincount(papers, minlength=len(lengths))
    return {**packed, "flat": packed["flat"][kept], "lengths": counts}


def transformers_state(network: FastNetwork, config: dict[str, Any]) -> dict[str, Tensor]:
    """Its encoder's weights under the names that `load` takes."""
    weights = {name: one.detach().cpu() for name, one in network.state_dict().items()}
    state = encoder_state(weights, config, len(network.layers))
    if not network.relative:
        segments = torch.zeros(config.get("type_vocab_size", 2), config["hidden_size"])
        segments[0] = weights["segment"]
        state["embeddings.token_type_embeddings.weight"] = segments
    return {name: one.contiguous().clone() for name, one in state.items()}


def save_small(network: FastNetwork, config: dict[str, Any], target: Path) -> None:
    """Write a small student as a transformers folder without word embeddings, which are those of
    `student.safetensors`, and its head beside it."""
    target.mkdir(exist_ok=True)
    facts = {
        **config,
        "num_hidden_layers": len(network.layers),
        "halved_after": network.halved_after,
    }
    (target / "config.json").write_text(json.dumps(facts))
    state = transformers_state(network, config)
    del state["embeddings.word_embeddings.weight"]
    plain = {name: one.bfloat16() for name, one in state.items()}
    save_file(plain, target / "model.safetensors", metadata={"format": "pt"})
    head = {
        name: getattr(network.head, name).detach().cpu().contiguous() for name in ("weight", "bias")
    }
    save_file(head, target / "head.safetensors")


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, metavar="PACKED")
    parser.add_argument("--minutes", type=float, default=12.0, help="(default: %(default)s)")
    parser.add_argument("--teachers", type=int, default=2, help="(default: %(default)s)")
    parser.add_argument("--go-on", action="store_true", help="train an earlier student on")
    parser.add_argument(
        "--small", action="store_true", help="train the cascade's small students, too"
    )
    arguments = parser.parse_args(words)
    folder, end = arguments.folder, time.monotonic() + 60 * arguments.minutes
    packed = dict(np.load(folder / "tokens.npz"))
    labels = dict(np.load(folder / "labels.npz"))
    held = np.flatnonzero(labels["kind"] == HELD)
    config = json.loads((folder / "student" / "config.json").read_text())
    papers = Papers(packed, teacher=False)
    part = 0.5 if arguments.small else 1.0
    if arguments.go_on:
        student, distilled = go_on(folder, config, papers, labels, 60 * arguments.minutes * part)
    else:
        share = 60 * arguments.minutes * 0.34 / arguments.teachers
        distilled = distil(
            folder, labels, judged(folder, packed, labels, share, arguments.teachers)
        )
        base = load_file(folder / "student" / "model.safetensors")
        seconds = max(5.0, (end - time.monotonic()) * part)
        student = learn(base, config, papers, held, distilled, STUDENT, seconds)
    logits = predict(student, papers, held, STUDENT.tokens)
    print(f"student: {score(logits, labels['targets'][held])} held out", flush=True)
    weights = {
        name: one.bfloat16().cpu().contiguous() for name, one in student.state_dict().items()
    }
    save_file(weights, folder / "student.safetensors")
    if arguments.small:
        base, papers = transformers_state(student, config), Papers(shortened(packed), teacher=False)
        for number, (name, shape) in enumerate(SMALLS.items()):
            seconds = max(5.0, (end - time.monotonic()) / (len(SMALLS) - number))
            small = learn(base, config, papers, held, distilled, SMALL, seconds, shape)
            logits = predict(small, papers, held, SMALL.tokens)
            print(f"{name}: {score(logits, labels['targets'][held])} held out", flush=True)
            save_small(small, config, folder / name)


if __name__ == "__main__":
    main()
