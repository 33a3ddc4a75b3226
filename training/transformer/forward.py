"""What a network says of papers, and how well; on the processor that is there."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score
from torch import nn

from tagstract.training.transformer.batches import Tokens, sorted_batches

BATCH = {"cpu": 32, "cuda": 128}

Targets = NDArray[np.float32]


def logits_of(
    network: nn.Module, tokens: Tokens, device: torch.device | None = None, precise: bool = False
) -> NDArray[np.float32]:
    """(papers, areas); `precise` keeps to float32 where bfloat16 would be faster."""
    device = device or torch.device("cpu")
    fast = not precise and has_bf16(device)
    network.eval()
    rows_of = sorted_batches(tokens, BATCH[device.type])
    parts = []
    with torch.inference_mode():
        for rows in rows_of:
            ids, mask = (torch.from_numpy(array).to(device) for array in tokens.batch(rows))
            with torch.autocast(device.type, torch.bfloat16, enabled=fast):
                parts.append(network(ids, mask).float().cpu().numpy())
    logits = np.concatenate(parts)
    out = np.empty_like(logits)
    out[np.concatenate(rows_of)] = logits
    return out


def score_of(network: nn.Module, tokens: Tokens, targets: Targets, device: torch.device) -> float:
    """Average precision over all (paper, area) pairs: needs no threshold."""
    truth = targets > 0.5
    return float(average_precision_score(truth.ravel(), logits_of(network, tokens, device).ravel()))


def device_to_use() -> torch.device:
    """A GPU if there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def device_name() -> str:
    """What a training ran on, for its facts."""
    return torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU"


def has_bf16(device: torch.device) -> bool:
    """Whether bfloat16 is faster than float32: on processors with instructions for it."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    return bool(getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)())
