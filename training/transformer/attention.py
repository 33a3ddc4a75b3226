"""Attention as one operation of ONNX Runtime, in place of the dozen that an export makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from transformers import AttentionInterface

NAME = "tagstract_one_operation"


def one_operation(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    sliding_window: int | None = None,
    **_: Any,
) -> tuple[Tensor, None]:
    """Attention of texts without padding, for an export only: it can't be computed in torch.

    The mask is left out, since the encoder of a model folder reads one text a run. What a mask
    held beside padding would be lost with it: an export is compared with torch for that.

    Args:
        query, key, value: (batch, heads, tokens, width of a head).

    Returns:
        (batch, tokens, heads, width of a head), and no weights.

    Raises:
        NotImplementedError: attention of another kind.
    """
    if sliding_window is not None:
        raise NotImplementedError("tokens that see their neighbours only")
    if key.shape[1] != query.shape[1]:
        raise NotImplementedError("fewer heads of keys than of queries")
    batch, heads, tokens, width = query.shape
    flat = [part.transpose(1, 2).reshape(batch, tokens, -1) for part in (query, key, value)]
    attended = torch.onnx.ops.symbolic(
        "com.microsoft::MultiHeadAttention",
        flat,
        attrs={"num_heads": heads, "scale": float(scaling or width**-0.5)},
        dtype=query.dtype,
        shape=(batch, tokens, heads * width),
        version=1,
    )
    return attended.reshape(batch, tokens, heads, width), None


@contextmanager
def exported_as_one(encoder: Any) -> Iterator[None]:
    """An encoder's attention is exported as one operation while this is entered.

    Encoders whose attention can't be replaced (those with a position bias of their own, as MPNet)
    stay as they are.
    """
    before = encoder.config._attn_implementation
    AttentionInterface.register(NAME, one_operation)
    encoder.set_attn_implementation(NAME)
    try:
        yield
    finally:
        encoder.set_attn_implementation(before)
