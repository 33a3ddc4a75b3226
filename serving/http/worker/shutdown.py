"""How a worker stops: it finishes what is in work, and takes nothing new."""

from __future__ import annotations

import asyncio
import math
import signal
import threading
from types import FrameType

from tagstract.serving.http.worker.load import Load

__all__ = ["finish_before_stop"]

_LOOK_SECONDS = 0.05

_CLOSE_SECONDS = 5
"""Seconds at most for answers that are still on their way when no call is in work."""


def finish_before_stop(load: Load, seconds: float) -> None:
    """On SIGTERM, let the calls in work end before the server closes its socket.

    A worker's socket is shared with the process that watches over it, so what comes to a closed
    one would hang: until the worker ends, new calls are refused with `unavailable`, and `/readyz`
    says no. To be called in the event loop, once the server has set its own handler.

    Args:
        seconds: the calls in work get at most; a second signal ends it at once.
    """
    if threading.current_thread() is not threading.main_thread():
        return  # a test's server; signals are the main thread's
    loop = asyncio.get_running_loop()
    servers = signal.getsignal(signal.SIGTERM)

    def stop(number: int, frame: FrameType | None) -> None:
        if load.stopping:
            end()
            return
        load.stopping = True
        loop.call_soon_threadsafe(wait, loop.time() + seconds)

    def wait(until: float) -> None:
        if load.calls and loop.time() < until:
            loop.call_later(_LOOK_SECONDS, wait, until)
            return
        server = getattr(servers, "__self__", None)
        if server is not None:  # what slow readers of their answers get
            left = math.ceil(until - loop.time())
            server.config.timeout_graceful_shutdown = min(_CLOSE_SECONDS, max(1, left))
        end()

    def end() -> None:
        if callable(servers):
            servers(signal.SIGTERM, None)

    signal.signal(signal.SIGTERM, stop)
