"""Losses and targets that may serve rare areas and doubtful labels better than plain ones."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

Targets = NDArray[np.float32]
Floats = NDArray[np.float64]

FOCUS = 2.0
EASE, SHIFT = 4.0, 0.05
SPREAD = 0.1


def focal(logits: Tensor, targets: Tensor) -> Tensor:
    """Pairs that are right already count less (Lin et al. 2017, "Focal loss for dense object
    detection", equation 4, gamma 2)."""
    loss = binary_cross_entropy_with_logits(logits, targets, reduction="none")
    chance = torch.sigmoid(logits)
    wrong = targets * (1 - chance) + (1 - targets) * chance
    return (wrong**FOCUS * loss).sum(1).mean()


def asymmetric(logits: Tensor, targets: Tensor) -> Tensor:
    """Areas that a paper has not count less the surer they are, and nothing below a shift (Ridnik
    et al. 2021, "Asymmetric loss for multi-label classification", gamma+ 0, gamma- 4, m 0.05)."""
    chance = torch.sigmoid(logits.float())
    shifted = (chance - SHIFT).clamp(min=0)
    has = targets * torch.log(chance.clamp(min=1e-8))
    has_not = (1 - targets) * shifted**EASE * torch.log((1 - shifted).clamp(min=1e-8))
    return -(has + has_not).sum(1).mean()


def smoothed_by_company(targets: Targets) -> Targets:
    """A tenth of each paper's certainty goes to areas that come with its own: the share of papers
    with its area that have the other one, the mean over its areas."""
    together = targets.T @ targets
    share = together / np.maximum(together.diagonal()[:, None], 1)
    company = targets @ share / np.maximum(targets.sum(1, keepdims=True), 1)
    return np.asarray((1 - SPREAD) * targets + SPREAD * company, dtype=np.float32)


def doubted(targets: Targets, chances: Floats) -> Targets:
    """Labels that a cross-validated head is sure are wrong become what that head says.

    Confident learning (Northcutt, Jiang and Chuang 2021, section 3.1), an area at a time: a label
    is doubted where the chance of the other one is above that label's own mean chance.

    Args:
        chances: calibrated, (papers, areas), each of a head fitted without the paper.
    """
    out = targets.copy()
    for area, chance in enumerate(chances.T):
        has = targets[:, area] > 0.5
        if not has.any() or has.all():
            continue
        missing = ~has & (chance > chance[has].mean())
        extra = has & (1 - chance > (1 - chance[~has]).mean())
        out[missing | extra, area] = chance[missing | extra]
    return out
