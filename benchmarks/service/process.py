"""A service in a process of its own: started, watched, stopped."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build" / "service"
"""Where logs and raw results go."""

TAGSTRACT = [sys.executable, "-m", "tagstract"]


@dataclass(frozen=True)
class Service:
    """A running service."""

    process: subprocess.Popen[bytes]
    address: str
    log: Path

    def tree(self) -> list[psutil.Process]:
        """Its process and all below it."""
        try:
            root = psutil.Process(self.process.pid)
            return [root, *root.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def workers(self) -> list[psutil.Process]:
        """Processes below it that answer calls, the oldest first."""
        found = []
        for process in self.tree()[1:]:
            with contextlib.suppress(psutil.NoSuchProcess):
                words = process.cmdline()
                if any("worker" in word for word in words) and not _reads_feeds(words):
                    found.append(process)
        return sorted(found, key=lambda process: process.pid)

    def largest_worker(self) -> float:
        """MB of the worker that holds most, with the process that reads its feeds."""
        sizes = [0.0]
        for worker in self.workers():
            with contextlib.suppress(psutil.Error):
                family = [worker, *worker.children(recursive=True)]
                sizes.append(sum(one.memory_full_info().pss for one in family) / 1e6)
        return max(sizes)

    def memory(self) -> float:
        """MB: the proportional set size of all its processes; shared pages count once."""
        total = 0
        for process in self.tree():
            with contextlib.suppress(psutil.Error):
                total += process.memory_full_info().pss
        return total / 1e6


def _reads_feeds(words: Sequence[str]) -> bool:
    return any("feed_worker" in word for word in words)


@contextlib.contextmanager
def running(
    name: str,
    command: Sequence[str],
    ready: str,
    environment: Mapping[str, str] | None = None,
    wait: float = 180.0,
) -> Iterator[Service]:
    """A service on a free port of 127.0.0.1, once its path `ready` answers 200.

    Args:
        command: with `{port}` where its port stands.

    Raises:
        RuntimeError: it ended, or was not ready in time; names its log.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    BUILD.mkdir(parents=True, exist_ok=True)
    log = BUILD / f"{name}.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [word.replace("{port}", str(port)) for word in command],
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            stdout=file,
            stderr=file,
        )
    service = Service(process, f"127.0.0.1:{port}", log)
    try:
        _await_ready(service, ready, wait)
        yield service
    finally:
        _stop(service)


def _await_ready(service: Service, path: str, wait: float) -> None:
    limit = time.monotonic() + wait
    while time.monotonic() < limit:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"http://{service.address}{path}", timeout=5).close()
            return
        if service.process.poll() is not None:
            break
        time.sleep(0.2)
    raise RuntimeError(f"the service did not start; see {service.log}")


def _stop(service: Service) -> None:
    below = service.tree()
    service.process.send_signal(signal.SIGTERM)
    try:
        service.process.wait(40)
    except subprocess.TimeoutExpired:
        service.process.kill()
        service.process.wait()
    for process in below:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


class MemoryWatch(threading.Thread):
    """Looks at a service's memory; `most` is the most it held, in MB."""

    def __init__(self, service: Service, every: float = 1.0) -> None:
        super().__init__(daemon=True)
        self.most = 0.0
        self._service, self._every, self._done = service, every, threading.Event()

    def __enter__(self) -> MemoryWatch:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self.join()

    def run(self) -> None:
        while not self._done.wait(self._every):
            self.most = max(self.most, self._service.memory())
