"""Ten minutes at 80 % of the capacity, with everything that can go wrong, and a verdict.

Calls of all kinds arrive by chance: single papers, 32 at once, feeds, bad records among good ones,
torn JSON, bodies of 20 MB, feeds that are slow to parse, huge heads, offers of HTTP/2, callers that
trickle, stall or leave, and corrections. Beside them a worker is killed with SIGKILL each minute,
copies into the model store are killed, the corrections are locked, and their disk fills up. Another
version of the model is promoted after a third and two thirds of the time; each version gives other
probabilities, so that an answer shows which one gave it. The end is SIGTERM under load.

Exit status 1: an answer was wrong, missing or misplaced, an error not of the declared kinds, a
correction lost, a version lost, `/livez` late, a worker too large or growing, or the stop late.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil

from benchmarks.service.answers import Reference, starter_papers
from benchmarks.service.figures import figures
from benchmarks.service.load import arrivals, closed_loop, in_turn, session
from benchmarks.service.mix import BAD_RECORDS, Event, Mix
from benchmarks.service.process import TAGSTRACT, Service, running
from benchmarks.service.pulse import beating, beats_of
from benchmarks.service.troubles import Troubles, disk
from benchmarks.service.verdict import STOP_SECONDS, Happened, Look, verdict

PAPERS = 120
"""Good papers that calls draw from; each version of the model has tagged all of them before."""

VERSIONS = {"soak-1": 0.4, "soak-2": -0.3}
"""Versions that are promoted, and what each adds to the logits of the one that ships."""

UNSTORED = "soak-3"
"""A version whose copy into the model store is killed."""

DISK_MB = 700
"""Of the disk that holds the models and the corrections."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--minutes", type=float, default=10.0, help="(default: %(default)s)")
    add("--share", type=float, default=0.8, help="of the capacity (default: %(default)s)")
    add("--workers", type=int, default=2, help="(default: %(default)s)")
    add("--kill-every", type=float, default=60.0, metavar="SECONDS",
        help="0: no worker is killed (default: %(default)s)")  # fmt: skip
    add("--capacity", type=float, help="papers a second (default: measured first)")


