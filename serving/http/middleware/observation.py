"""What is seen of each call: counts for Prometheus, and a line in the log."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tagstract.labels.tagged import Tagged
from tagstract.serving.http.call import CURRENT, Call, call_of
from tagstract.serving.http.faults import CODES, fault, refuse
from tagstract.serving.http.log import logger
from tagstract.serving.http.metrics import metrics

__all__ = ["Watch", "exposition", "watched"]

LEFT = 499, "left"
"""Status and code of a call whose caller left before there was an answer; nobody sees them."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+/=@-]{0,99}")
_MAX_PATH = 200
_QUIET = frozenset({"/livez", "/readyz", "/healthz", "/metrics"})
"""Asked every few seconds by a machine: logged only where they fail."""


class Watch:
    """ASGI middleware, the outermost: counts and logs every call, and gives it an id.

    What nobody else caught is answered `internal` here.
    """

    def __init__(self, app: ASGIApp, calls: frozenset[str]) -> None:
        self._app = app
        self._calls = calls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start = time.perf_counter()
        given = Headers(scope=scope).get("x-request-id", "")
        call = call_of(scope)
        if _ID.fullmatch(given):
            call.id = given
        token = CURRENT.set(call)
        scope.setdefault("state", {})
        answer = _Answer(send, call.id)
        try:
            await self._app(scope, receive, answer.send)
            if answer.status is None:
                # Heard by nobody but BentoML, which would wait for it until its time is over.
                await Response(status_code=LEFT[0])(scope, receive, send)
        except Exception:
            # Its message, which may quote the call, is not logged.
            logger.error("a request failed", exc_info=True)
            if answer.status is None:
                await refuse(fault("internal"), scope, receive, answer.send)
        finally:
            self._tell(scope, call, answer, time.perf_counter() - start)
            CURRENT.reset(token)

    def _tell(self, scope: Scope, call: Call, answer: _Answer, seconds: float) -> None:
        status, code = (answer.status, answer.code) if answer.status else LEFT
        path = scope["path"]
        metrics().observe_request(self._name(path), status, code, seconds)
        if path in _QUIET and status < 400:
            return
        fields = {
            "id": call.id,
            "method": scope["method"][:_MAX_PATH],
            "path": path[:_MAX_PATH],
            "status": status,
            "code": code or None,
            "ms": round(seconds * 1000, 1),
            "papers": call.papers,
            "model": call.model,
            "key": call.key,
            "client": scope["client"][0] if scope.get("client") else None,
        }
        logger.info("request", extra={"fields": fields})

    def _name(self, path: str) -> str:
        """The call that a path belongs to; one word for all that belong to none."""
        if path in self._calls:
            return path
        return "/ui/{name}" if path.startswith("/ui/") else "other"


class _Answer:
    """Passes an answer on, and reads its status and, of a failure, its code."""

    def __init__(self, send: Send, id: str) -> None:
        self._send, self._id = send, id
        self._failure = bytearray()
        self.status: int | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            MutableHeaders(scope=message)["x-request-id"] = self._id
        elif self.status and self.status >= 400 and len(self._failure) < 4096:
            self._failure += message.get("body", b"")
        await self._send(message)

    @property
    def code(self) -> str:
        """The code of a failure; empty of an answer that is none."""
        if not self.status or self.status < 400:
            return ""
        try:
            code = json.loads(self._failure)["error"]["code"]
        except (ValueError, LookupError, TypeError):
            return "other"
        return code if code in CODES else "other"


def watched(
    path: str, answer: Callable[[list[Any]], list[Tagged]], papers: list[Any]
) -> list[Tagged]:
    """Tagged papers as `answer` gives them, counted."""
    with metrics().at_work(len(papers)):
        answers = answer(papers)
    metrics().observe_answers(path, answers)
    call = CURRENT.get()
    if call is not None:
        call.papers = len(answers)
        call.model = answers[0].model if answers else None
    return answers


async def exposition(request: Request) -> Response:
    """`GET /metrics`."""
    text = await run_in_threadpool(metrics().exposition)
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")
