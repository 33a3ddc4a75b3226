"""Feeds parsed in a process apart, with a deadline that ends the work and not only the waiting.

A thread can't be stopped, and a parser in C holds all threads. So a feed goes to a child process
(`feed_worker.py`), which is killed when it takes too long, and has no secret in its environment.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import suppress

from tagstract.serving.http.faults import Fault, fault
from tagstract.serving.http.requests.feed_worker import ANSWER, FEED, MAX_ANSWER

__all__ = ["SECONDS", "FeedProcesses"]

SECONDS = 10.0
"""A feed that takes longer to parse is answered 504; 8 MB take about one."""

_AT_ONCE, _WAITING = 2, 8
"""Feeds that are parsed at a time, and that may wait for that."""

_KEPT = ("PATH", "PYTHONPATH", "PYTHONHOME", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH",
         "SYSTEMROOT")  # fmt: skip
_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1])\n"
    "from tagstract.serving.http.requests.feed_worker import main; main(int(sys.argv[2]))"
)


class FeedProcesses:
    """Child processes that parse feeds: none until the first feed, one kept for the next.

    Not for several threads: it belongs to the event loop.
    """

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0
        self._idle: asyncio.subprocess.Process | None = None

    async def read(self, data: bytes, most: int, whole: bool) -> bytes | Fault:
        """The papers of a feed as JSON (`feed_worker.papers_of`), or why it can't be read."""
        if self._waiting >= _AT_ONCE + _WAITING:
            return fault("overloaded", headers={"retry-after": "2"})
        self._waiting += 1
        try:
            async with self._slots:
                return await self._read(data, most, whole)
        finally:
            self._waiting -= 1

    async def _read(self, data: bytes, most: int, whole: bool) -> bytes | Fault:
        child, self._idle = self._idle, None
        if child is None or child.returncode is not None:
            child = await _start()
        done = False
        try:
            async with asyncio.timeout(SECONDS):
                good, answer = await _ask(child, FEED.pack(len(data), most, whole), data)
            done = True
        except TimeoutError:
            text = f"the feed took over {SECONDS:g} seconds to parse; split it"
            return fault("timeout", text)
        except (OSError, EOFError, ValueError):
            return fault("bad-call", "the feed can't be read; it is damaged or too large, unpacked")
        finally:
            if done and self._idle is None:
                self._idle = child
            else:
                await _kill(child)
        return answer if good else fault("bad-call", answer.decode(errors="replace"))


async def _start() -> asyncio.subprocess.Process:
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", _START, json.dumps(sys.path), str(os.getpid()),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env=environment,
        start_new_session=True,
    )  # fmt: skip


async def _ask(child: asyncio.subprocess.Process, head: bytes, data: bytes) -> tuple[bool, bytes]:
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(head)
    child.stdin.write(data)
    await child.stdin.drain()
    size, good = ANSWER.unpack(await child.stdout.readexactly(ANSWER.size))
    if size > MAX_ANSWER:
        raise ValueError("an answer that no child of ours gives")
    return good, await child.stdout.readexactly(size)


async def _kill(child: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        child.kill()
    with suppress(Exception):
        await asyncio.shield(child.wait())
