"""`/livez`, asked ten times a second from a process of its own, as a probe would.

The generator of the calls is one process, whose own turns would be measured with the answers.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

EVERY = 0.1
"""Seconds between two probes."""


@dataclass(frozen=True)
class Beat:
    """A probe: seconds since the soak began, and its milliseconds; None: not answered by 200."""

    at: float
    took: float | None


@contextlib.contextmanager
def beating(address: str) -> Iterator[subprocess.Popen[str]]:
    """The process that probes; it ends with the block."""
    command = [sys.executable, str(Path(__file__)), address]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def beats_of(process: subprocess.Popen[str], began: float) -> list[Beat]:
    """All probes since `began`, on the monotonic clock; ends the process."""
    process.terminate()
    output, _ = process.communicate()
    # The last line may be torn.
    lines = [json.loads(line) for line in output.splitlines() if line.endswith("]")]
    return [Beat(at - began, took) for at, took in lines if at >= began]


def _probe(host: str, port: int) -> float | None:
    began = time.monotonic()
    connection = http.client.HTTPConnection(host, port, timeout=10)
    try:
        connection.request("GET", "/livez")
        status = connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()
    return 1000 * (time.monotonic() - began) if status == 200 else None


def main() -> None:
    host, _, port = sys.argv[1].rpartition(":")
    due = time.monotonic()
    while True:
        at = time.monotonic()
        print(json.dumps([at, _probe(host, int(port))]), flush=True)
        due = max(due + EVERY, at)
        time.sleep(max(0.0, due - time.monotonic()))


if __name__ == "__main__":
    main()
