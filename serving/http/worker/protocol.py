"""HTTP/1.1 on a socket: uvicorn's protocol with limits on a request's head, and no upgrades.

uvicorn holds the head of a request in memory however long it is, before any of our code sees it.
And where a client offers another protocol (`curl --http2` and Java's HttpClient offer h2c with
each request), its parser takes what follows the head for that protocol, so the body is lost.
"""

from __future__ import annotations

import json
from typing import Any

import httptools
import uvicorn.config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from tagstract.serving.http.faults import LINGER_SECONDS, Fault, fault

__all__ = ["HEAD_BYTES", "HEAD_SECONDS", "Protocol", "use_protocol"]

HEAD_BYTES = 32 << 10
"""Bytes of a request line and its headers, each header counted with `_HEADER_COST` more."""

HEAD_SECONDS = 10.0
"""A head that has begun is complete after so many seconds, or its connection is closed."""

MAX_PIPELINED = 128
"""Requests that a connection may send before it reads the first answer."""

_HEADER_COST = 64
"""What a header takes in memory beside its text."""

_CONNECT = b"CONNECT"
_OFFER = {b"upgrade", b"http2-settings"}


class _Refused(Exception):
    """Raised in a callback of the parser, which stops it."""


class Protocol(HttpToolsProtocol):
    """uvicorn's protocol, which refuses heads that are too large (431) and ignores upgrades."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._in_head = True
        self._head_bytes = 0
        self._held_bytes = 0
        self._advances = 0
        self._refusal: Fault | None = None
        self._refused = False
        self._head_timer: Any = None

    def data_received(self, data: bytes) -> None:
        """Parse what has arrived; a partial header is held by the parser, so it counts too."""
        if self._refused:
            return
        self._unset_keepalive_if_required()
        before = self._advances
        try:
            self._feed(data)
        except httptools.HttpParserError:
            refusal = self._refusal or fault("bad-call", "not an HTTP/1.1 request")
            self._refuse(refusal)
            return
        self._held_bytes = self._held_bytes + len(data) if self._advances == before else 0
        if self._held_bytes > HEAD_BYTES:
            self._refuse(fault("head-too-large"))
            return
        self._watch_head()

    def _feed(self, data: bytes) -> None:
        while True:
            try:
                self.parser.feed_data(data)
                return
            except httptools.HttpParserUpgrade as upgrade:
                if self.parser.get_method() == _CONNECT:
                    self._refusal = fault("method-not-allowed", "this is not a proxy")
                    raise httptools.HttpParserError("CONNECT") from None
                # Read the request once more as if nothing had been offered.
                data = self._head_without_offer() + data[upgrade.args[0] :]
                self.parser = httptools.HttpRequestParser(self)
                self.parser.set_dangerous_leniencies(lenient_data_after_close=True)

    def _head_without_offer(self) -> bytes:
        version = self.parser.get_http_version().encode()
        lines = [b"%b %b HTTP/%b" % (self.parser.get_method(), self.url, version)]
        for name, value in self.headers:
            if name == b"connection":
                kept = [part for part in value.split(b",") if part.strip().lower() not in _OFFER]
                value = b",".join(kept)
            if name not in _OFFER and (value or name != b"connection"):
                lines.append(name + b": " + value)
        return b"\r\n".join([*lines, b"", b""])

    # Callbacks of the parser.

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0
        self._advances += 1

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value) + _HEADER_COST)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._advances += 1
        if self.parser.should_upgrade():
            return  # `_feed` reads it once more
        self._in_head = False
        if len(self.pipeline) >= MAX_PIPELINED:
            self._refusal = fault("bad-call", "too many pipelined requests")
            raise _Refused
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._advances += 1
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._advances += 1
        if self.parser.should_upgrade():
            return
        self._in_head = True
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_head_timer()
        super().connection_lost(exc)

    def _count(self, size: int) -> None:
        self._advances += 1
        self._head_bytes += size
        if self._head_bytes > HEAD_BYTES:
            self._refusal = fault("head-too-large")
            raise _Refused

    def _should_upgrade(self) -> bool:
        return False

    # Heads that don't end.

    def _watch_head(self) -> None:
        begun = self._in_head and self._head_bytes + self._held_bytes > 0
        if not begun:
            self._stop_head_timer()
        elif self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self._close_slow_head)

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _close_slow_head(self) -> None:
        self._head_timer = None
        if self._answering():
            self._watch_head()
        elif self._in_head:
            self.transport.close()

    # Refusals.

    def _answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _refuse(self, refusal: Fault) -> None:
        """Answer, unless an answer is on its way on this connection, and close.

        A socket that is closed with something unread is reset, and the answer lost with it; so
        what still comes is read and dropped for a while.
        """
        self._stop_head_timer()
        if self.transport.is_closing():
            return
        if self._answering():
            self.transport.close()
            return
        self._refused = True
        body = json.dumps(refusal.body()).encode()
        self.transport.write(
            STATUS_LINE[refusal.status]
            + b"content-type: application/json\r\nconnection: close\r\n"
            + b"content-length: %d\r\n\r\n" % len(body)
            + body
        )
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(LINGER_SECONDS, self.transport.close)


def use_protocol() -> None:
    """Have uvicorn use `Protocol` in this process; BentoML's worker has no option for it."""
    protocols: Any = uvicorn.config.HTTP_PROTOCOLS
    protocols["auto"] = Protocol
