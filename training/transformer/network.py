"""The network of a full training: encoder, mean over the tokens, dropout, one linear head; and
its loss."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tagstract.training.transformer.recipe import Recipe

Loss = Callable[[Tensor, Tensor], Tensor]
"""Of logits and targets, float32 (papers, areas) both; a scalar."""


def masked_mean(hidden: Tensor, attention_mask: Tensor) -> Tensor:
    """Mean over the real tokens: (batch, tokens, width), (batch, tokens) → (batch, width)."""
    mask = attention_mask.unsqueeze(-1).to(torch.float32)
    return (hidden.to(torch.float32) * mask).sum(1) / mask.sum(1).clamp(min=1.0)


class Embedder(nn.Module):
    """An encoder and its masked mean: what a model folder keeps as `encoder.onnx`."""

    def __init__(self, encoder: Any) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """int64 (batch, tokens) twice → float32 embeddings (batch, width).

        No token types are passed: encoders that have them use zeros.
        """
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask)
        return masked_mean(hidden.last_hidden_state, attention_mask)


class Network(nn.Module):
    """Embedder, dropout and a linear head.

    Args:
        encoder: a `PreTrainedModel`.
        shares: (areas,), the share of papers in each area. The head starts from these odds, or
            its first steps are spent on learning that most areas do not hold.
        dropout: share of the embedding that is set to zero in training.
    """

    def __init__(self, encoder: Any, shares: Tensor, dropout: float) -> None:
        super().__init__()
        self.embedder = Embedder(encoder)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(encoder.config.hidden_size, len(shares))
        with torch.no_grad():
            self.head.bias.copy_(torch.logit(shares.clamp(0.001, 0.5)))

    @classmethod
    def of(cls, encoder: Any, targets: NDArray[np.float32], recipe: Recipe) -> Network:
        """To be trained on papers with these areas, (papers, areas), by a recipe; the same head
        for the same seed."""
        torch.manual_seed(recipe.network_seed)
        return cls(encoder, torch.from_numpy(targets.mean(0)).float(), recipe.dropout)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """int64 (batch, tokens) twice → float32 logits (batch, areas)."""
        embedding = self.dropout(self.embedder(input_ids, attention_mask))
        # In float32 also under autocast: it is small, and thresholds are set on its output.
        with torch.autocast(embedding.device.type, enabled=False):
            logits: Tensor = self.head(embedding)
        return logits


def cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """Binary cross-entropy of (papers, areas), summed over the areas, the mean of the papers.

    Summed, since a mean over the areas would make the step of a paper depend on how many areas a
    taxonomy has.
    """
    loss = nn.functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    return loss.sum(1).mean()


def parameter_groups(
    network: Network, encoder_rate: float, head_rate: float, layer_decay: float, decay: float
) -> list[dict[str, Any]]:
    """Parameters by learning rate (`peak`, per step) and weight decay, for AdamW.

    A layer's rate is `encoder_rate * layer_decay ** (layers above it)`, so 1.0 is no difference;
    biases and norms are not decayed.
    """
    layers = int(getattr(network.embedder.encoder.config, "num_hidden_layers", 0))
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        peak = head_rate
        if not name.startswith("head."):
            peak = encoder_rate * layer_decay ** (layers - _depth(name, layers))
        groups.setdefault((peak, decay if parameter.ndim > 1 else 0.0), []).append(parameter)
    return [
        {"params": parameters, "lr": peak, "peak": peak, "weight_decay": weight_decay}
        for (peak, weight_decay), parameters in groups.items()
    ]


def _depth(name: str, layers: int) -> int:
    """1 for the first layer of an encoder, 0 for what lies below, `layers` for what lies above."""
    parts = name.split(".")
    numbers = [int(part) for part in parts if part.isdigit()]
    if numbers:
        return numbers[0] + 1
    return 0 if any("embed" in part for part in parts[2:]) else layers
