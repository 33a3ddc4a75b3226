"""Which calls are taken: what comes too slowly, or while there is too much to do, is not.

Two stages stand around `limits.CallCheck`. `Arrival` sees the head of a call and refuses what
would wait too long whatever its body holds, so that no body is read for nothing; `Admission`
knows how many papers there are.
"""

from __future__ import annotations

import asyncio
import math
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tagstract.serving.http.call import call_of
from tagstract.serving.http.faults import RECEIVE, Fault, fault, refuse
from tagstract.serving.http.settings import Settings
from tagstract.serving.http.worker.load import Load, Place

__all__ = ["MAX_CALLS", "Admission", "Arrival"]

MAX_CALLS = 256
"""Calls in work at a time, whatever they cost: corrections of a slow store among them."""

SMALL = 64 << 10
"""Bytes of a body that is never refused for others' bodies, and is read to its end where its call
is refused, so that the connection stays."""

MAX_BODIES = 256 << 20
"""Bytes of memory that all bodies may take, those on their way included."""

BODY_COST = 4
"""Bytes of memory for each byte of a body: the body, what it becomes, and the answer that repeats
it. `body.MAX_MARKS` bounds what a body becomes."""

MAX_IN_LANE = 8
"""Calls in work at a time that wait for something else than the encoder, such as the store of
corrections: all calls share 32 threads, and a store that is locked must not take them."""

_LANES = {"/feedback"}
_READERS = {"/tag", "/explain", "/feed"}


class Arrival:
    """ASGI middleware, before a body is read: refuses slow bodies, and all when there is too much.

    A body that is on its way holds no place among the calls in work.
    """

    def __init__(self, app: ASGIApp, load: Load, settings: Settings) -> None:
        self._app, self._load, self._settings = app, load, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        found = self._found(scope["path"])
        if found is not None:
            announced = dict(scope["headers"]).get(b"content-length", b"")
            small = announced.isdigit() and int(announced[:10]) <= SMALL
            await refuse(found, scope, receive, send, close=not small or self._load.stopping)
            return
        scope[RECEIVE] = receive
        body = _Body(receive, self._load, self._settings.body_seconds)
        try:
            await self._app(scope, body.receive, send)
        except _NotTaken as error:
            await refuse(error.fault, scope, receive, send, close=True)
        finally:
            body.let_go()

    def _found(self, path: str) -> Fault | None:
        """Why a call can't be taken whatever its body holds, or None."""
        if self._load.stopping:
            return fault("unavailable", "the service is stopping; try again in a moment")
        if self._load.calls >= MAX_CALLS:
            return overloaded(1)
        if path in _READERS:
            return too_long(self._load.wait(1), self._settings)
        return None


class _NotTaken(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.code)
        self.fault = fault


class _Body:
    """A body that is on its way: by when it must be there, and what it holds of our memory."""

    def __init__(self, receive: Receive, load: Load, seconds: float) -> None:
        self._receive, self._load, self._seconds = receive, load, seconds
        self._until = asyncio.get_running_loop().time() + seconds
        self._bytes, self._whole = 0, False

    async def receive(self) -> Message:
        if self._whole:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            text = f"the body did not arrive within {self._seconds:g} seconds; send it faster"
            raise _NotTaken(fault("slow-body", text)) from None
        part = len(message.get("body", b"")) * BODY_COST
        self._bytes += part
        self._load.body_bytes += part
        if self._bytes > SMALL * BODY_COST and self._load.body_bytes > MAX_BODIES:
            raise _NotTaken(overloaded(1))
        self._whole = not message.get("more_body", False)
        return message

    def let_go(self) -> None:
        self._load.body_bytes -= self._bytes
        self._bytes = 0


class Admission:
    """ASGI middleware, after a body was read: refuses what is too much, and ends late calls.

    A call holds its place while its papers are worked on, and no longer: not while its answer is
    on its way to a slow reader, but also when its caller has left or was told that it took too
    long, since a run of the model can't be stopped. What waits for a thread is given up then.
    """

    def __init__(self, app: ASGIApp, load: Load, settings: Settings) -> None:
        self._app, self._load, self._settings = app, load, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        call = call_of(scope)
        runs = call.runs * (self._load.cost() if call.staged else 1.0)
        found = too_long(self._load.wait(runs), self._settings) if runs else None
        lane = scope["path"] if scope["path"] in _LANES else ""
        if found is None and self._load.calls >= MAX_CALLS:
            found = overloaded(1)
        if found is None and lane and self._load.in_lane(lane) >= MAX_IN_LANE:
            found = overloaded(2)
        if found is not None:
            await refuse(found, scope, receive, send)
            return
        work = _Call(self._app, scope, receive, send, self._load.enter(runs, lane))
        await work.run(await receive(), self._settings.call_seconds)


class _Call:
    """A call in work, which may outlive its caller."""

    def __init__(
        self, app: ASGIApp, scope: Scope, receive: Receive, send: Send, place: Place
    ) -> None:
        self._app, self._scope, self._receive, self._send = app, scope, receive, send
        self._place = place
        self._answered = self._given_up = False

    async def run(self, body: Message, seconds: float) -> None:
        gone = asyncio.create_task(self._gone())
        work = asyncio.create_task(self._work(body, gone))
        try:
            await asyncio.wait((work, gone), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if work.done() or self._answered:
                await work
                return
            self._given_up = True
            if not gone.done():
                await refuse(fault("timeout"), self._scope, self._receive, self._send)
        except asyncio.CancelledError:
            self._given_up = True
            raise
        finally:
            gone.cancel()
            if not work.done():
                _give_up(work)

    async def _work(self, body: Message, gone: asyncio.Task[Message]) -> None:
        messages = [body]

        async def replay() -> Message:
            return messages.pop() if messages else await asyncio.shield(gone)

        async def answer(message: Message) -> None:
            self._place.leave()
            if not self._given_up:
                self._answered = True
                await self._send(message)

        try:
            await self._app(self._scope, replay, answer)
        finally:
            self._place.leave()

    async def _gone(self) -> Message:
        """The message that the caller has left, or has its answer."""
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                return message


_LATE: set[asyncio.Task[Any]] = set()
"""Work that nobody waits for; the event loop itself would forget it."""


def _give_up(work: asyncio.Task[None]) -> None:
    work.cancel()
    _LATE.add(work)
    work.add_done_callback(_LATE.discard)
    # Its fault is nobody's to hear of any more.
    work.add_done_callback(lambda task: task.cancelled() or task.exception())


def too_long(wait: float, settings: Settings) -> Fault | None:
    """The refusal of a call that would wait for others longer than is allowed, or None."""
    over = wait - settings.wait_seconds
    return overloaded(over) if over > 0 else None


def overloaded(seconds: float) -> Fault:
    """The refusal that says to come again after so many seconds."""
    return fault("overloaded", headers={"retry-after": str(max(1, math.ceil(seconds)))})
