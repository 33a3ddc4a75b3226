"""Train the first stage of a cascade: a bag of word pieces that learns from soft labels."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from tagstract.model_folder.cascade.bag import Bag
from tagstract.training.distillation.features import choose_pairs, choose_words
from tagstract.training.distillation.packed import Packed

CHUNK = 4096


@dataclass(frozen=True)
class BagRecipe:
    """Settings of the training: sizes of the network, passes and papers a step, peak rates of the
    table and of the rest, and the shares of features, sums and hidden units that are dropped."""

    width: int = 64
    hidden: int = 384
    epochs: int = 10
    batch: int = 768
    table_rate: float = 6e-3
    rate: float = 3e-3
    warmup: float = 0.03
    feature_dropout: float = 0.1
    sum_dropout: float = 0.05
    hidden_dropout: float = 0.1
    seed: int = 0


class BagNetwork(nn.Module):
    """What `Bag` computes, in torch.

    Args:
        start: (word pieces, width), where their table rows start; pairs start near 0.
        odds: (areas,), the shares of papers that the output starts from.
    """

    def __init__(self, start: Tensor, pairs: int, odds: Tensor, recipe: BagRecipe) -> None:
        super().__init__()
        words, width = start.shape
        self.recipe = recipe
        self.bag = nn.EmbeddingBag(words + pairs, width, mode="sum")
        self.norm = nn.LayerNorm(width)
        self.hidden = nn.Linear(width, recipe.hidden)
        self.out = nn.Linear(recipe.hidden, len(odds))
        self.skip = nn.Linear(width, len(odds), bias=False)
        with torch.no_grad():
            self.bag.weight.normal_(0, 0.01)
            self.bag.weight[:words] = start
            self.out.bias.copy_(torch.logit(odds.clamp(1e-3, 0.5)))
            self.skip.weight.mul_(0.1)
            self.out.weight.mul_(0.1)

    def forward(self, rows: Tensor, starts: Tensor, weights: Tensor) -> Tensor:
        """Features of a batch, (features,), where each paper starts, (papers,) → logits."""
        x = self.norm(self.bag(rows, starts, per_sample_weights=weights))
        x = F.dropout(x, self.recipe.sum_dropout, self.training)
        hidden = F.dropout(F.relu(self.hidden(x)), self.recipe.hidden_dropout, self.training)
        logits: Tensor = self.out(hidden) + self.skip(x)
        return logits


class Features:
    """The features of papers as `Bag.features` finds them, for batches in torch."""

    def __init__(self, bag: Bag, packed: Packed) -> None:
        counts, rows, weights = [], [], []
        for start in range(0, len(packed), CHUNK):
            some = np.arange(start, min(start + CHUNK, len(packed)))
            papers, found, weight = bag.features([ids.tolist() for ids in packed.tokens(some)])
            counts.append(np.bincount(papers, minlength=len(some)))
            rows.append(found.astype(np.int32))
            weights.append(weight)
        self._starts = np.concatenate([[0], np.cumsum(np.concatenate(counts))])
        self._rows = torch.from_numpy(np.concatenate(rows))
        self._weights = torch.from_numpy(np.concatenate(weights).astype(np.float32))

    def batch(self, papers: NDArray[np.int64]) -> tuple[Tensor, Tensor, Tensor]:
        """Table rows, where each paper starts among them, and weights."""
        first, last = self._starts[papers], self._starts[papers + 1]
        lengths = last - first
        starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        at = torch.from_numpy(np.repeat(first - starts, lengths) + np.arange(lengths.sum()))
        return self._rows[at].long(), torch.from_numpy(starts), self._weights[at]


def train_bag(
    packed: Packed,
    content: NDArray[np.bool_],
    seconds: float = 900.0,
    recipe: BagRecipe | None = None,
) -> Bag:
    """Choose the features and train the bag, for all passes or the seconds, whichever end first.

    Args:
        content: bool (vocabulary,), neither function words nor special tokens.
    """
    recipe = recipe or BagRecipe()
    torch.manual_seed(recipe.seed)
    words, pairs = choose_words(packed, content), choose_pairs(packed, content)
    start = principal_components(packed.words[words], recipe.width)
    labelled = packed.rows[packed.rows < packed.labelled]
    odds = torch.from_numpy(packed.targets[labelled].astype(np.float32).mean(0))
    network = BagNetwork(torch.from_numpy(start), len(pairs), odds, recipe)
    rows = np.full(len(content), -1, np.int32)
    rows[words] = np.arange(len(words))
    bag = quantized(network, rows, content, pairs)
    _train(network, Features(bag, packed), packed, seconds, recipe)
    return quantized(network, rows, content, pairs)


def principal_components(embeddings: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    """Word embeddings in fewer dimensions, (words, width) with a deviation of 0.1."""
    centred = embeddings - embeddings.mean(0)
    axes = np.linalg.svd(centred.T @ centred)[0][:, :width]
    short = centred @ axes
    return np.asarray(short / short.std() * 0.1, np.float32)


def _train(
    network: BagNetwork, features: Features, packed: Packed, seconds: float, recipe: BagRecipe
) -> None:
    """Adam on the binary cross-entropy with the targets; the rate falls to 0 at the end."""
    targets, weight = torch.from_numpy(packed.targets), torch.from_numpy(packed.weight)
    others = [one for name, one in network.named_parameters() if name != "bag.weight"]
    peaks = ([network.bag.weight], recipe.table_rate), (others, recipe.rate)
    optimizer = torch.optim.Adam(
        [{"params": some, "lr": peak, "peak": peak} for some, peak in peaks],
        betas=(0.9, 0.98),
        foreach=True,
    )
    random, started, step = np.random.default_rng(recipe.seed), time.monotonic(), 0
    total = recipe.epochs * -(-len(packed.rows) // recipe.batch)
    network.train()
    for _ in range(recipe.epochs):
        order = random.permutation(packed.rows)
        for at in range(0, len(order), recipe.batch):
            done = max(step / total, (time.monotonic() - started) / seconds)
            if done >= 1:
                return
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * min(1, done / recipe.warmup + 0.02) * (1 - done)
            papers = order[at : at + recipe.batch]
            rows, starts, weights = features.batch(papers)
            weights = weights * (torch.rand(len(weights)) > recipe.feature_dropout).float()
            logits = network(rows, starts, weights)
            loss = F.binary_cross_entropy_with_logits(
                logits, targets[papers].float(), reduction="none"
            )
            optimizer.zero_grad()
            (loss.sum(1) * weight[papers]).mean().backward()
            optimizer.step()
            step += 1


def quantized(
    network: BagNetwork,
    rows: NDArray[np.int32],
    content: NDArray[np.bool_],
    pairs: NDArray[np.uint32],
) -> Bag:
    """The network as serving reads it: the table in int8, one scale a row."""
    state = {name: one.detach().numpy().copy() for name, one in network.state_dict().items()}
    table = state["bag.weight"]
    scale = (np.abs(table).max(1) / 127).clip(min=1e-9).astype(np.float32)
    return Bag(
        rows=rows,
        content=content,
        pairs=pairs,
        table=np.rint(table / scale[:, None]).astype(np.int8),
        scale=scale,
        norm=np.stack([state["norm.weight"], state["norm.bias"]]),
        hidden=np.ascontiguousarray(state["hidden.weight"].T),
        hidden_bias=state["hidden.bias"],
        output=np.ascontiguousarray(state["out.weight"].T),
        skip=np.ascontiguousarray(state["skip.weight"].T),
        output_bias=state["out.bias"],
    )
