"""Who may call: those who hold a key, where the operator asks for keys."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from tagstract.labels.errors import InputError
from tagstract.serving.http import api_keys
from tagstract.serving.http.call import call_of
from tagstract.serving.http.faults import Fault, fault, refuse

__all__ = ["Keys"]

logger = logging.getLogger("bentoml.tagstract")

_PROBES = {"/livez", "/readyz", "/healthz"}
_PAGE = {"/", "/ui"}

_LOOK_SECONDS = 1.0


class Keys:
    """ASGI middleware: lets a call pass that brings a key in use, or needs none.

    Probes need none, nor the files of the page: a person enters a key there. The name of the
    key goes into the state of the call.
    """

    def __init__(self, app: ASGIApp, file: Path) -> None:
        self._app = app
        self._file = _Watched(file)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not _is_open(scope["method"], scope["path"]):
            held = self._holder(scope)
            if isinstance(held, Fault):
                await refuse(held, scope, receive, send, close=True)
                return
            call_of(scope).key = held
        await self._app(scope, receive, send)

    def _holder(self, scope: Scope) -> str | Fault:
        known = self._file.keys()
        if known is None:
            return fault("unavailable", "keys can't be checked now; try again later")
        given = [value for name, value in scope["headers"] if name == b"authorization"]
        kind, _, secret = (given[0] if len(given) == 1 else b"").decode("latin-1").partition(" ")
        if kind.lower() == "bearer":
            name = api_keys.holder(secret.strip(), known)
            if name is not None:
                return name
            message, wanted = (
                "the key is unknown or revoked",
                'Bearer error="invalid_token"',
            )
        else:
            message, wanted = "a key is required: send 'Authorization: Bearer KEY'", "Bearer"
        return fault("unauthorized", message, {"www-authenticate": wanted})


def _is_open(method: str, path: str) -> bool:
    if path in _PROBES:
        return True
    return method in ("GET", "HEAD") and (path in _PAGE or path.startswith("/ui/"))


class _Watched:
    """The keys of a file, read again when it changes; None while it can't be used."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._keys: list[api_keys.Key] | None = None
        self._looked = -_LOOK_SECONDS
        self._mark: object = None
        self._last_error = ""

    def keys(self) -> list[api_keys.Key] | None:
        now = time.monotonic()
        if now - self._looked >= _LOOK_SECONDS:
            self._looked = now
            self._look()
        return self._keys

    def _look(self) -> None:
        try:
            # The number of the file too: it may have changed twice in a tick of its clock.
            about = os.stat(self._path)
            mark = (about.st_mtime_ns, about.st_size, about.st_ino)
            if self._keys is None or mark != self._mark:
                self._keys, self._mark = api_keys.load(self._path), mark
            self._last_error = ""
        except (InputError, OSError) as error:
            self._keys = None
            if str(error) != self._last_error:
                self._last_error = str(error)
                logger.error("keys: %s; requests are refused until it can be read", error)
