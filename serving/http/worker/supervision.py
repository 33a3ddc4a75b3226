"""BentoML's process manager, circus, with its control socket closed to other users.

Circus listens for commands without authentication: `add` starts any program, `options` returns
the environment with its passwords. BentoML binds that to a loopback port, which every local user
can reach. Here the endpoints are sockets in a folder that only the owner may enter.

The guard is installed when `tagstract.serving.service` is imported, which the manager does before
it starts, so it also protects a plain `bentoml serve`.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Sequence
from typing import Any
from unittest import mock

__all__ = ["KILL_AFTER", "end_with", "end_with_supervisor", "guard_supervisor"]

KILL_AFTER = 3.0
"""Seconds past its own limit after which a worker that has not stopped is killed."""

_SUPERVISOR = "_TAGSTRACT_SUPERVISOR"
"""Environment variable that gives a worker the process id of its supervisor."""

_MAX_FOLDER = 80
"""Characters; the path of a Unix socket has at most 107 bytes."""

_PR_SET_PDEATHSIG = 1


def guard_supervisor(stop_seconds: float) -> None:
    """Make the supervisor of this process safe before BentoML starts it.

    Its endpoints become private sockets, a worker that doesn't stop within `stop_seconds` and
    `KILL_AFTER` is killed (BentoML would wait a day), and workers end with their supervisor.
    """
    from bentoml._internal.utils import circus

    arbiter: Any = circus.Arbiter
    if os.name == "nt" or hasattr(arbiter, "unguarded"):
        return  # Windows has no sockets with a path that circus can use
    start = arbiter.__init__

    def guarded(
        self: Any, watchers: Sequence[Any], endpoint: str, pubsub_endpoint: str, **options: Any
    ) -> None:
        folder = _private_folder()
        for watcher in watchers:
            watcher.graceful_timeout = min(watcher.graceful_timeout, stop_seconds + KILL_AFTER)
            watcher.env = {**(watcher.env or {}), _SUPERVISOR: str(os.getpid())}
        # Circus would ask the resolver for this machine's full name, only to label its statistics.
        with mock.patch("socket.getfqdn", socket.gethostname):
            start(self, watchers, f"ipc://{folder}/control", f"ipc://{folder}/events", **options)

    arbiter.unguarded = start
    arbiter.__init__ = guarded


def end_with_supervisor() -> None:
    """Have the kernel kill this worker when its supervisor dies, however that happens.

    Without it a killed supervisor leaves workers behind that answer on its port. Does nothing in
    a process that no supervisor started, and on systems other than Linux.
    """
    supervisor = os.environ.pop(_SUPERVISOR, None)
    if supervisor is not None:
        end_with(int(supervisor))


def end_with(parent: int) -> None:
    """Have the kernel kill this process when its parent dies; Linux only."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before the kernel was asked
        os._exit(1)


def _private_folder() -> str:
    """A new folder of mode 0700 for the sockets; removed when this process ends."""
    root = tempfile.gettempdir()
    folder = tempfile.mkdtemp(prefix="tagstract-", dir=root if len(root) < _MAX_FOLDER else "/tmp")
    owner = os.getpid()

    def remove() -> None:
        if os.getpid() == owner:
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    return folder
