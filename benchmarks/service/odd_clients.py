"""Clients that no library would be: they flood, trickle, stall and leave.

Each gives the status it was answered with and the rest of the answer; status 0: none came.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from benchmarks.service.load import NO_ANSWER, Call

Answer = tuple[int, Any]

BLOCK = b" " * (1 << 20)


async def flood(address: str, call: Call, megabytes: int, chunked: bool) -> Answer:
    """A body far over every limit, sent on until the service answers or hangs up."""
    framing = "transfer-encoding: chunked"
    if not chunked:
        framing = f"content-length: {megabytes << 20}"

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(megabytes):
            yield b"%x\r\n%b\r\n" % (len(BLOCK), BLOCK) if chunked else BLOCK
        if chunked:
            yield b"0\r\n\r\n"

    return await _exchange(address, _head(call, framing), pieces)


async def endless_head(address: str, kilobytes: int, lines: bool) -> Answer:
    """A head that does not end: of many headers, or of one long one."""
    piece = b"x-name: a\r\n" * 100 if lines else b"a" * 1000

    async def pieces() -> AsyncIterator[bytes]:
        yield b"" if lines else b"x: "
        for _ in range(kilobytes):
            yield piece

    return await _exchange(address, b"GET /livez HTTP/1.1\r\nhost: localhost\r\n", pieces)


async def offer_h2c(address: str, call: Call) -> Answer:
    """A call that offers HTTP/2, as `curl --http2` and Java's HttpClient send it."""
    offer = (
        "connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\n"
        "http2-settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n"
    )

    async def pieces() -> AsyncIterator[bytes]:
        yield call.body

    return await _exchange(address, _head(call, f"{offer}content-length: {len(call.body)}"), pieces)


async def trickle(address: str, call: Call, seconds: float, whole: bool) -> Answer:
    """A body in twenty pieces over so many seconds; not `whole`: the last never comes."""

    async def pieces() -> AsyncIterator[bytes]:
        size = -(-len(call.body) // 20)
        parts = [call.body[at : at + size] for at in range(0, len(call.body), size)]
        for part in parts if whole else parts[:-1]:
            yield part
            await asyncio.sleep(seconds / len(parts))
        if not whole:
            await asyncio.sleep(seconds)

    return await _exchange(address, _head(call, f"content-length: {len(call.body)}"), pieces)


async def leave(address: str, call: Call, after: float) -> Answer:
    """A whole call whose caller is gone before it is answered."""
    host, port = address.split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(_head(call, f"content-length: {len(call.body)}") + call.body)
    with contextlib.suppress(OSError):
        await writer.drain()
    await asyncio.sleep(after)
    writer.transport.abort()
    return NO_ANSWER, None


def _head(call: Call, framing: str) -> bytes:
    lines = (
        f"POST {call.path} HTTP/1.1",
        "host: localhost",
        "content-type: application/json",
        framing,
    )
    return "\r\n".join([*lines, "", ""]).encode()


async def _exchange(
    address: str, head: bytes, pieces: Callable[[], AsyncIterator[bytes]]
) -> Answer:
    """Sends until all is sent or an answer begins; gives that answer."""
    host, port = address.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    answer = asyncio.create_task(_answer(reader))

    async def speak() -> None:
        writer.write(head)
        async for piece in pieces():
            writer.write(piece)
            await writer.drain()

    speaking = asyncio.create_task(speak())
    try:
        await asyncio.wait({answer, speaking}, return_when=asyncio.FIRST_COMPLETED)
        return await answer
    except (OSError, EOFError, ValueError) as error:
        return NO_ANSWER, f"{type(error).__name__}: {error}"
    finally:
        speaking.cancel()
        with contextlib.suppress(asyncio.CancelledError, OSError):
            await speaking
        writer.transport.abort()


async def _answer(reader: asyncio.StreamReader) -> Answer:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    status = int(head.split(" ", 2)[1])
    length = next(
        (line[15:] for line in head.split("\r\n") if line.startswith("content-length:")), "0"
    )
    return status, json.loads(await reader.readexactly(int(length)) or b"null")
