"""What a call must be: JSON with its list of papers, within limits.

It is told here, before BentoML sees the call, in one line; BentoML would log a traceback for
each bad one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic_core import from_json
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tagstract.serving.attribution import runs_of
from tagstract.serving.http.call import call_of
from tagstract.serving.http.faults import Fault, fault, refuse
from tagstract.serving.http.settings import Settings

_JSON = (b"content-type", b"application/json")

_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB]\w\w\\u[dD][c-fC-F]\w\w|u[dD][89a-fA-F]\w\w|.)", re.DOTALL
)
"""A pair of surrogates, half a pair, or any other escape, the backslash of a backslash too."""


class CallCheck:
    """ASGI middleware: refuses a body that is too large, no JSON, or without its list.

    A body is read as JSON whatever its content type says: `curl -d` calls it a form. How many
    papers a call holds, and how many runs of the encoder they cost, goes into its state.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._origins = {origin.encode() for origin in settings.origins}
        self._most_bytes = settings.most_bytes
        self._lists = {
            "/tag": ("papers", settings.most_papers),
            "/explain": ("papers", settings.most_explained),
            "/feedback": ("corrections", settings.most_corrections),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        found = self._head(scope["method"], headers)
        if found is not None:
            await refuse(found, scope, receive, send, close=True)
            return
        if scope["method"] != "POST":
            await self._app(scope, receive, send)  # nobody reads a body that it may have
            return
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return  # the caller has left
            body += message.get("body", b"")
            if len(body) > self._most_bytes:
                await refuse(self._too_large(), scope, receive, send, close=True)
                return
            more = message.get("more_body", False)
        whole = _whole(bytes(body))
        wanted = self._lists.get(scope["path"])
        if wanted is not None:
            items = _items(whole, *wanted)
            if isinstance(items, Fault):
                await refuse(items, scope, receive, send)
                return
            if wanted[0] == "papers":
                call, explained = call_of(scope), scope["path"] == "/explain"
                call.papers = len(items)
                call.runs = sum(map(runs_of, items)) if explained else len(items)
            rest = [header for header in scope["headers"] if header[0] != _JSON[0]]
            scope = {**scope, "headers": [*rest, _JSON]}
        messages: list[Message] = [{"type": "http.request", "body": whole, "more_body": False}]

        async def replay() -> Message:
            return messages.pop() if messages else await receive()

        await self._app(scope, replay, send)

    def _head(self, method: str, headers: Mapping[bytes, bytes]) -> Fault | None:
        """Why a call can't be served whatever its body holds, or None."""
        announced = headers.get(b"content-length", b"0")
        if not announced.isdigit() or int(announced) > self._most_bytes:
            return self._too_large()
        if method != "POST":
            return None
        origin, host = headers.get(b"origin"), headers.get(b"host", b"")
        own = origin is None or origin.partition(b"://")[2] == host
        if not own and origin not in self._origins:
            # A body is read whatever its type, so no browser would ask before it sends one.
            return fault("forbidden", "calls from pages of other sites are not taken")
        if headers.get(b"content-encoding", b"identity") != b"identity":
            return fault("packed-body")
        return None

    def _too_large(self) -> Fault:
        text = f"the body is over {self._most_bytes:,} bytes; send fewer papers a call"
        return fault("too-large", text)


def _whole(body: bytes) -> bytes:
    """The body with U+FFFD for each half of a character: one would spoil all papers."""
    if not _HALF.search(body):
        return body
    return _ESCAPE.sub(lambda found: rb"\ufffd" if len(found[0]) == 6 else found[0], body)


def _items(body: bytes, name: str, most: int) -> list[Any] | Fault:
    """The list of a body, or why it can't be served."""
    right = f'send {{"{name}": [...]}}'
    try:
        call = from_json(body)
    except ValueError as error:
        return fault("bad-json", f"the body is no JSON ({error}); {right}")
    if not isinstance(call, dict) or not isinstance(call.get(name), list):
        return fault("bad-call", f"the body holds no list '{name}'; {right}")
    if len(call[name]) > most:
        return fault("too-large", f"{len(call[name]):,} {name} in a call; send {most} at most")
    items: list[Any] = call[name]
    return items
