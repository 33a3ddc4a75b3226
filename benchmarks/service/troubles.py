"""What goes wrong beside the calls: killed workers and copies, a locked store, a full disk."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.service.process import TAGSTRACT, Service
from benchmarks.service.verdict import Happened

LOCKED = (3.0, 13.0)
"""Seconds for which the store of corrections is locked: within what the service waits, and over."""

FULL = 6.0
"""Seconds for which the disk is full."""

MARGIN = 20.0
"""A worker that is killed so shortly before the end could not be seen coming back."""

COPY = """
import sys
from pathlib import Path
from tagstract.model_folder import ModelFacts
from tagstract.model_folder import format as files
from tagstract.model_folder.store import register
folder = Path(sys.argv[1])
facts = ModelFacts.from_dict(files.read_json(folder / files.FACTS), str(folder))
print("ready", flush=True)
register(folder, facts)
"""


def disk(home: Path, megabytes: int) -> bool:
    """Make `home` a disk of its own, which can be filled; False where that needs other rights."""
    if sys.platform != "linux" or shutil.which("mount") is None:
        return False
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=700", "tmpfs", str(home)]
    return subprocess.run(command, capture_output=True).returncode == 0


class Troubles:
    """Does harm at its times.

    Args:
        home: the service's `BENTOML_HOME`, with the corrections.
        began: when the soak began, on the monotonic clock.
        happened: takes down what was done, and what should not have come of it.
    """

    def __init__(self, service: Service, home: Path, began: float, happened: Happened) -> None:
        self._service, self._home = service, home
        self._began, self._happened = began, happened

    async def kill_workers(self, every: float) -> None:
        """Kill a worker each time, and see how long it is until all are there again."""
        chooser, happened = random.Random(3), self._happened
        number = 0
        while (number := number + 1) * every <= happened.seconds - MARGIN:
            await self._until(number * every)
            worker = chooser.choice(self._service.workers())
            happened.kills.append(self._now())
            os.kill(worker.pid, signal.SIGKILL)
            await asyncio.sleep(1)
            while len(self._service.workers()) < happened.workers:
                await asyncio.sleep(0.25)
            happened.back.append(self._now() - happened.kills[-1])

    async def promote(self, tags: list[str]) -> None:
        """Promote the versions one after the other, evenly over the time."""
        for number, tag in enumerate(tags, start=1):
            await self._until(number * self._happened.seconds / (len(tags) + 1))
            # They are worse on purpose, so that an answer shows whose it is.
            command = [*TAGSTRACT, "models", "promote", tag, "--force"]
            await asyncio.to_thread(subprocess.run, command, check=True, stdout=subprocess.DEVNULL)
            self._happened.promotions.append((self._now(), tag))

    async def lock_store(self) -> None:
        """Lock the corrections against all others, shortly and for long."""
        for share, seconds in zip((0.1, 0.5), LOCKED, strict=True):
            await self._until(share * self._happened.seconds)
            await asyncio.to_thread(self._lock, seconds)
            self._happened.troubles.append(f"store locked for {seconds:g} s")

    def _lock(self, seconds: float) -> None:
        database = sqlite3.connect(self._home / "corrections.sqlite", timeout=30)
        with contextlib.closing(database):
            database.execute("BEGIN EXCLUSIVE")
            time.sleep(seconds)

    async def kill_copies(self, folder: Path, known: list[str]) -> None:
        """Kill copies into the model store half way; then all versions must still be there."""
        chooser = random.Random(4)
        for share in (0.2, 0.3, 0.4):
            await self._until(share * self._happened.seconds)
            await asyncio.to_thread(_kill_copy, folder, chooser.uniform(0, 0.1))
            listed = await asyncio.to_thread(_versions)
            missing = sorted(set(known) - listed)
            if missing:
                self._happened.harm.append(f"after a killed copy {missing} are not listed")
            self._happened.troubles.append("copy into the model store killed")

    async def fill_disk(self) -> None:
        """Fill the disk with the corrections on it, and free it again."""
        await self._until(0.75 * self._happened.seconds)
        ballast = self._home / "ballast"
        try:
            await asyncio.to_thread(_fill, ballast)
            await asyncio.sleep(FULL)
        finally:
            ballast.unlink(missing_ok=True)
        self._happened.troubles.append(f"disk full for {FULL:g} s")

    def _now(self) -> float:
        return time.monotonic() - self._began

    async def _until(self, due: float) -> None:
        await asyncio.sleep(max(0.0, due - self._now()))


def _kill_copy(folder: Path, after: float) -> None:
    command = [sys.executable, "-c", COPY, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as copying:
        assert copying.stdout is not None
        copying.stdout.readline()
        time.sleep(after)
        copying.kill()


def _versions() -> set[str]:
    """Versions that the command line lists as whole."""
    command = [*TAGSTRACT, "models", "list", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    rows = json.loads(done.stdout)
    return {f"{row['name']}:{row['version']}" for row in rows if "problem" not in row}


def _fill(path: Path) -> None:
    block = bytes(1 << 20)
    with contextlib.suppress(OSError), path.open("wb", buffering=0) as file:
        while file.write(block):
            pass
