"""BERT and MPNet encoders with a linear head, written for speed on a GPU.

One class for both: they are the same post-norm transformer (Devlin et al. 2019, "BERT"; Song et
al. 2020, "MPNet") but for MPNet's bias by relative position. Attention runs in one kernel.
Weights are those of transformers' `BertModel` and `MPNetModel`.
"""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Layer(nn.Module):
    """One transformer layer; (batch, tokens, width) in and out."""

    def __init__(self, width: int, heads: int, inner: int, dropout: float, eps: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, inner), nn.Linear(inner, width)
        self.norm1, self.norm2 = nn.LayerNorm(width, eps), nn.LayerNorm(width, eps)

    def forward(self, x: Tensor, bias: Tensor | None) -> Tensor:
        batch, tokens, width = x.shape
        split = self.qkv(x).view(batch, tokens, 3, self.heads, width // self.heads)
        q, k, v = split.permute(2, 0, 3, 1, 4)
        dropout = self.dropout if self.training else 0.0
        attended = F.scaled_dot_product_attention(q, k, v, attn_mask=bias, dropout_p=dropout)
        attended = self.out(attended.transpose(1, 2).reshape(batch, tokens, width))
        x = self.norm1(x + F.dropout(attended, self.dropout, self.training))
        inner = self.down(F.gelu(self.up(x)))
        out: Tensor = self.norm2(x + F.dropout(inner, self.dropout, self.training))
        return out


class FastNetwork(nn.Module):
    """Encoder, mean over the tokens, dropout, linear head.

    Args:
        config: a transformers `config.json` of a BERT or MPNet.
        areas: outputs of the head.
        layers: how many of the encoder's layers; None: all.
        halved_after: after so many layers each pair of neighbouring tokens becomes one, their mean
            (as in Dai et al. 2020, "Funnel-Transformer"); None: never.
    """

    def __init__(
        self,
        config: dict[str, Any],
        areas: int,
        layers: int | None = None,
        dropout: float = 0.1,
        halved_after: int | None = None,
    ) -> None:
        super().__init__()
        self.halved_after = halved_after
        width, heads = config["hidden_size"], config["num_attention_heads"]
        eps = config.get("layer_norm_eps", 1e-12)
        self.relative = config["model_type"] == "mpnet"
        self.heads, self.dropout = heads, dropout
        self.word = nn.Embedding(config["vocab_size"], width)
        self.position = nn.Embedding(config["max_position_embeddings"], width)
        self.norm = nn.LayerNorm(width, eps)
        self.layers = nn.ModuleList(
            Layer(width, heads, config["intermediate_size"], dropout, eps)
            for _ in range(layers or config["num_hidden_layers"])
        )
        # MPNet's first positions belong to padding; BERT adds the vector of its only segment.
        self.first = 2 if self.relative else 0
        self.segment = nn.Parameter(torch.zeros(width), requires_grad=not self.relative)
        self.bias = nn.Embedding(config.get("relative_attention_num_buckets", 32), heads)
        self.bias.requires_grad_(False)  # its gradient costs as much as the rest of attention
        self.head = nn.Linear(width, areas)

    def forward(self, ids: Tensor, mask: Tensor | None) -> Tensor:
        """int64 and bool (batch, tokens) → float32 logits (batch, areas).

        Args:
            mask: which tokens are none of padding; None: all, which is faster.
        """
        place = torch.arange(ids.shape[1], device=ids.device)
        x = self.word(ids) + self.position(place + self.first) + self.segment
        x = F.dropout(self.norm(x), self.dropout, self.training)
        weight = torch.ones(ids.shape, device=ids.device) if mask is None else mask.float()
        masked = mask is not None
        bias = self._bias(ids, weight if masked else None)
        for number, layer in enumerate(self.layers):
            if number == self.halved_after:
                x, weight = halved(x, weight)
                masked = masked or bool(place.shape[0] % 2)
                bias = self._bias(weight, weight if masked else None)
            x = layer(x, bias)
        total = weight.sum(1, keepdim=True)
        mean = (x.float() * weight[..., None]).sum(1) / total
        mean = F.dropout(mean, 2 * self.dropout, self.training)
        with torch.autocast(ids.device.type, enabled=False):
            logits: Tensor = self.head(mean.float())
        return logits

    def _bias(self, like: Tensor, weight: Tensor | None) -> Tensor | None:
        """What attention adds to its scores, (batch, heads, tokens, tokens); None: nothing.

        Args:
            like: (batch, tokens), for the shape and the device.
            weight: (batch, tokens), 0 for padding; None: no padding.
        """
        batch, tokens = like.shape
        kind = torch.get_autocast_dtype("cuda") if like.is_cuda else torch.float32
        bias = None
        if weight is not None:
            bias = torch.zeros(batch, 1, 1, tokens, device=like.device, dtype=kind)
            bias = bias.masked_fill((weight == 0)[:, None, None, :], -1e4)
        if self.relative:
            place = torch.arange(tokens, device=like.device)
            near = self.bias(bucket(place[None, :] - place[:, None])).permute(2, 0, 1)
            near = near[None].to(kind)
            bias = near if bias is None else bias + near
        return None if bias is None else bias.expand(batch, self.heads, tokens, tokens)


def halved(x: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Each pair of neighbouring tokens as one: their weighted mean, and the sum of their weights.

    Args:
        x: (batch, tokens, width).
        weight: (batch, tokens), 0 for padding.
    """
    if x.shape[1] % 2:
        x, weight = F.pad(x, (0, 0, 0, 1)), F.pad(weight, (0, 1))
    batch, tokens, width = x.shape
    pairs = weight.view(batch, tokens // 2, 2)
    summed = pairs.sum(2)
    share = (pairs / summed.clamp(min=1)[..., None]).to(x.dtype)
    return (x.view(batch, tokens // 2, 2, width) * share[..., None]).sum(2), summed


def bucket(distance: Tensor, buckets: int = 32, farthest: int = 128) -> Tensor:
    """The bucket of a relative position: near ones have their own, far ones share by logarithm
    (Raffel et al. 2020, "Exploring the limits of transfer learning", section 2.1)."""
    half = buckets // 2
    side, size = (distance > 0).long() * half, distance.abs()
    exact = half // 2
    scale = (half - exact) / math.log(farthest / exact)
    far = exact + (torch.log(size.float().clamp(min=1) / exact) * scale).long()
    return side + torch.where(size < exact, size, far.clamp(max=half - 1))


def names(config: dict[str, Any], layers: int) -> dict[str, list[str]]:
    """For each parameter of `FastNetwork`, the parameters of transformers that it joins."""
    relative = config["model_type"] == "mpnet"
    found = {
        "word.weight": ["embeddings.word_embeddings.weight"],
        "position.weight": ["embeddings.position_embeddings.weight"],
        "norm.weight": ["embeddings.LayerNorm.weight"],
        "norm.bias": ["embeddings.LayerNorm.bias"],
    }
    if relative:
        found["bias.weight"] = ["encoder.relative_attention_bias.weight"]
    for number in range(layers):
        stem = f"encoder.layer.{number}."
        parts = {
            "out": "attention.attn.o" if relative else "attention.output.dense",
            "norm1": "attention.LayerNorm" if relative else "attention.output.LayerNorm",
            "up": "intermediate.dense",
            "down": "output.dense",
            "norm2": "output.LayerNorm",
        }
        heads = (
            ("attn.q", "attn.k", "attn.v") if relative else ("self.query", "self.key", "self.value")
        )
        for kind in ("weight", "bias"):
            joined = [f"{stem}attention.{head}.{kind}" for head in heads]
            found[f"layers.{number}.qkv.{kind}"] = joined
            for ours, theirs in parts.items():
                found[f"layers.{number}.{ours}.{kind}"] = [f"{stem}{theirs}.{kind}"]
    return found


def load(
    weights: dict[str, Tensor],
    config: dict[str, Any],
    odds: Tensor,
    picked: list[int] | None = None,
    halved_after: int | None = None,
) -> FastNetwork:
    """A network from a base's weights.

    Args:
        odds: (areas,), the shares the head starts from.
        picked: the layers of the base to start from; None: all.
        halved_after: see `FastNetwork`.
    """
    picked = picked or list(range(config["num_hidden_layers"]))
    network = FastNetwork(config, len(odds), len(picked), halved_after=halved_after)
    state = network.state_dict()
    plain = {name.split(".", 1)[1] if name.split(".")[0] in ("bert", "mpnet") else name: one
             for name, one in weights.items()}  # fmt: skip
    for ours, theirs in names(config, len(picked)).items():
        parts = [_of_layer(name, picked) for name in theirs]
        state[ours] = torch.cat([plain[name].float() for name in parts])
    if not network.relative:
        state["segment"] = plain["embeddings.token_type_embeddings.weight"][0].float()
    state["head.bias"] = torch.logit(odds.clamp(1e-3, 0.5))
    network.load_state_dict(state)
    return network


def _of_layer(name: str, picked: list[int]) -> str:
    """The base's name of a parameter, where only some of its layers were picked."""
    parts = name.split(".")
    if parts[:2] == ["encoder", "layer"]:
        parts[2] = str(picked[int(parts[2])])
    return ".".join(parts)


def encoder_state(
    weights: dict[str, Tensor], config: dict[str, Any], layers: int
) -> dict[str, Tensor]:
    """Weights of a `FastNetwork` under the names of transformers' encoder."""
    state = {}
    for ours, theirs in names(config, layers).items():
        for name, part in zip(theirs, weights[ours].float().chunk(len(theirs)), strict=True):
            state[name] = part
    return state
