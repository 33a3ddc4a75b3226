"""Damaged feeds and bodies for every reader and for the service's body check.

`python tests/fuzz.py --seconds 300` runs each target so long and prints what it did: executions,
the lines of our own that they reached, the slowest input, and findings. A finding is an exception
that is no `TagstractError`, or an input that takes over two seconds; it is written to `build/fuzz`.
Exit status 1 where there are any.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from hostile import FRAGMENTS
from layouts import layouts

from tagstract.labels.errors import TagstractError
from tagstract.labels.io.feed import feed_of
from tagstract.labels.io.formats import formats
from tagstract.labels.io.sources.source import Source
from tagstract.serving.http.requests.body import read_json
from tagstract.serving.http.requests.parsed_call import OPTIONS, Kind, read_call

SLOW = 2.0
TRACED = 25
"""Of so many executions one counts the lines that it reaches; counting takes ten times as long."""

_OURS = str(Path(__file__).resolve().parents[1])


@dataclass
class Result:
    """What became of one target."""

    executions: int = 0
    slowest: float = 0.0
    lines: set[tuple[str, int]] = field(default_factory=set)
    findings: dict[str, bytes] = field(default_factory=dict)


def damaged(seed: bytes, chooser: random.Random) -> bytes:
    """A file with some of: flipped bits, cut parts, parts twice, hostile texts."""
    data = bytearray(seed)
    for _ in range(chooser.randint(1, 6)):
        place = chooser.randrange(len(data) + 1)
        match chooser.randrange(6):
            case 0 if data:
                data[place % len(data)] ^= 1 << chooser.randrange(8)
            case 1:
                del data[place : place + chooser.randrange(1, 200)]
            case 2:
                data[place:place] = data[place : place + chooser.randrange(1, 400)]
            case 3:
                times = chooser.choice((1, 1, 3, 50))
                data[place:place] = chooser.choice(FRAGMENTS).encode() * times
            case 4:
                data[place:place] = chooser.randbytes(chooser.randrange(1, 8))
            case _:
                del data[place:]
    return bytes(data)


def read_feed(data: bytes) -> None:
    for _ in feed_of(Source.of_bytes(data, "feed")).records:
        pass


def read_as(name: str) -> Callable[[bytes], None]:
    [format] = [one for one in formats() if one.name == name]

    def read(data: bytes) -> None:
        for _ in feed_of(Source.of_bytes(data, "feed"), format).records:
            pass

    return read


def read_body(data: bytes) -> None:
    """The service's check of a body; what it lets through can be answered as JSON."""
    call = asyncio.run(read_json(data, "send a list"))
    if isinstance(call, dict):
        read_call(call, Kind("papers", 512, OPTIONS))


BODY = json.dumps(
    {"papers": [{"id": 1, "title": "é\U0001f600", "abstract": "a \\ud83d b", "x": [{"y": None}]}],
     "top": 3, "threshold": 0.5, "explain": True}
).encode()  # fmt: skip


def targets() -> dict[str, tuple[Callable[[bytes], None], list[bytes]]]:
    """Each reader, the detection of formats, and the body check, with the files to damage."""
    seeds = layouts()
    by_format: dict[str, list[bytes]] = {one.name: [] for one in formats()}
    for name, data in seeds.items():
        source = Source.of_bytes(data, name)
        by_format[feed_of(source).format].append(data)
    found = {name: (read_as(name), data) for name, data in by_format.items()}
    return {**found, "detection": (read_feed, list(seeds.values())), "body": (read_body, [BODY])}


def fuzz(
    run: Callable[[bytes], None], seeds: list[bytes], seed: int, seconds: float, most: int
) -> Result:
    """Run a target on damaged files for so many seconds or executions, whichever is over first."""
    result, chooser = Result(), random.Random(seed)
    until = time.monotonic() + seconds
    while result.executions < most and time.monotonic() < until:
        data = damaged(chooser.choice(seeds), chooser)
        traced = result.executions % TRACED == 0
        began = time.process_time()
        try:
            if traced:
                sys.settrace(_tracer(result.lines))
            run(data)
        except TagstractError:
            pass
        except Exception as error:
            result.findings.setdefault(f"{type(error).__name__}: {str(error)[:100]}", data)
        finally:
            sys.settrace(None)
        took = time.process_time() - began
        if not traced:
            result.slowest = max(result.slowest, took)
            if took > SLOW:
                result.findings.setdefault(f"took {took:.1f} s", data)
        result.executions += 1
    return result


def _tracer(lines: set[tuple[str, int]]) -> Callable[[FrameType, str, Any], Any]:
    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        if not frame.f_code.co_filename.startswith(_OURS):
            return None
        lines.add((frame.f_code.co_filename, frame.f_lineno))
        return trace

    return trace


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="TARGET", help="default: all")
    parser.add_argument("--seconds", type=float, default=60.0, help="for each target")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    arguments = parser.parse_args()
    bad = False
    for name, (run, seeds) in targets().items():
        if arguments.names and name not in arguments.names:
            continue
        result = fuzz(run, seeds, arguments.seed, arguments.seconds, sys.maxsize)
        print(
            f"{name}: {result.executions:,} executions, {len(result.lines):,} lines reached, "
            f"slowest {result.slowest:.2f} s, {len(result.findings)} findings",
            flush=True,
        )
        for about, data in result.findings.items():
            bad = True
            folder = Path("build/fuzz")
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / f"{name}-{hashlib.sha256(data).hexdigest()[:12]}"
            path.write_bytes(data)
            print(f"  {about} ({path})", flush=True)
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
