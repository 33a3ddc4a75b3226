"""What a call must be: JSON with its list of papers, within limits.

It is told here, before BentoML sees the call, in one line; BentoML would log a traceback for
each bad one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus

from pydantic_core import from_json
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 8 << 20
MOST_PAPERS, MOST_EXPLAINED = 512, 32
"""Papers in a call, each about ten seconds of work on two cores: a paper is explained by scoring
it without each of its sentences. Feed files are better tagged by `tagstract tag`."""

MOST_CORRECTIONS = 512
"""Corrections in a call."""

_LISTS = {
    "/tag": ("papers", MOST_PAPERS),
    "/explain": ("papers", MOST_EXPLAINED),
    "/feedback": ("corrections", MOST_CORRECTIONS),
}
"""The list that the body of a POST to each path must hold, and its length at most."""

_JSON = (b"content-type", b"application/json")

_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB]\w\w\\u[dD][c-fC-F]\w\w|u[dD][89a-fA-F]\w\w|.)", re.DOTALL
)
"""A pair of surrogates, half a pair, or any other escape, the backslash of a backslash too."""

Refusal = tuple[HTTPStatus, str]


class CallCheck:
    """ASGI middleware: refuses a body that is too large, no JSON, or without its list.

    A body is read as JSON whatever its content type says: `curl -d` calls it a form.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        announced = headers.get(b"content-length", b"0")
        if not announced.isdigit() or int(announced) > MOST_BYTES:
            await _refuse(_too_large(), scope, receive, send)
            return
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return  # the caller has left
            body += message.get("body", b"")
            if len(body) > MOST_BYTES:
                await _refuse(_too_large(), scope, receive, send)
                return
            more = message.get("more_body", False)
        whole = _whole(bytes(body))
        wanted = _LISTS.get(scope["path"]) if scope["method"] == "POST" else None
        if wanted is not None:
            refusal = _fault(whole, headers, *wanted)
            if refusal is not None:
                await _refuse(refusal, scope, receive, send)
                return
            rest = [header for header in scope["headers"] if header[0] != _JSON[0]]
            scope = {**scope, "headers": [*rest, _JSON]}
        messages: list[Message] = [{"type": "http.request", "body": whole, "more_body": False}]

        async def replay() -> Message:
            return messages.pop() if messages else await receive()

        await self._app(scope, replay, send)


def _whole(body: bytes) -> bytes:
    """The body with U+FFFD for each half of a character: one would spoil all papers."""
    if not _HALF.search(body):
        return body
    return _ESCAPE.sub(lambda found: rb"\ufffd" if len(found[0]) == 6 else found[0], body)


def _fault(body: bytes, headers: Mapping[bytes, bytes], name: str, most: int) -> Refusal | None:
    """Why a body can't be served, or None."""
    origin, host = headers.get(b"origin"), headers.get(b"host", b"")
    if origin is not None and origin.partition(b"://")[2] != host:
        # A body is read whatever its type, so no browser would ask before it sends one.
        return HTTPStatus.FORBIDDEN, "calls from pages of other sites are not taken"
    if headers.get(b"content-encoding", b"identity") != b"identity":
        return HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "the body is packed; send it as it is"
    right = f'send {{"{name}": [...]}}'
    try:
        call = from_json(body)
    except ValueError as error:
        return HTTPStatus.BAD_REQUEST, f"the body is no JSON ({error}); {right}"
    if not isinstance(call, dict) or not isinstance(call.get(name), list):
        return HTTPStatus.BAD_REQUEST, f"the body holds no list '{name}'; {right}"
    if len(call[name]) > most:
        text = f"{len(call[name]):,} {name} in a call; send {most} at most"
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, text
    return None


def _too_large() -> Refusal:
    text = f"the body is over {MOST_BYTES:,} bytes; send fewer papers a call"
    return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, text


async def _refuse(refusal: Refusal, scope: Scope, receive: Receive, send: Send) -> None:
    status, text = refusal
    # What was not read of the body must not be taken for the next call.
    response = JSONResponse({"error": text}, status, {"connection": "close"})
    await response(scope, receive, send)