def run(arguments: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory(prefix="tagstract-soak-") as name:
        home = Path(name)
        is_disk = disk(home, DISK_MB)
        if not is_disk:
            print("the disk will not be full: that needs the right to mount")
        try:
            return verdict(_happened(home, arguments))
        finally:
            if is_disk:
                subprocess.run(["umount", name], check=True)


def _happened(home: Path, arguments: argparse.Namespace) -> Happened:
    # BentoML reads where its store is once in a process, so before its first import.
    os.environ["BENTOML_HOME"] = str(home)
    os.environ["TAGSTRACT_CORRECTIONS"] = str(home / "corrections.sqlite")
    os.environ["TAGSTRACT_STOP_SECONDS"] = str(STOP_SECONDS)
    for variable in ("TAGSTRACT_MODEL", "TAGSTRACT_KEYS"):
        os.environ.pop(variable, None)
    reference, tags = _models(home)
    command = [*TAGSTRACT, "serve", "--port", "{port}", "--workers", str(arguments.workers)]
    with running("soak", command, "/readyz") as service:
        happened = asyncio.run(_soak(service, reference, tags, arguments))
    happened.log = service.log.read_text(encoding="utf-8", errors="replace")
    happened.corrections = _stored(home)
    return happened


def _models(home: Path) -> tuple[Reference, list[str]]:
    """The right answers of all versions, and the tags of the versions to promote."""
    from tagstract.model_folder import ModelFacts
    from tagstract.model_folder import format as files
    from tagstract.model_folder.store import DEFAULT_FOLDER, register

    reference = Reference([*starter_papers()[:PAPERS], *BAD_RECORDS])
    reference.add(DEFAULT_FOLDER)
    tags = []
    for version, shift in {**VERSIONS, UNSTORED: 0.0}.items():
        folder = home / version
        shutil.copytree(DEFAULT_FOLDER, folder)
        calibration = files.read_json(folder / files.CALIBRATION)
        calibration["offset"] = [one + shift for one in calibration["offset"]]
        (folder / files.CALIBRATION).write_text(json.dumps(calibration), encoding="utf-8")
        facts = ModelFacts.from_dict(files.read_json(folder / files.FACTS), str(folder))
        facts = files.seal(folder, replace(facts, version=version))
        if version != UNSTORED:
            tags.append(register(folder, facts))
            reference.add(folder)
    return reference, tags


async def _soak(
    service: Service, reference: Reference, tags: list[str], arguments: argparse.Namespace
) -> Happened:
    home = Path(os.environ["BENTOML_HOME"])
    capacity = arguments.capacity or await _capacity(service, reference)
    async with session(timeout=90) as client:
        mix = Mix(reference, PAPERS, client, service.address)
        rate = arguments.share * capacity / mix.papers_a_call
        print(
            f"capacity {capacity:.1f} papers/s; {rate:.1f} calls/s of {mix.papers_a_call:.2f} "
            f"papers' work each for {arguments.minutes:g} minutes",
            flush=True,
        )
        began = mix.start()
        happened = Happened(mix.kinds, mix.stored, 60 * arguments.minutes, arguments.workers)
        troubles = Troubles(service, home, began, happened)
        with beating(service.address) as pulse:
            beside = [
                _look(service, began, happened),
                troubles.promote(tags),
                troubles.lock_store(),
                troubles.kill_copies(home / UNSTORED, [*tags, reference.tags[0]]),
            ]
            if arguments.kill_every:
                beside.append(troubles.kill_workers(arguments.kill_every))
            if os.path.ismount(home):
                beside.append(troubles.fill_disk())
            await _while_calling(mix, rate, began, happened, beside)
            happened.beats = beats_of(pulse, began)
        await _stop(service, mix, happened)
    return happened


async def _while_calling(
    mix: Mix, rate: float, began: float, happened: Happened, beside: list[Coroutine[Any, Any, None]]
) -> None:
    """The calls of the mix, and beside them what goes wrong."""
    tasks = [asyncio.create_task(one) for one in beside]
    calls = []
    for at in arrivals(rate, happened.seconds, seed=11):
        wait = began + at - time.monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
        calls.append(asyncio.create_task(_event(mix, happened)))
    await asyncio.gather(*calls)
    for task in tasks:
        task.cancel()
    for ended in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(ended, Exception):
            raise ended


async def _capacity(service: Service, reference: Reference) -> float:
    calls = [reference.call([row]) for row in range(PAPERS)]
    await closed_loop(service.address, in_turn(calls), 8, 5.0)
    outcomes = await closed_loop(service.address, in_turn(calls), 8, 15.0)
    return figures(outcomes, 0, 15.0).papers_a_second


async def _event(mix: Mix, happened: Happened) -> None:
    event: Event = await mix.draw().go()
    happened.events.append(event)


async def _stop(service: Service, mix: Mix, happened: Happened) -> None:
    """SIGTERM with calls in work; each of them is answered, or refused."""
    calls = [asyncio.ensure_future(mix.of("32 papers").go()) for _ in range(4)]
    await asyncio.sleep(0.3)
    began = time.monotonic()
    service.process.send_signal(signal.SIGTERM)
    happened.events += await asyncio.gather(*calls)
    while service.process.poll() is None and time.monotonic() < began + 3 * STOP_SECONDS:
        await asyncio.sleep(0.05)
    happened.stop = time.monotonic() - began


async def _look(service: Service, began: float, happened: Happened) -> None:
    """The memory, each five seconds."""
    while True:
        await asyncio.sleep(5)
        memory = await asyncio.to_thread(service.memory)
        largest = await asyncio.to_thread(service.largest_worker)
        ages = [0.0]
        with contextlib.suppress(psutil.NoSuchProcess):
            ages = [time.time() - worker.create_time() for worker in service.workers()]
        at = time.monotonic() - began
        happened.looks.append(Look(at, memory, len(ages), min(ages, default=0.0), largest))


def _stored(home: Path) -> list[tuple[str, tuple[str, ...]]]:
    from tagstract.labels.corrections import Corrections

    contents = Corrections(home / "corrections.sqlite").read()
    if contents.problems or contents.damage:
        raise SystemExit(f"the store of corrections is damaged: {contents.damage}")
    return [(one.abstract, one.labels) for one in contents.corrections]
