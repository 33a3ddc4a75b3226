"""What the soak says at its end: each thing that had to hold, and whether it did."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmarks.service.figures import quantile
from benchmarks.service.load import NO_ANSWER
from benchmarks.service.mix import Event, Kind
from benchmarks.service.pulse import Beat

SETTLED = 25.0
"""Seconds after which a new worker, or a new model, holds what it will hold."""

CHANGE_TIME = 20.0
"""Seconds after a promotion from which on no call may be answered by the model before it."""

NEAR = 0.5
"""Seconds around a kill within which a connection may break."""

MAX_GROWTH = 0.10

MAX_WORKER = 600.0
"""MB of a worker with its feed reader."""

MAX_BEAT = 100.0
"""Milliseconds of `/livez` at the 99th percentile."""

STOP_SECONDS = 20
"""TAGSTRACT_STOP_SECONDS of the soak: after SIGTERM the service has ended by then."""


@dataclass(frozen=True)
class Look:
    """A look at the service's memory (MB), with its workers and the age of the youngest (s).

    `largest`: MB of the largest worker with its children.
    """

    at: float
    memory: float
    workers: int
    youngest: float
    largest: float = 0.0


@dataclass
class Happened:
    """All that happened; times in seconds since the soak began.

    `troubles`: what was done to the service beside the calls; `harm`: what should not have come
    of it. `stop`: seconds from SIGTERM to the end.
    """

    kinds: Sequence[Kind]
    stored: dict[str, list[str]]
    seconds: float
    workers: int
    events: list[Event] = field(default_factory=list)
    kills: list[float] = field(default_factory=list)
    back: list[float] = field(default_factory=list)
    promotions: list[tuple[float, str]] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    corrections: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    log: str = ""
    beats: list[Beat] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    harm: list[str] = field(default_factory=list)
    stop: float | None = None


def verdict(happened: Happened) -> int:
    """Prints everything; 1 where something did not hold."""
    _print_kinds(happened)
    print(f"beside the calls: {', '.join(happened.troubles) or 'nothing'}")
    faults = [
        *_answers(happened), *_models(happened), *_workers(happened), *_memory(happened),
        *_corrections(happened), *_beats(happened), *_stop(happened), *happened.harm,
    ]  # fmt: skip
    if "Traceback" in happened.log:
        faults.append("a traceback in the service's log")
    for fault in faults:
        print(f"FAILED: {fault}")
    print("verdict: " + ("failed" if faults else "all held"))
    return int(bool(faults))


def broken_by_kill(event: Event, kills: Sequence[float]) -> bool:
    """Whether a worker was killed while the call was under way."""
    return any(event.began - NEAR <= kill <= event.ended + NEAR for kill in kills)


def _print_kinds(happened: Happened) -> None:
    by_kind: dict[str, list[Event]] = defaultdict(list)
    for event in happened.events:
        by_kind[event.kind].append(event)
    print(f"{'kind':22} {'calls':>6} {'p50 ms':>7} {'p99 ms':>7}  answers by status")
    for kind, events in by_kind.items():
        counts = Counter(event.status for event in events)
        statuses = ", ".join(
            f"{status or 'none'}: {count}" for status, count in sorted(counts.items())
        )
        took = [1000 * (event.ended - event.began) for event in events if event.status]
        times = [f"{quantile(took, share) or 0:7.0f}" for share in (0.5, 0.99)]
        print(f"{kind:22} {len(events):6} {' '.join(times)}  {statuses}")


def _answers(happened: Happened) -> list[str]:
    """Answers that are wrong, and errors that are not declared for their kind of call."""
    declared = {kind.name: kind.statuses for kind in happened.kinds}
    broken = Counter[str]()
    wrong: list[str] = []
    for event in happened.events:
        if event.status == NO_ANSWER and event.kind != "leaves":
            if broken_by_kill(event, happened.kills):
                broken[event.kind] += 1
            else:
                wrong.append(f"{event.kind} at {event.began:.1f} s: no answer ({event.fault})")
        elif event.status not in declared[event.kind]:
            wrong.append(f"{event.kind} at {event.began:.1f} s: status {event.status}")
        elif event.fault and event.kind != "leaves":
            wrong.append(f"{event.kind} at {event.began:.1f} s: {event.fault}")
    count = sum(broken.values())
    print(f"calls {len(happened.events):,}, broken off by a killed worker {count} {dict(broken)}")
    more = [f"and {len(wrong) - 8} more"] if len(wrong) > 8 else []
    return wrong[:8] + more


def _models(happened: Happened) -> list[str]:
    """Answers by model, and those that came from an old one too late."""
    faults = []
    named = Counter(event.model for event in happened.events if event.model)
    print(f"answers by model {dict(named)}")
    for promoted, tag in happened.promotions:
        first = [e.ended for e in happened.events if e.model == tag]
        after = f"first answer {min(first) - promoted:.1f} s later" if first else "never answered"
        print(f"promoted {tag} at {promoted:.0f} s, {after}")
        if not first:
            faults.append(f"{tag} was promoted and never answered")
    for event in happened.events:
        due = [tag for at, tag in happened.promotions if at + CHANGE_TIME < event.began]
        later = [tag for at, tag in happened.promotions if at + CHANGE_TIME >= event.began]
        if event.model and due and event.model not in (due[-1], *later):
            faults.append(f"{event.model} answered at {event.ended:.0f} s, after {due[-1]}")
            break
    return faults


def _workers(happened: Happened) -> list[str]:
    if not happened.kills:
        return []
    slowest = max(happened.back, default=0.0)
    print(f"workers killed {len(happened.kills)}, there again after {slowest:.1f} s at most")
    if len(happened.back) < len(happened.kills):
        return ["a killed worker did not come back"]
    return []


def _memory(happened: Happened) -> list[str]:
    """Compares looks at which every worker had settled: the first fifth and the last.

    A model that was promoted stands beside the old one for a moment, and a new worker has yet
    to read its first papers; such looks are left out.
    """
    looks = [
        look
        for look in happened.looks
        if look.workers == happened.workers
        and look.youngest > SETTLED
        and look.at > SETTLED
        and not any(0 < look.at - at < SETTLED for at, _ in happened.promotions)
    ]
    most = max((look.memory for look in happened.looks), default=0.0)
    largest = max((look.largest for look in happened.looks), default=0.0)
    print(f"largest worker: {largest:.0f} MB")
    faults = [f"a worker held {largest:.0f} MB"] if largest > MAX_WORKER else []
    if len(looks) < 5:
        print(f"memory: {most:.0f} MB at most; too few settled looks to compare")
        return faults
    fifth = max(1, len(looks) // 5)
    first = float(np.median([look.memory for look in looks[:fifth]]))
    last = float(np.median([look.memory for look in looks[-fifth:]]))
    slope = np.polyfit([look.at for look in looks], [look.memory for look in looks], 1)[0] * 3600
    growth = last / first - 1
    print(
        f"memory (all processes): {first:.0f} MB at first, {last:.0f} MB at the end "
        f"({growth:+.1%}), slope {slope:+.0f} MB/h, {most:.0f} MB at most, {len(looks)} looks"
    )
    return faults + ([f"memory grew by {growth:.1%}"] if growth > MAX_GROWTH else [])


def _beats(happened: Happened) -> list[str]:
    """Late probes of `/livez`, and those that no killed worker explains."""
    took = [beat.took for beat in happened.beats if beat.took is not None]
    lost = [
        beat.at
        for beat in happened.beats
        if beat.took is None and not any(abs(beat.at - kill) <= NEAR for kill in happened.kills)
    ]
    late = quantile(took, 0.99) or 0.0
    print(f"/livez: {len(took)} answers, p50 {quantile(took, 0.5) or 0:.0f} ms, p99 {late:.0f} ms")
    faults = [f"/livez took {late:.0f} ms at the 99th percentile"] if late > MAX_BEAT else []
    return faults + ([f"/livez was not answered at {lost[0]:.1f} s"] if lost else [])


def _stop(happened: Happened) -> list[str]:
    if happened.stop is None:
        return []
    print(f"stopped {happened.stop:.1f} s after SIGTERM")
    return ["the stop was late"] if happened.stop > STOP_SECONDS else []


def _corrections(happened: Happened) -> list[str]:
    """Corrections that were answered as stored and are not in the store, or twice."""
    found = Counter(happened.corrections)
    lost = sum(not found[abstract, tuple(labels)] for abstract, labels in happened.stored.items())
    twice = sum(count > 1 for count in found.values())
    print(f"corrections: {len(happened.stored)} answered as stored, {len(found)} in the store")
    faults = (
        [f"{lost} corrections were answered as stored and are not in the store"] if lost else []
    )
    return faults + ([f"{twice} corrections are in the store twice"] if twice else [])
