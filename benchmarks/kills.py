"""Whether a run that is killed and resumed gives the bytes of an unbroken one.

    python -m benchmarks.kills PAPERS [--papers 5000] [--kills 10]

Tags the first papers of a feed without a break, then again with `kill -9` at random moments, each
followed by `--resume`, and compares the outputs.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tagstract.labels import Problem
from tagstract.serving.feeds import read_feed

TAG = [sys.executable, "-m", "tagstract", "tag"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("feed", metavar="PAPERS")
    parser.add_argument("--papers", type=int, default=5000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--speed", default="best")
    arguments = parser.parse_args()
    tag = [*TAG, "--speed", arguments.speed]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        feed = _first(arguments.feed, arguments.papers, place / "feed.jsonl")
        return _kills(tag, feed, arguments.kills, random.Random(arguments.seed), place)


def _kills(tag: list[str], feed: Path, kills: int, chance: random.Random, place: Path) -> int:
    whole, output = place / "whole.jsonl", place / "resumed.jsonl"
    began = time.monotonic()
    subprocess.run([*tag, str(feed), "-o", str(whole), "--quiet"], check=False)
    seconds = time.monotonic() - began
    print(f"unbroken: {seconds:.0f} s, {whole.stat().st_size:,} bytes", flush=True)
    for number in range(1, kills + 1):
        process = subprocess.Popen([*tag, str(feed), "-o", str(output), "--resume", "--quiet"])
        time.sleep(chance.uniform(0.2, 1.6) * seconds / kills)
        process.send_signal(signal.SIGKILL)
        status = process.wait()
        journal = output.with_name(f".{output.name}.partial")
        done = journal.read_bytes().count(b"\n") - 1 if journal.exists() else 0
        print(f"kill {number}: status {status}, {done:,} papers in the journal", flush=True)
    subprocess.run([*tag, str(feed), "-o", str(output), "--resume"], check=False)
    same = output.read_bytes() == whole.read_bytes()
    print("identical" if same else "DIFFERENT")
    return 0 if same else 1


def _first(source: str, count: int, path: Path) -> Path:
    with path.open("w") as file:
        for record in itertools.islice(read_feed(source).records, count):
            if not isinstance(record, Problem):
                file.write(json.dumps(record, default=str) + os.linesep)
    return path


if __name__ == "__main__":
    sys.exit(main())
