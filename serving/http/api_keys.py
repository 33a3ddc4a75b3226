"""The file of API keys: who may call, without the keys themselves."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from tagstract.labels.errors import InputError
from tagstract.labels.storage.atomic import atomic_writer
from tagstract.labels.storage.lock import locked, try_lock

__all__ = ["Key", "add", "holder", "load", "revoke"]

_PREFIX = "tagstract_"
"""So that a key that got lost is known for what it is, by people and by scanners for secrets."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class Key:
    """A key as it is kept: whose it is, when it was made and revoked (UTC), its SHA-256."""

    name: str
    created: str
    revoked: str | None
    sha256: str


def load(path: Path) -> list[Key]:
    """The keys of a file, the revoked ones too.

    Raises:
        InputError: it is missing, can't be read, or is no file of keys.
    """
    try:
        text = path.read_bytes().decode()
    except FileNotFoundError:
        wanted = "is missing; `tagstract keys add NAME` creates it"
        raise InputError(wanted, str(path)) from None
    except OSError as error:
        raise InputError(f"can't be read: {error.strerror or error}", str(path)) from error
    except UnicodeDecodeError as error:
        raise InputError("is not a key file: not UTF-8", str(path)) from error
    try:
        keys = [Key(**entry) for entry in json.loads(text)["keys"]]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        right = "restore it, or remove it and create new keys"
        raise InputError(f"is not a key file, or is damaged; {right}", str(path)) from error
    for key in keys:
        # A state of a key that can't be told must not count as "not revoked".
        whole = isinstance(key.name, str) and isinstance(key.sha256, str)
        if not (whole and key.sha256.isascii() and isinstance(key.revoked, str | None)):
            raise InputError(f"is damaged: the key '{key.name}' is incomplete", str(path))
    return keys


def add(path: Path, name: str) -> str:
    """Make a key for `name`; returns it, the only time it is seen.

    Raises:
        InputError: the name is none or was given before, or the file can't be used.
    """
    if not _NAME.fullmatch(name):
        right = "use letters, digits, '.', '_' and '-', at most 64"
        raise InputError(f"'{name}' is not a valid key name; {right}")
    with _changing(path):
        keys = load(path) if path.exists() else []
        if any(key.name == name for key in keys):
            raise InputError(f"'{name}' is or was in use; choose another name", str(path))
        secret = _PREFIX + secrets.token_urlsafe(32)
        _write(path, [*keys, Key(name, _now(), None, _digest(secret))])
    return secret


def revoke(path: Path, name: str) -> None:
    """Make the key of `name` worthless; it stays listed.

    Raises:
        InputError: there is no such key, or it is revoked, or the file can't be used.
    """
    with _changing(path):
        keys = load(path)
        if not any(key.name == name and key.revoked is None for key in keys):
            raise InputError(f"there is no active key for '{name}'", str(path))
        now = _now()
        _write(path, [replace(key, revoked=now) if key.name == name else key for key in keys])


def holder(secret: str, keys: list[Key]) -> str | None:
    """The name whose key in use `secret` is, or None."""
    digest = _digest(secret)
    found = None
    for key in keys:  # all of them, so that the time taken tells nothing
        if hmac.compare_digest(key.sha256, digest) and key.revoked is None:
            found = key.name
    return found


def _digest(secret: str) -> str:
    # One fast round suits: a key is 256 random bits, which nobody finds by trying. Slow hashes
    # are for passwords, and would cost each call what its tags cost.
    return hashlib.sha256(secret.encode()).hexdigest()


def _write(path: Path, keys: list[Key]) -> None:
    with atomic_writer(path) as file:
        if os.name != "nt":
            os.fchmod(file.fileno(), 0o600)
            # Written by root for a service that is not root's, the file stays the service's.
            with suppress(FileNotFoundError, PermissionError):
                old = os.stat(path)
                os.fchown(file.fileno(), old.st_uid, old.st_gid)
        json.dump({"keys": [asdict(key) for key in keys]}, file, indent=1)
        file.write("\n")


@contextmanager
def _changing(path: Path) -> Iterator[None]:
    """Whoever else changes the file waits: none loses what another wrote."""
    folder = Path(os.path.realpath(path)).parent
    if os.name == "nt":  # a folder can't be opened there
        with locked(folder / f".{path.name}.lock"):
            yield
        return
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise InputError("its folder is missing or not readable", str(path)) from error
    try:
        try_lock(handle, wait=True)
        yield
    finally:
        os.close(handle)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
