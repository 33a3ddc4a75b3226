"""What one request may ask for: bytes of its body, and papers."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from bentoml.exceptions import BentoMLException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 8 << 20
MOST_PAPERS = 512
"""About ten seconds of work on two cores; feed files are better tagged by `tagstract tag`."""


class TooManyPapers(BentoMLException):
    error_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


def check_papers(papers: list[Any]) -> None:
    """Raises TooManyPapers."""
    if len(papers) > MOST_PAPERS:
        raise TooManyPapers(f"{len(papers)} papers in a request; send {MOST_PAPERS} at most")


class BodyLimit:
    """ASGI middleware: 413 for a body over the limit, also when its length is not announced."""

    def __init__(self, app: ASGIApp, most: int = MOST_BYTES) -> None:
        self._app, self._most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if not announced.isdigit() or int(announced) > self._most:
            await self._refuse(scope, receive, send)
            return
        body: list[Message] = []
        size = 0
        while True:
            message = await receive()
            body.append(message)
            size += len(message.get("body", b""))
            if size > self._most:
                await self._refuse(scope, receive, send)
                return
            if message["type"] != "http.request" or not message.get("more_body"):
                break

        async def replay() -> Message:
            return body.pop(0) if body else await receive()

        await self._app(scope, replay, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        text = f"the body is over {self._most:,} bytes; send fewer papers a request"
        response = JSONResponse(
            {"error": text}, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {"connection": "close"}
        )
        await response(scope, receive, send)
