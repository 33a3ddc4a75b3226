"""Arrays in an .npz file that loads fast."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["save_arrays"]

_WORTH_IT = 0.95
"""An array is compressed where that leaves less than this of it. Quantized weights hardly shrink,
and to unpack them would take longer than to load all the rest."""


def save_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write an .npz file for `numpy.load`, each array compressed only where that pays."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            written = BytesIO()
            np.lib.format.write_array(written, np.asanyarray(array), allow_pickle=False)
            content = written.getvalue()
            pays = len(zlib.compress(content)) < _WORTH_IT * len(content)
            # A member without a date: the same arrays give the same bytes.
            member = zipfile.ZipInfo(f"{name}.npy")
            archive.writestr(member, content, zipfile.ZIP_DEFLATED if pays else zipfile.ZIP_STORED)
