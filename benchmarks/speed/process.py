"""A peer in a process of its own: prepared, tried, measured or scored.

    python -m benchmarks.speed.process PEER STEP MATERIAL FOLDER [SIZE]

Prints one JSON object as its last line. It may run in a peer's own environment, so it imports no
more than NumPy.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.speed.material import Flags, Material, Papers, micro_f1
from benchmarks.speed.peer import Peer
from benchmarks.speed.peers import PEERS

ALONE = 30
"""Papers that are timed one by one."""

WARM_UP = 16
TRIED = 96
"""Papers on which batch sizes are tried."""

STARTED = "BENCHMARK_STARTED"
"""Environment variable: when the process was started, by `time.monotonic`."""


def main(words: list[str]) -> None:
    # Before a peer's library is imported, and in this process alone.
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("INFINITY_ANONYMOUS_USAGE_STATS", "0")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    name, step, material, folder, *size = words
    peer = PEERS[name]
    found = Material.load(Path(material))
    answer = STEPS[step](peer, found, Path(folder), int(size[0]) if size else max(peer.sizes))
    print(json.dumps(answer))


def prepare(peer: Peer, material: Material, folder: Path, size: int) -> dict[str, Any]:
    """Train and write what the peer loads."""
    folder.mkdir(parents=True, exist_ok=True)
    if peer.prepare is not None:
        peer.prepare(material, folder)
    return {}


def tried(peer: Peer, material: Material, folder: Path, size: int) -> dict[str, Any]:
    """Abstracts a second on the first papers, with one batch size."""
    predict = peer.load(folder, size)
    predict(material.papers.first(WARM_UP))
    return {"rate": _rate(predict, material.papers.first(TRIED))}


def measure(peer: Peer, material: Material, folder: Path, size: int) -> dict[str, Any]:
    """Start-up, one paper, all papers, memory."""
    papers = material.papers
    read = _cpu(), time.monotonic()  # reading the material is not the peer's start
    predict = peer.load(folder, size)
    predict(papers.first(1))
    ready = _cpu(), time.monotonic()
    begun = float(os.environ[STARTED])
    imports = IMPORTED - begun
    predict(papers.first(WARM_UP))
    alone = [_seconds(predict, _one(papers, row)) for row in range(WARM_UP, WARM_UP + ALONE)]
    return {
        "start_cpu": AT_IMPORT + ready[0] - read[0],
        "start": imports + ready[1] - read[1],
        "one_ms": 1000 * median(alone),
        "rate": _rate(predict, papers),
        "memory_mb": peak_megabytes(),
    }


def score(peer: Peer, material: Material, folder: Path, size: int) -> dict[str, Any]:
    """Micro-F1 on each labelled set."""
    predict = peer.load(folder, size)
    return {"f1": [micro_f1(predict(papers), papers.truth) for papers in material.labelled]}


STEPS: dict[str, Callable[[Peer, Material, Path, int], dict[str, Any]]] = {
    "prepare": prepare,
    "try": tried,
    "measure": measure,
    "score": score,
}


def peak_megabytes() -> float:
    """The most memory that this process has held.

    Linux's own count, since `getrusage` remembers the parent's where that was larger.
    """
    try:
        status = Path("/proc/self/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    except (OSError, StopIteration):
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def _one(papers: Papers, row: int) -> Papers:
    part = slice(row, row + 1)
    return Papers(
        papers.name,
        papers.titles[part],
        papers.abstracts[part],
        papers.texts[part],
        papers.truth[:0],
    )


def _rate(predict: Callable[[Papers], Flags], papers: Papers) -> float:
    return len(papers) / _seconds(predict, papers)


def _seconds(predict: Callable[[Papers], Flags], papers: Papers) -> float:
    started = time.monotonic()
    given = predict(papers)
    seconds = time.monotonic() - started
    if not isinstance(given, np.ndarray) or len(given) != len(papers):
        raise RuntimeError(f"{len(papers)} papers got {len(given)} answers")
    return seconds


def _cpu() -> float:
    """Processor seconds of this process and of those it waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


IMPORTED, AT_IMPORT = time.monotonic(), _cpu()

if __name__ == "__main__":
    main(sys.argv[1:])
