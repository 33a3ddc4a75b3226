"""Open-loop load at rising rates: Tagstract beside its peers, as a table and a plot.

For each service the capacity is found first: callers who wait for their answers, single papers
and 32 a call. Then single papers arrive at 5, 10, 20, 30, ... calls a second (a Poisson process,
the same seeds for all), up to three times the capacity of Tagstract. Every answer of Tagstract is
compared with the tagger's in this process. A peer is started anew after a rate that left calls
unanswered, since it still works on them; after two rates in a row of which it answered less than
a tenth, the rest is not tried.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict

from benchmarks.service.answers import Reference, starter_papers
from benchmarks.service.chart import chart
from benchmarks.service.figures import Figures, figures
from benchmarks.service.load import Call, arrivals, closed_loop, open_loop
from benchmarks.service.peers import Contender, fastapi_pipeline, infinity, tagstract
from benchmarks.service.process import BUILD, ROOT, MemoryWatch, Service
from benchmarks.service.table import (
    HEAD,
    Capacity,
    Result,
    document,
    goals,
    line,
    ratios,
    row,
    write_between,
)  # fmt: skip
from tagstract.model_folder import resolve

PEERS = {"pipeline": fastapi_pipeline, "infinity": infinity}

PATIENCE = 10.0
"""Seconds after which a caller gives up."""

LARGE = 32


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--seconds", type=float, default=20.0, help="of each rate (default: %(default)s)")
    add("--rates", type=float, nargs="+", help="default: 5 10 20 30 ... to 3 x the capacity")
    add("--workers", type=int, default=1, help="of Tagstract (default: %(default)s)")
    add("--peers", nargs="*", choices=PEERS, default=list(PEERS), help="default: all")
    add("--write", action="store_true", help="into docs/service.md and docs/service.svg")


def run(arguments: argparse.Namespace) -> int:
    papers = starter_papers()
    reference = Reference(papers)
    reference.add(resolve(None))
    contenders = [tagstract(reference, arguments.workers)]
    contenders += [PEERS[name](papers) for name in arguments.peers]
    rates: list[float] | None = arguments.rates
    results: dict[str, Result] = {}
    for contender in contenders:
        print(f"\n{contender.name}", flush=True)
        capacity = _capacity(contender, len(papers), arguments.seconds)
        print(f"capacity: {capacity}\n{line(HEAD)}", flush=True)
        rates = rates or rates_up_to(3 * capacity.single)
        results[contender.name] = Result(
            capacity, list(_climb(contender, len(papers), rates, arguments.seconds))
        )
    for words in ratios(results):
        print("\n" + words.replace(" | ", ", ") + " (one a call, 32 a call, in time)")
    print("\n".join(goals(next(iter(results.values())))))
    _keep(results, arguments.write)
    return int(any(one.wrong for result in results.values() for one in result.rates))


def rates_up_to(most: float) -> list[float]:
    """5, 10, 20, 30, ... and the last one."""
    return [5.0, *(float(rate) for rate in range(10, int(most), 10)), round(most)]


def _capacity(contender: Contender, papers: int, seconds: float) -> Capacity:
    single = _calls(contender, papers, 1)
    large = _calls(contender, papers, LARGE)
    found, wrong = [], 0
    with contender.start() as service:
        for calls, connections in ((single, 8), (large, 2)):
            asyncio.run(closed_loop(service.address, calls, connections, min(seconds, 3.0)))
            outcomes = asyncio.run(closed_loop(service.address, calls, connections, seconds))
            one = figures(outcomes, 0, seconds)
            found.append(one.papers_a_second)
            wrong += one.wrong
    return Capacity(found[0], found[1], wrong)


def _climb(
    contender: Contender, papers: int, rates: Sequence[float], seconds: float
) -> Iterator[Figures]:
    lost = 0
    with ExitStack() as stack:
        service = stack.enter_context(contender.start())
        for number, rate in enumerate(rates):
            one = _measure(service, contender, papers, rate, seconds, number)
            print(line(row(one)), flush=True)
            yield one
            lost = lost + 1 if one.accepted < one.sent / 10 else 0
            if lost == 2:
                print("the rest is not tried", flush=True)
                return
            if one.errors:
                stack.close()
                service = stack.enter_context(contender.start())


def _measure(
    service: Service, contender: Contender, papers: int, rate: float, seconds: float, seed: int
) -> Figures:
    calls = _calls(contender, papers, 1, seed)
    with MemoryWatch(service) as memory:
        outcomes = asyncio.run(
            open_loop(service.address, calls, arrivals(rate, seconds, seed), PATIENCE)
        )
    for fault in {one.fault for one in outcomes if one.accepted and one.fault}:
        print(f"WRONG: {fault}", flush=True)
    return figures(outcomes, rate, seconds, memory.most or service.memory())


def _calls(contender: Contender, papers: int, size: int, seed: int = 0) -> Iterator[Call]:
    """Calls with papers drawn by chance, without end."""
    chooser = random.Random(seed)
    while True:
        yield contender.call([chooser.randrange(papers) for _ in range(size)])


def _keep(results: dict[str, Result], write: bool) -> None:
    """The raw figures, and with `write` the page and its plot."""
    raw = {
        name: {"capacity": asdict(result.capacity), "rates": [asdict(one) for one in result.rates]}
        for name, result in results.items()
    }
    BUILD.mkdir(parents=True, exist_ok=True)
    (BUILD / "ladder.json").write_text(json.dumps(raw, indent=1) + "\n", encoding="utf-8")
    if write:
        write_between(ROOT / "docs" / "service.md", document(results))
        picture = chart({name: result.rates for name, result in results.items()})
        (ROOT / "docs" / "service.svg").write_text(picture, encoding="utf-8")
