"""A feed from an `http(s)://` address: with limits of time and size, and not from inside."""

from __future__ import annotations

import http.client
import io
import ipaddress
import socket
import time
import urllib.error
import urllib.request
from base64 import b64encode
from typing import Any
from urllib.parse import unquote, urlsplit

from tagstract.labels.errors import InputError
from tagstract.labels.io.problem import Notes
from tagstract.labels.io.sources.source import Source

MAX_FETCHED = 256 << 20
"""Bytes of an answer; a larger feed is to be downloaded first."""

TIMEOUT, DEADLINE = 20.0, 120.0
"""Seconds in which the server has to say something; in which the answer has to be there."""

_STEP = 1 << 16


class _Private(Exception):
    """An address that is none of the public internet."""


def fetched(url: str, notes: Notes | None = None, allow_private: bool = False) -> Source:
    """The answer of a server as a Source.

    Every address on the way, those of redirects too, is looked at when the connection is made:
    a name can't lead inside.

    Raises:
        InputError: no answer, an error status, too much or too slow, or a private address.
    """
    try:
        name = _shown(url)
    except ValueError as error:
        raise InputError(f"can't be fetched: {error}", url) from error
    opener = _opener(allow_private)
    request = urllib.request.Request(
        name, headers={"User-Agent": "tagstract", "Accept": "*/*", "Accept-Encoding": "identity"}
    )
    user = urlsplit(url).netloc.rpartition("@")[0]
    if user:
        words = b64encode(unquote(user).encode()).decode()
        # Not for the hosts that a redirect leads to.
        request.add_unredirected_header("Authorization", f"Basic {words}")
    start = time.monotonic()
    try:
        with opener.open(request, timeout=TIMEOUT) as answer:
            data = _drain(answer, name, start)
    except urllib.error.HTTPError as error:
        raise InputError(f"answered {error.code} {error.reason}", name) from error
    except (OSError, http.client.HTTPException, ValueError, _Private) as error:
        raise InputError(f"can't be fetched: {_reason(error)}", name) from error
    return Source.of_bytes(data, name, notes)


def _drain(answer: Any, name: str, start: float) -> bytes:
    buffer = io.BytesIO()
    while step := answer.read1(_STEP):
        buffer.write(step)
        if buffer.tell() > MAX_FETCHED:
            raise InputError(f"is larger than {MAX_FETCHED >> 20} MiB; download it first", name)
        if time.monotonic() - start > DEADLINE:
            raise InputError(f"took more than {DEADLINE:.0f} seconds; download it first", name)
    return buffer.getvalue()


def _opener(allow_private: bool) -> urllib.request.OpenerDirector:
    """An opener for HTTP and HTTPS alone; others of the library's read files and FTP."""

    def connect(address: tuple[str, int], *rest: Any, **options: Any) -> socket.socket:
        if allow_private or address[0] in _proxies():
            return socket.create_connection(address, *rest, **options)
        return _public_connection(address, *rest, **options)

    class Plain(urllib.request.HTTPHandler):
        def http_open(self, request: urllib.request.Request) -> Any:
            return self.do_open(_made(http.client.HTTPConnection, connect), request)

    class Secure(urllib.request.HTTPSHandler):
        def https_open(self, request: urllib.request.Request) -> Any:
            return self.do_open(_made(http.client.HTTPSConnection, connect), request)

    opener = urllib.request.OpenerDirector()
    handlers: list[urllib.request.BaseHandler] = [
        urllib.request.ProxyHandler(),
        Plain(),
        Secure(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
    ]
    for handler in handlers:
        opener.add_handler(handler)
    return opener


def _made(kind: Any, connect: Any) -> Any:
    """A maker of connections that connect through `connect`."""

    def make(host: str, **options: Any) -> Any:
        connection = kind(host, **options)
        connection._create_connection = connect
        return connection

    return make


def _public_connection(address: tuple[str, int], *rest: Any, **options: Any) -> socket.socket:
    """A connection to a host whose addresses are all public; to one that was looked at."""
    host, port = address
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    for one in addresses:
        if not ipaddress.ip_address(one.partition("%")[0]).is_global:
            raise _Private(f"{host} is in a private network; allow that with --allow-private")
    for one in addresses[:-1]:
        try:
            return socket.create_connection((one, port), *rest, **options)
        except OSError:
            continue
    return socket.create_connection((addresses[-1], port), *rest, **options)


def _proxies() -> frozenset[str]:
    """Hosts of the proxies that the user has set: they are the user's own choice."""
    hosts = (urlsplit(proxy).hostname for proxy in urllib.request.getproxies().values())
    return frozenset(host for host in hosts if host)


def _shown(url: str) -> str:
    """The address without a password."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _reason(error: Exception) -> str:
    if isinstance(error, urllib.error.URLError):
        if not isinstance(error.reason, Exception):
            return str(error.reason)
        error = error.reason
    if isinstance(error, TimeoutError):
        return f"no answer in {TIMEOUT:.0f} seconds"
    return str(getattr(error, "strerror", None) or error) or type(error).__name__
