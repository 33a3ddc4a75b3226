"""What a call must be: JSON with its list of papers, within limits.

It is told here, before BentoML sees the call, in one line; BentoML would log a traceback for
each bad one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic_core import from_json
from starlette.datastructures import QueryParams
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tagstract.labels import Problem
from tagstract.serving.http.call import ParsedCall, call_of
from tagstract.serving.http.faults import Fault, fault, refuse
from tagstract.serving.http.requests.body import read_json
from tagstract.serving.http.requests.feed_process import FeedProcesses
from tagstract.serving.http.requests.parsed_call import OPTIONS, Kind, read_call, read_query
from tagstract.serving.http.settings import Settings
from tagstract.serving.sentences import runs_of

_TYPE, _LENGTH = b"content-type", b"content-length"


class CallCheck:
    """ASGI middleware: refuses a body that is too large, no JSON, or without its list.

    A body is read as JSON whatever its content type says: `curl -d` calls it a form; that of
    `/feed` is a file, which a process apart parses. What was read, how many papers a call holds,
    and how many runs of the encoder they cost goes into its state.
    """

    def __init__(self, app: ASGIApp, settings: Settings, feeds: FeedProcesses) -> None:
        self._app, self._feeds = app, feeds
        self._origins = {origin.encode() for origin in settings.origins}
        self._max_bytes = settings.max_bytes
        self._kinds = {
            "/tag": Kind("papers", settings.max_papers, OPTIONS),
            "/explain": Kind("papers", settings.max_explained, OPTIONS[:3]),
            "/feedback": Kind("corrections", settings.max_corrections),
        }
        self._max_papers, self._max_explained = settings.max_papers, settings.max_explained

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
            if len(body) > self._max_bytes:
                await refuse(self._too_large(), scope, receive, send, close=True)
                return
            more = message.get("more_body", False)
        if scope["path"] not in self._kinds and scope["path"] != "/feed":
            await self._app(scope, _replay(bytes(body), receive), send)
            return
        try:
            called = await self._called(scope, body)
        finally:
            body.clear()
        if isinstance(called, Fault):
            await refuse(called, scope, receive, send)
            return
        kind = self._kinds.get(scope["path"], self._kinds["/tag"])
        call = call_of(scope)
        call.parsed = called
        if kind.items == "papers":
            call.papers = len(called.items)
            explained = called.explain or scope["path"] == "/explain"
            call.runs = sum(map(runs_of, called.items)) if explained else len(called.items)
            call.staged = not explained
        rest = [header for header in scope["headers"] if header[0] not in (_TYPE, _LENGTH)]
        empty = b'{"%b": []}' % kind.items.encode()
        sent = [*rest, (_TYPE, b"application/json"), (_LENGTH, b"%d" % len(empty))]
        await self._app({**scope, "headers": sent}, _replay(empty, receive), send)

    async def _called(self, scope: Scope, body: bytearray) -> ParsedCall | Fault:
        """The call in a body, or why it can't be served."""
        if scope["path"] == "/feed":
            called = await self._feed(scope, bytes(body))
        elif scope["query_string"]:
            return fault("bad-call", "options stand in the body here, not in the address")
        else:
            kind = self._kinds[scope["path"]]
            read = await read_json(body, f'send {{"{kind.items}": [...]}}')
            called = read if isinstance(read, Fault) else read_call(read, kind)
        if isinstance(called, ParsedCall) and called.explain:
            most = self._max_explained
            if len(called.items) > most:
                found = (
                    f"{len(called.items):,} papers to explain in one request; send at most {most}"
                )
                return fault("too-large", found)
        return called

    async def _feed(self, scope: Scope, data: bytes) -> ParsedCall | Fault:
        """The papers of the feed in the body."""
        if dict(scope["headers"]).get(_TYPE, b"").startswith(b"multipart/"):
            right = "send the file itself: curl --data-binary @FILE"
            return fault("bad-call", f"the body is a form; {right}")
        query = QueryParams(scope["query_string"])
        if len(query.multi_items()) > len(query):
            return fault("bad-call", "the query has a duplicate option; keep one")
        options = read_query(query)
        if isinstance(options, Fault):
            return options
        answer = await self._feeds.read(data, self._max_papers, whole=True)
        if isinstance(answer, Fault):
            return answer
        feed = from_json(answer)
        if feed["left_out"]:
            found = f"{len(feed['papers']) + feed['left_out']:,} papers in the feed"
            return fault("too-large", f"{found}; send at most {self._max_papers}")
        papers: list[Any] = [
            Problem(*one) if isinstance(one, list) else one for one in feed["papers"]
        ]
        return ParsedCall(papers, **options)

    def _head(self, method: str, headers: Mapping[bytes, bytes]) -> Fault | None:
        """Why a call can't be served whatever its body holds, or None."""
        announced = headers.get(b"content-length", b"0")
        if not announced.isdigit() or int(announced) > self._max_bytes:
            return self._too_large()
        if method != "POST":
            return None
        origin, host = headers.get(b"origin"), headers.get(b"host", b"")
        own = origin is None or origin.partition(b"://")[2] == host
        if not own and origin not in self._origins:
            # A body is read whatever its type, so no browser would ask before it sends one.
            return fault("forbidden", "requests from pages of other sites are refused")
        if headers.get(b"content-encoding", b"identity") != b"identity":
            return fault("unsupported-encoding")
        return None

    def _too_large(self) -> Fault:
        text = f"the body is over {self._max_bytes:,} bytes; send fewer papers per request"
        return fault("too-large", text)


def _replay(body: bytes, receive: Receive) -> Receive:
    """What gives a body that was read once more, and then what comes after it."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay
