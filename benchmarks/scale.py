"""How long a feed takes, and what a large one would take and cost by a model that is checked here.

    python -m benchmarks.scale PAPERS [--sizes 500 2000] [--speed best] [--engine process]
    python -m benchmarks.scale PAPERS --papers 2500000 --machines 1 8 --cores 16 --price 0.04

Each size is tagged by `tagstract tag` in a process of its own: first on one core, which gives the
two figures of the model (seconds to start, papers per second and core), then on all cores of this
machine, which checks it. N papers take

    seconds = start + N / (rate * workers)

with a worker for every core, or with `--engine ray` for every core but one of each machine. Linux.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tagstract.labels import Problem
from tagstract.serving.feeds import read_feed


@dataclass(frozen=True)
class Cost:
    """The model: what a run takes to start, and papers per second of a core."""

    start: float
    rate: float

    def seconds(self, papers: int, workers: int) -> float:
        return self.start + papers / (self.rate * workers)


def cost_of(sizes: Sequence[int], seconds: Sequence[float]) -> Cost:
    """The model that gives the seconds of two sizes on one core.

    Raises:
        ValueError: the larger size took no longer than the smaller one.
    """
    (small, large), (first, second) = sizes, seconds
    if second <= first:
        raise ValueError(f"{large} papers took no longer than {small}; give larger sizes")
    rate = (large - small) / (second - first)
    return Cost(max(first - small / rate, 0.0), rate)


def workers_of(engine: str, cores: int, machines: int = 1) -> int:
    """Cores that tag: with Ray each machine keeps one free."""
    return machines * (max(cores - 1, 1) if engine == "ray" else cores)


def timed(command: Sequence[str], feed: Path, cores: Sequence[int]) -> float:
    """Seconds that tagging a feed takes on these cores, from call to output."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        subprocess.run(
            [*command, str(feed), "-o", str(Path(folder) / "out.jsonl"), "--quiet"],
            check=True, preexec_fn=lambda: os.sched_setaffinity(0, cores),
        )  # fmt: skip
        return time.monotonic() - began


def first_papers(source: str, count: int, path: Path) -> Path:
    """A JSONL file with the first papers of a feed.

    Raises:
        ValueError: it has fewer.
    """
    records = (record for record in read_feed(source).records if not isinstance(record, Problem))
    found = list(itertools.islice(records, count))
    if len(found) < count:
        raise ValueError(f"{source} has {len(found)} papers, not {count}")
    path.write_text("".join(json.dumps(record, default=str) + "\n" for record in found))
    return path


def measure(arguments: argparse.Namespace, folder: Path) -> Cost:
    """Fit the model on one core and print how near it comes on all of them."""
    command = [sys.executable, "-m", "tagstract", "tag", "--speed", arguments.speed]
    feeds = [first_papers(arguments.feed, n, folder / f"{n}.jsonl") for n in arguments.sizes]
    every = sorted(os.sched_getaffinity(0))
    one_core = [timed(command, feed, every[:1]) for feed in feeds]
    cost = cost_of(arguments.sizes, one_core)
    print(f"One core: {cost.rate:.1f} papers/s, {cost.start:.1f} s to start\n")
    workers = workers_of(arguments.engine, len(every))
    print(f"| papers | cores | engine | measured, s | by the model, s | off by |\n{'| --- ' * 6}|")
    for size, feed in zip(arguments.sizes, feeds, strict=True):
        seconds = timed([*command, "--engine", arguments.engine], feed, every)
        expected = cost.seconds(size, workers)
        print(f"| {size:,} | {len(every)} | {arguments.engine} | {seconds:.1f} | {expected:.1f} | "
              f"{expected / seconds - 1:+.0%} |", flush=True)  # fmt: skip
    return cost


def print_plan(cost: Cost, arguments: argparse.Namespace) -> None:
    """What so many papers would take on so many machines."""
    price = "" if arguments.price is None else " cost |"
    print(f"\n{arguments.papers:,} papers on machines of {arguments.cores} cores:\n")
    print(f"| machines | engine | hours | core hours |{price}\n{'| --- ' * (4 + bool(price))}|")
    for machines in arguments.machines:
        engine = arguments.engine if machines == 1 else "ray"
        workers = workers_of(engine, arguments.cores, machines)
        hours = cost.seconds(arguments.papers, workers) / 3600
        total = hours * machines * arguments.cores
        paid = "" if arguments.price is None else f" {total * arguments.price:,.2f} |"
        print(f"| {machines} | {engine} | {hours:.2f} | {total:.1f} |{paid}")


def main(call: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("feed", metavar="PAPERS")
    add("--sizes", type=int, nargs=2, default=[500, 2000], metavar=("SMALL", "LARGE"))
    add("--speed", default="best")
    add("--engine", choices=["process", "ray"], default="process")
    add("--papers", type=int, default=2_500_000, help="of the plan (default: %(default)s)")
    add("--machines", type=int, nargs="+", default=[1, 8])
    add("--cores", type=int, default=16, help="of each machine of the plan")
    add("--price", type=float, help="of a core hour, in any currency")
    arguments = parser.parse_args(call)
    try:
        with tempfile.TemporaryDirectory() as folder:
            print_plan(measure(arguments, Path(folder)), arguments)
    except ValueError as error:
        parser.error(str(error))
    return 0


if __name__ == "__main__":
    sys.exit(main())
