"""The load generator: calls at the times of a plan, or as fast as a service takes them.

Open loop: the calls of a plan begin at their times whatever became of those before them, and
each is timed from the time it was meant to begin. A service that stalls for a second then shows
that second in every call of it; a generator that waits for answers would have sent one call and
shown one slow answer ("coordinated omission", Tene 2013, "How NOT to Measure Latency").
"""

from __future__ import annotations

import asyncio
import json
import random
import resource
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp

JSON = {"content-type": "application/json"}

NO_ANSWER = 0
"""The status of a call that was not answered: its connection broke, or its time ran out."""


@dataclass(frozen=True)
class Call:
    """A POST, and how its answer is judged.

    `fault` gets what a 200 holds and says what is wrong with it; None: it is right.
    """

    path: str
    body: bytes
    papers: int
    fault: Callable[[Any], str | None]
    headers: Mapping[str, str] = field(default_factory=lambda: JSON)


@dataclass(frozen=True)
class Outcome:
    """What became of a call. Times are in seconds; `intended` and `ended` since the run began.

    `lag` is how late the generator itself was. `fault` says what is wrong with a 200, or why
    there is no answer. `answer` is kept where the run was asked to keep it.
    """

    intended: float
    ended: float
    lag: float
    status: int
    papers: int
    fault: str | None = None
    answer: Any = None

    @property
    def seconds(self) -> float:
        """From when it was meant to begin to its last byte."""
        return self.ended - self.intended

    @property
    def accepted(self) -> bool:
        return self.status == 200

    @property
    def refused(self) -> bool:
        """Whether it was told to come back later."""
        return self.status in (429, 503)


def arrivals(rate: float, seconds: float, seed: int = 0) -> list[float]:
    """The times of a Poisson process: calls of many who know nothing of each other."""
    chooser = random.Random(seed)
    times: list[float] = []
    now = chooser.expovariate(rate)
    while now < seconds:
        times.append(now)
        now += chooser.expovariate(rate)
    return times


def session(timeout: float) -> aiohttp.ClientSession:
    """A client without a limit of connections: a limit would be a queue that nobody measures."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=30),
        timeout=aiohttp.ClientTimeout(total=timeout),
    )


async def send(
    client: aiohttp.ClientSession,
    address: str,
    call: Call,
    began: float,
    intended: float | None = None,
    keep: bool = False,
) -> Outcome:
    """One call, now; timed from `intended` (since `began`, on the loop's clock)."""
    now = time.monotonic() - began
    intended = now if intended is None else intended
    url = f"http://{address}{call.path}"
    try:
        async with client.post(url, data=call.body, headers=call.headers) as response:
            body = await response.read()
            status = response.status
    except (aiohttp.ClientError, OSError) as error:
        # The client's own time-out is one of these two as well.
        ended = time.monotonic() - began
        why = f"{type(error).__name__}: {error}".rstrip(": ")
        return Outcome(intended, ended, now - intended, NO_ANSWER, call.papers, why)
    ended = time.monotonic() - began
    answer = _json(body) if status == 200 or keep else None
    fault = call.fault(answer) if status == 200 else None
    kept = answer if keep else None
    return Outcome(intended, ended, now - intended, status, call.papers, fault, kept)


async def open_loop(
    address: str, calls: Iterable[Call], times: Iterable[float], timeout: float = 10.0
) -> list[Outcome]:
    """The next of `calls` at each of `times`; every outcome, once all have one."""
    source, tasks = iter(calls), []
    async with session(timeout) as client:
        began = time.monotonic()
        for intended in times:
            wait = began + intended - time.monotonic()
            if wait > 0:
                await asyncio.sleep(wait)
            tasks.append(asyncio.create_task(send(client, address, next(source), began, intended)))
        return list(await asyncio.gather(*tasks))


async def closed_loop(
    address: str, calls: Iterable[Call], connections: int, seconds: float, timeout: float = 60.0
) -> list[Outcome]:
    """As many calls as `connections` callers get answered, each waiting for its answer."""
    source = iter(calls)
    outcomes: list[Outcome] = []
    async with session(timeout) as client:
        began = time.monotonic()

        async def caller() -> None:
            while time.monotonic() - began < seconds:
                outcomes.append(await send(client, address, next(source), began))
                if not outcomes[-1].accepted:
                    await asyncio.sleep(0.1)

        await asyncio.gather(*(caller() for _ in range(connections)))
    return outcomes


def in_turn(calls: list[Call]) -> Iterator[Call]:
    """The calls, again and again."""
    while True:
        yield from calls


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body[:200].decode("utf-8", "replace")
