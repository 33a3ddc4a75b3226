"""What the service does with HTTP itself: heads of any size, offers of other protocols."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time

import psutil
import pytest
from running import running_service

BODY = b'{"papers": []}'
H2C = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"
WEBSOCKET = b"Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n"


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    log = tmp_path_factory.mktemp("protocol") / "log"
    environment = {**os.environ, "TAGSTRACT_MODEL": "default"}
    with running_service(log, env=environment) as (process, address):
        yield process, address


@pytest.fixture
def connection(service):
    host, port = service[1].split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        yield connection


def answer(connection: socket.socket) -> tuple[int, object]:
    """The next answer on a connection: status and JSON."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = connection.recv(1)
        assert byte, head
        head += byte
    length = int(head.lower().partition(b"content-length:")[2].split()[0])
    body = b""
    while len(body) < length:
        body += connection.recv(length - len(body))
    return int(head.split()[1]), json.loads(body)


def post(headers: bytes, body: bytes = BODY) -> bytes:
    head = b"POST /tag HTTP/1.1\r\nHost: localhost\r\n" + headers
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


def send(connection: socket.socket, data: bytes) -> None:
    """Send data to its end, or until the service hangs up."""
    with contextlib.suppress(OSError):
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def memory_stays(process):
    """Check that no worker grows by 16 MB in the block."""
    workers = psutil.Process(process.pid).children()
    before = [worker.memory_info().rss for worker in workers]
    yield
    for worker, size in zip(workers, before, strict=True):
        assert worker.memory_info().rss - size < 16 << 20


@pytest.mark.parametrize("offer", [H2C, WEBSOCKET, b"Connection: upgrade\r\nUpgrade: TLS/1.0\r\n"])
def test_an_offer_of_another_protocol_is_ignored(connection, offer):
    # More than once on a connection, and with the body in pieces of its own.
    for _ in range(2):
        connection.sendall(post(offer))
        assert answer(connection) == (200, [])
    request = post(offer)
    for piece in (request[:60], request[60 : -len(BODY)], request[-len(BODY) : -3], request[-3:]):
        connection.sendall(piece)
        time.sleep(0.05)
    assert answer(connection) == (200, [])


def test_an_offer_with_a_chunked_body_and_requests_in_a_row(connection):
    chunked = (
        b"POST /tag HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n" + H2C + b"\r\n"
        b"4\r\n%b\r\na\r\n%b\r\n0\r\n\r\n" % (BODY[:4], BODY[4:])
    )
    connection.sendall(chunked + post(H2C) + post(b""))
    assert [answer(connection) for _ in range(3)] == [(200, [])] * 3


@pytest.mark.parametrize(
    "head",
    [
        b"GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"a" * (8 << 20),
        b"GET /livez HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 500_000,
        b"GET /" + b"a" * (4 << 20),
        b"GET /livez HTTP/1.1\r\nHost: localhost\r\n" + b"b" * (4 << 20),
    ],
    ids=["a long header", "many headers", "a long path", "a long name"],
)
def test_a_large_head_is_refused_while_it_arrives(service, connection, head):
    with memory_stays(service[0]):
        send(connection, head)
        status, told = answer(connection)
    assert (status, told["error"]["code"]) == (431, "head-too-large")


def test_a_large_trailer_ends_its_connection(service, connection):
    head = b"POST /tag HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: "
    with memory_stays(service[0]):
        send(connection, head + b"c" * (4 << 20))
        with contextlib.suppress(ConnectionResetError):
            assert connection.recv(1) == b""


def test_a_head_of_a_usual_size_is_taken(connection):
    connection.sendall(post(b"Cookie: " + b"a" * 16_000 + b"\r\n"))
    assert answer(connection) == (200, [])


def test_what_is_no_http_is_refused_in_the_shape_of_all_failures(connection):
    connection.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 this is TLS\r\n\r\n")
    status, told = answer(connection)
    assert (status, told["error"]["code"]) == (400, "bad-call")


def test_connect_is_refused(connection):
    connection.sendall(b"CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n")
    assert answer(connection)[0] == 405


def test_many_requests_in_a_row_without_reading_are_cut_off(connection):
    connection.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n" * 5000)
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := connection.recv(1 << 16):
            received += piece
    assert received.count(b"HTTP/1.1 200") < 300
