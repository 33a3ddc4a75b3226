"""Products of matrices that give a row the same result, to the bit, whatever stands beside it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def by_row(rows: NDArray[Any], weight: NDArray[Any]) -> NDArray[Any]:
    """`rows @ weight`, (papers, width) and (width, ...) → (papers, ...), one row at a time.

    A product of whole matrices adds up a row in an order that depends on how many rows there are:
    a paper alone then differs in the last bits from the same paper among others, which may turn a
    rounded digit or a threshold. For matrices as narrow as these it is no slower.
    """
    out = np.empty((len(rows), *weight.shape[1:]), np.result_type(rows, weight))
    for number, row in enumerate(rows):
        out[number] = row @ weight
    return out
