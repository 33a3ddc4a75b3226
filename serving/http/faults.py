"""The one shape of every failure: `{"error": {"code", "message"}}`, a code a program can read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tagstract.labels.errors import one_line

__all__ = ["CODES", "Fault", "OneShape", "fault", "refuse"]

CODES = {
    "bad-json": (400, "the body is not JSON"),
    "bad-call": (400, "the request can't be read"),
    "unauthorized": (401, "a key is required"),
    "forbidden": (403, "the request is not allowed"),
    "not-found": (404, "no such path; the page is at /ui"),
    "method-not-allowed": (405, "this path does not support this method"),
    "slow-body": (408, "the body took too long to arrive"),
    "too-large": (413, "the request is too large"),
    "unsupported-encoding": (415, "the body is compressed; send it without a Content-Encoding"),
    "head-too-large": (431, "the request line and headers are too large"),
    "overloaded": (429, "the service is busy; try again later"),
    "internal": (500, "the service failed; its log says where"),
    "unavailable": (503, "the service can't do this now; try again later"),
    "timeout": (504, "the request took too long; send fewer papers"),
}
"""Every code, with its status and what is said where there is nothing better to say."""

LINGER_SECONDS = 2.0
"""For so long the rest of a body that was refused is read."""

RECEIVE = "tagstract.receive"
"""In a call's scope: how its body is read without limits that would refuse it once more."""

_REDIRECTS = {301, 302, 303, 307, 308}

_BY_STATUS = {status: code for code, (status, _) in CODES.items()}


@dataclass(frozen=True)
class Fault:
    """Why a call fails: its status, a code of `CODES`, one line for a person."""

    status: int
    code: str
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """What is answered."""
        return {"error": {"code": self.code, "message": self.message}}

    def response(self, close: bool = False) -> JSONResponse:
        """The answer; `close`: the connection ends with it."""
        headers = {**self.headers, "connection": "close"} if close else dict(self.headers)
        return JSONResponse(self.body(), self.status, headers)


def fault(code: str, message: str = "", headers: Mapping[str, str] | None = None) -> Fault:
    """The fault of a code, with its status; without a message, the one of the code."""
    status, usual = CODES[code]
    return Fault(status, code, message or usual, headers or {})


async def refuse(
    fault: Fault, scope: Scope, receive: Receive, send: Send, close: bool = False
) -> None:
    """Answer a call with a fault.

    `close` belongs to a call whose body was not read to its end: the connection ends with it,
    once the caller has taken the answer or `LINGER_SECONDS` are over.
    """
    if not close:
        await fault.response()(scope, receive, send)
        return

    async def keep_open(message: Message) -> None:
        await send({**message, "more_body": True} if "body" in message else message)

    await fault.response(close=True)(scope, receive, keep_open)
    # A socket that is closed with something unread is reset, and the answer lost with it.
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER_SECONDS):
            await _read_out(scope.get(RECEIVE, receive))
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _read_out(receive: Receive) -> None:
    """Read what is left of a body, and forget it."""
    while True:
        message = await receive()
        if message["type"] != "http.request" or not message.get("more_body", False):
            return


class OneShape:
    """ASGI middleware: gives every error response the same form, whatever raised it.

    BentoML and Starlette answer theirs as a text, an object or a list of one. An answer that has
    the shape stays as it is; of another, status and headers stay. A call that the server cancels,
    as it stops and waits no longer, is answered by 503.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        held: Message | None = None
        body = bytearray()
        started = False

        async def watch(message: Message) -> None:
            nonlocal held, started
            started = True
            if message["type"] == "http.response.start" and message["status"] in _REDIRECTS:
                # Of BentoML's router, for a slash too many, to whatever `Host` says.
                message = {**message, "status": 404, "headers": []}
            if message["type"] == "http.response.start" and message["status"] >= 400:
                held = message
                return
            if held is None or message["type"] != "http.response.body":
                await send(message)
                return
            body.extend(message.get("body", b""))
            more = message.get("more_body", False)
            headers = MutableHeaders(scope=held)
            if more and headers.get("content-length") != str(len(body)):
                return
            shaped = _shaped(held["status"], bytes(body))
            headers["content-type"] = "application/json"
            headers["content-length"] = str(len(shaped))
            start, held = held, None
            await send(start)
            await send({"type": "http.response.body", "body": shaped, "more_body": more})

        try:
            await self._app(scope, receive, watch)
        except asyncio.CancelledError:
            if started:
                raise
            text = "the service stopped before the call was done; send it again"
            await refuse(fault("unavailable", text), scope, receive, send)


def _shaped(status: int, body: bytes) -> bytes:
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        read = None
    error = read.get("error") if isinstance(read, dict) else None
    if isinstance(error, dict) and set(error) == {"code", "message"}:
        return body
    code = _BY_STATUS.get(status, "bad-call" if status < 500 else "internal")
    # Only a bad call's text is for its caller; the others' are the frameworks' own.
    message = _text(read, body) if code == "bad-call" else ""
    return json.dumps(fault(code, message).body()).encode()


def _text(read: Any, body: bytes) -> str:
    """What an answer of another shape says went wrong, as one line."""
    if isinstance(read, list) and read:
        read = read[0]
    if isinstance(read, dict):
        read = read.get("error")
    return one_line(read if isinstance(read, str) else body.decode(errors="replace"))[:200]
