"""Networks that differ from the plain one in what they read or how their head looks at it."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from tagstract.training.transformer.network import Embedder, Network, masked_mean


class Described(nn.Module):
    """A head whose areas' weights are partly a learned map of their descriptions' embeddings: an
    area with few papers borrows from areas that are described alike.

    Args:
        descriptions: (areas, width).
        bias: (areas,).
    """

    descriptions: Tensor

    def __init__(self, descriptions: Tensor, bias: Tensor) -> None:
        super().__init__()
        centred = descriptions - descriptions.mean(0)
        self.register_buffer("descriptions", nn.functional.normalize(centred, dim=1))
        width = descriptions.shape[1]
        self.map = nn.Parameter(torch.eye(width))
        self.free = nn.Parameter(torch.zeros(len(descriptions), width))
        self.bias = nn.Parameter(bias.clone())

    def forward(self, embedding: Tensor) -> Tensor:
        return nn.functional.linear(embedding, self.descriptions @ self.map + self.free, self.bias)


def with_described_head(network: Network, descriptions: Tensor) -> Network:
    """The network with a head of another kind in the place of its own."""
    head: Any = Described(descriptions, network.head.bias.detach())
    network.head = head
    return network


class AreaReader(nn.Module):
    """A linear head on the tokens' mean, and for each area an attention of its own that reads the
    tokens once more (Mullenbach et al. 2018, "Explainable prediction of medical codes from
    clinical text", section 2.2)."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.linear = linear
        self.queries = nn.Parameter(torch.zeros_like(linear.weight))
        self.reads = nn.Parameter(torch.zeros_like(linear.weight))

    def forward(self, mean: Tensor, tokens: Tensor, attention_mask: Tensor) -> Tensor:
        """(batch, width), (batch, tokens, width), (batch, tokens) → (batch, areas)."""
        scores = (tokens @ self.queries.T).masked_fill(attention_mask.unsqueeze(-1) == 0, -1e4)
        read = torch.softmax(scores, 1).transpose(1, 2) @ tokens
        logits: Tensor = self.linear(mean) + (read * self.reads).sum(2)
        return logits


class AreaAttention(Network):
    """The network with an `AreaReader` for its head."""

    def __init__(self, encoder: Any, shares: Tensor, dropout: float) -> None:
        super().__init__(encoder, shares, dropout)
        head: Any = AreaReader(self.head)
        self.head = head

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        hidden = self.embedder.encoder(input_ids=input_ids, attention_mask=attention_mask)
        tokens = hidden.last_hidden_state
        with torch.autocast(tokens.device.type, enabled=False):
            mean = self.dropout(masked_mean(tokens, attention_mask))
            logits: Tensor = self.head(mean, self.dropout(tokens.float()), attention_mask)
        return logits


class Segments(nn.Module):
    """An encoder that takes all after the first separator for its second segment.

    Args:
        separator: id of the token that stands between title and abstract.
    """

    def __init__(self, encoder: Any, separator: int) -> None:
        super().__init__()
        self.inner, self.separator, self.config = encoder, separator, encoder.config

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Any:
        before = (input_ids == self.separator).cumsum(1) - (input_ids == self.separator).long()
        return self.inner(
            input_ids=input_ids,
            attention_mask=attention_mask,
            token_type_ids=before.clamp(max=1),
        )


def embeddings_of(encoder: Any, ids: list[list[int]]) -> Tensor:
    """(texts, width): mean over the tokens, one text at a time."""
    embedder = Embedder(encoder).eval()
    with torch.inference_mode():
        rows = [torch.tensor([one], dtype=torch.int64) for one in ids]
        parts = [embedder(row, torch.ones_like(row))[0] for row in rows]
    return torch.stack(parts).clone()
