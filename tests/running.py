"""The real service in a process of its own, for the tests that call it over a socket."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tagstract.serving.http import api_keys
from tagstract.serving.tagger import Tagger

SERVE = "from tagstract.cli.main import main; main()"


def answers_of(tagger: Tagger, papers: Iterable[Any]) -> list[dict[str, Any]]:
    """What a tagger answers, as files and HTTP have it."""
    return [answer.as_dict() for answer in tagger.tag(papers)]


def keyed(folder: Path) -> tuple[str, dict[str, str]]:
    """A new key, and the environment of a service that asks for it, with its corrections apart."""
    file = folder / "keys.json"
    return api_keys.add(file, "portal"), {
        **os.environ,
        "TAGSTRACT_KEYS": str(file),
        "TAGSTRACT_CORRECTIONS": str(folder / "corrections.sqlite"),
    }


@contextlib.contextmanager
def running_service(
    log: Path, *arguments: str, command: str = SERVE, **options: Any
) -> Iterator[tuple[subprocess.Popen, str]]:
    """`tagstract serve` on a free port: its process and `127.0.0.1:PORT`, once it is ready.

    At the end it is asked to stop, unless the test has killed it; no call may leave a traceback
    in its log. `options` are those of `Popen`.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-c", command, "serve", "--port", str(port), *arguments],
            stdout=file,
            stderr=file,
            **options,
        )
    try:
        limit = time.monotonic() + 90
        while True:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5).close()
                break
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < limit
            time.sleep(0.2)
        yield process, f"127.0.0.1:{port}"
    finally:
        killed = process.poll() is not None
        process.send_signal(signal.SIGTERM)
        status = process.wait(40)
    assert killed or status == 0
    assert "Traceback" not in log.read_text()
