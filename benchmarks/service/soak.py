"""Ten minutes at 80 % of the capacity, with everything that can go wrong, and a verdict.

Calls of all kinds arrive by chance: single papers, 32 at once, bad records among good ones, torn
JSON, bodies of 20 MB, callers that trickle, stall or leave, and corrections. A worker is killed
with SIGKILL each minute, and another version of the model promoted after a third and two thirds
of the time; each version gives other probabilities, so that an answer shows which one gave it.
Exit status 1: an answer was wrong, missing or misplaced, an error not of the declared kinds, a
correction lost, or memory grew by more than a tenth.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil

from benchmarks.service.answers import Reference, starter_papers
from benchmarks.service.figures import figures
from benchmarks.service.load import arrivals, closed_loop, in_turn, session
from benchmarks.service.mix import BAD_RECORDS, Event, Mix
from benchmarks.service.process import TAGSTRACT, Service, running
from benchmarks.service.verdict import Happened, Look, verdict

PAPERS = 120
"""Good papers that calls draw from; each version of the model has tagged all of them before."""

VERSIONS = {"soak-1": 0.4, "soak-2": -0.3}
"""Versions that are promoted, and what each adds to the logits of the one that ships."""


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
        # BentoML reads where its store is once in a process, so before its first import.
        os.environ["BENTOML_HOME"] = name
        os.environ["TAGSTRACT_CORRECTIONS"] = str(home / "corrections.sqlite")
        for variable in ("TAGSTRACT_MODEL", "TAGSTRACT_KEYS"):
            os.environ.pop(variable, None)
        reference, tags = _models(home)
        command = [*TAGSTRACT, "serve", "--port", "{port}", "--workers", str(arguments.workers)]
        with running("soak", command, "/readyz") as service:
            happened = asyncio.run(_soak(service, reference, tags, arguments))
        happened.log = service.log.read_text(encoding="utf-8", errors="replace")
        happened.corrections = _stored(home)
    return verdict(happened)


def _models(home: Path) -> tuple[Reference, list[str]]:
    """The right answers of all versions, and the tags of the versions to promote."""
    from tagstract.model_folder import ModelFacts
    from tagstract.model_folder import format as files
    from tagstract.model_folder.store import DEFAULT_FOLDER, register

    reference = Reference([*starter_papers()[:PAPERS], *BAD_RECORDS])
    reference.add(DEFAULT_FOLDER)
    tags = []
    for version, shift in VERSIONS.items():
        folder = home / version
        shutil.copytree(DEFAULT_FOLDER, folder)
        calibration = files.read_json(folder / files.CALIBRATION)
        calibration["offset"] = [one + shift for one in calibration["offset"]]
        (folder / files.CALIBRATION).write_text(json.dumps(calibration), encoding="utf-8")
        facts = ModelFacts.from_dict(files.read_json(folder / files.FACTS), str(folder))
        tags.append(register(folder, files.seal(folder, replace(facts, version=version))))
        reference.add(folder)
    return reference, tags


async def _soak(
    service: Service, reference: Reference, tags: list[str], arguments: argparse.Namespace
) -> Happened:
    seconds = 60 * arguments.minutes
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
        happened = Happened(mix.kinds, mix.stored, seconds, arguments.workers)
        beside = [
            asyncio.create_task(_look(service, began, happened)),
            asyncio.create_task(_promote(tags, began, seconds, happened)),
        ]
        if arguments.kill_every:
            beside.append(asyncio.create_task(_kill(service, began, arguments, happened)))
        calls = []
        for at in arrivals(rate, seconds, seed=11):
            wait = began + at - time.monotonic()
            if wait > 0:
                await asyncio.sleep(wait)
            calls.append(asyncio.create_task(_event(mix, happened)))
        await asyncio.gather(*calls)
        for task in beside:
            task.cancel()
        for ended in await asyncio.gather(*beside, return_exceptions=True):
            if isinstance(ended, Exception):
                raise ended
    return happened


async def _capacity(service: Service, reference: Reference) -> float:
    calls = [reference.call([row]) for row in range(PAPERS)]
    await closed_loop(service.address, in_turn(calls), 8, 5.0)
    outcomes = await closed_loop(service.address, in_turn(calls), 8, 15.0)
    return figures(outcomes, 0, 15.0).papers_a_second


async def _event(mix: Mix, happened: Happened) -> None:
    event: Event = await mix.draw().go()
    happened.events.append(event)


async def _kill(
    service: Service, began: float, arguments: argparse.Namespace, happened: Happened
) -> None:
    """Kills a worker each time, and sees how long it is until all are there again."""
    chooser = random.Random(3)
    number = 0
    while True:
        number += 1
        await asyncio.sleep(max(0.0, began + number * arguments.kill_every - time.monotonic()))
        if number * arguments.kill_every > happened.seconds - 20:
            return  # it could not be seen coming back
        worker = chooser.choice(service.workers())
        happened.kills.append(time.monotonic() - began)
        os.kill(worker.pid, signal.SIGKILL)
        await asyncio.sleep(1)
        while len(service.workers()) < arguments.workers:
            await asyncio.sleep(0.25)
        happened.back.append(time.monotonic() - began - happened.kills[-1])


async def _promote(tags: list[str], began: float, seconds: float, happened: Happened) -> None:
    for number, tag in enumerate(tags, start=1):
        due = began + number * seconds / (len(tags) + 1)
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        command = [*TAGSTRACT, "models", "promote", tag]
        await asyncio.to_thread(subprocess.run, command, check=True, stdout=subprocess.DEVNULL)
        happened.promotions.append((time.monotonic() - began, tag))


async def _look(service: Service, began: float, happened: Happened) -> None:
    """The memory, each ten seconds."""
    while True:
        await asyncio.sleep(10)
        memory = await asyncio.to_thread(service.memory)
        ages = [0.0]
        with contextlib.suppress(psutil.NoSuchProcess):
            ages = [time.time() - worker.create_time() for worker in service.workers()]
        at = time.monotonic() - began
        happened.looks.append(Look(at, memory, len(ages), min(ages)))


def _stored(home: Path) -> list[tuple[str, tuple[str, ...]]]:
    from tagstract.labels.corrections import Corrections

    found: Any = Corrections(home / "corrections.sqlite").read().corrections
    return [(one.abstract, one.labels) for one in found]
