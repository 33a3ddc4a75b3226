"""Labels as numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def targets_of(labels: Sequence[Sequence[str]], areas: Sequence[str]) -> NDArray[np.float32]:
    """(papers, areas): 1 where a paper has the area.

    Raises:
        KeyError: a label that is not among `areas`.
    """
    column = {area: j for j, area in enumerate(areas)}
    targets = np.zeros((len(labels), len(areas)), dtype=np.float32)
    for row, given in enumerate(labels):
        targets[row, [column[label] for label in given]] = 1
    return targets
