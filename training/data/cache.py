"""Where trainings keep what they may need again: embeddings and checkpoints."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tagstract.labels import InputError
from tagstract.labels.storage.lock import locked

CHUNK = 256
"""Texts that are embedded between two writes: what a kill can lose."""

SECONDS_BETWEEN_LINES = 5.0
"""How often a long embedding says how far it is."""


def cache_folder() -> Path:
    """`$TAGSTRACT_CACHE`, else `tagstract` in the user's cache folder."""
    home = os.environ.get("TAGSTRACT_CACHE")
    if home:
        return Path(home)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tagstract"


def cached_embeddings(
    texts: Sequence[str],
    encoder_digest: str,
    max_tokens: int,
    embed: Callable[[Sequence[str]], NDArray[np.float32]],
    log: Callable[[str], None],
) -> NDArray[np.float32]:
    """(texts, width): from the cache by content, the others from `embed` and into the cache.

    A cache that can't be read or written is no error: then all is embedded. What takes long says
    how far it is.
    """
    keys = [hashlib.sha256(text.encode("utf-8", "replace")).digest()[:16] for text in texts]
    path = cache_folder() / f"embeddings-{encoder_digest[:16]}-{max_tokens}.sqlite"
    with closing(_open(path)) as database:
        known = _known(database, keys)
        missing = [row for row, key in enumerate(keys) if key not in known]
        if missing:
            log(f"embedding {len(missing)} papers, {len(texts) - len(missing)} are in the cache")
        begun = said = time.monotonic()
        for start in range(0, len(missing), CHUNK):
            rows = missing[start : start + CHUNK]
            if start and time.monotonic() - said >= SECONDS_BETWEEN_LINES:
                said = time.monotonic()
                left = (said - begun) / start * (len(missing) - start)
                log(f"embedded {start} of {len(missing)} papers, about {left:.0f} s left")
            fresh = embed([texts[row] for row in rows])
            known.update((keys[row], fresh[place]) for place, row in enumerate(rows))
            with suppress(sqlite3.Error), database:
                database.executemany(
                    "INSERT OR IGNORE INTO embeddings VALUES (?, ?)",
                    [(keys[row], fresh[place].tobytes()) for place, row in enumerate(rows)],
                )
    return np.stack([known[key] for key in keys])


@contextmanager
def checkpoint_folder(run: str) -> Iterator[Path]:
    """The folder for the checkpoints of one run, kept from any second process until the block ends.

    Raises:
        InputError: it can't be made, or another process has it.
    """
    folder = cache_folder() / "runs" / run
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"can't be written: {error.strerror}; set TAGSTRACT_CACHE to another folder"
        raise InputError(what, str(folder)) from error
    with locked(folder / "lock", busy="the same training is already running; wait for it"):
        yield folder


def _open(path: Path) -> sqlite3.Connection:
    """The cache at `path`; one in the memory where that can't be used."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(path, timeout=30)
    except (OSError, sqlite3.Error):
        database = sqlite3.connect(":memory:")
    with suppress(sqlite3.Error):
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE IF NOT EXISTS embeddings (key BLOB PRIMARY KEY, value BLOB)")
    return database


def _known(database: sqlite3.Connection, keys: Sequence[bytes]) -> dict[bytes, NDArray[np.float32]]:
    """What the cache holds of `keys`."""
    known: dict[bytes, NDArray[np.float32]] = {}
    with suppress(sqlite3.Error):
        for start in range(0, len(keys), CHUNK):
            some = keys[start : start + CHUNK]
            query = f"SELECT key, value FROM embeddings WHERE key IN ({','.join('?' * len(some))})"
            for key, blob in database.execute(query, some):
                known[key] = np.frombuffer(blob, dtype=np.float32)
    return known
