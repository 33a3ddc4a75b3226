"""Where trainings keep what they may need again: embeddings and checkpoints."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

CHUNK = 256
"""Texts that are embedded between two writes: what a kill can lose."""


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
    say: Callable[[str], None],
) -> NDArray[np.float32]:
    """(texts, width): from the cache by content, the others from `embed` and into the cache.

    A cache that can't be written is no error: then all is embedded.
    """
    keys = [hashlib.sha256(text.encode("utf-8", "replace")).digest()[:16] for text in texts]
    known: dict[bytes, NDArray[np.float32]] = {}
    database = _open(cache_folder() / f"embeddings-{encoder_digest[:16]}-{max_tokens}.sqlite")
    with closing(database):
        for key, blob in database.execute("SELECT key, value FROM embeddings"):
            known[key] = np.frombuffer(blob, dtype=np.float32)
        missing = [row for row, key in enumerate(keys) if key not in known]
        if missing:
            say(f"embedding {len(missing)} papers, {len(texts) - len(missing)} are in the cache")
        for start in range(0, len(missing), CHUNK):
            rows = missing[start : start + CHUNK]
            fresh = embed([texts[row] for row in rows])
            known.update((keys[row], fresh[place]) for place, row in enumerate(rows))
            with database:
                database.executemany(
                    "INSERT OR IGNORE INTO embeddings VALUES (?, ?)",
                    [(keys[row], fresh[place].tobytes()) for place, row in enumerate(rows)],
                )
    return np.stack([known[key] for key in keys])


def _open(path: Path) -> sqlite3.Connection:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return _with_table(sqlite3.connect(path, timeout=30))
    except (OSError, sqlite3.Error):
        return _with_table(sqlite3.connect(":memory:"))


def _with_table(database: sqlite3.Connection) -> sqlite3.Connection:
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("CREATE TABLE IF NOT EXISTS embeddings (key BLOB PRIMARY KEY, value BLOB)")
    return database
