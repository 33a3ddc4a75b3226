"""Cost as work grows: papers a second and memory by the number of papers, and by cores.

    python -m benchmarks.growth PAPERS... [--papers 1000 10000 100000] [--cores 1 2] [--speed best]

Runs `tagstract tag` in a process of its own, start and output included, and prints its rate, its
processor time and the most memory that it held. A line has the same rate in every row of one
number of cores, and the same memory in all. Where the files hold fewer papers than asked for, they
are repeated under other titles and ids, so that none is a duplicate.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from itertools import count, islice
from pathlib import Path
from typing import Any

from benchmarks.measured import cost_of
from tagstract.labels import Problem
from tagstract.labels.errors import OK, SOME_FAILED
from tagstract.labels.speed import Speed
from tagstract.model_folder.encoder import threads_to_use
from tagstract.serving.feeds import read_feed

TAG = [sys.executable, "-m", "tagstract", "tag"]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.growth", description=(__doc__ or "").splitlines()[0]
    )
    add = parser.add_argument
    add("files", nargs="+", metavar="PAPERS")
    add("--papers", type=int, nargs="+", default=[1000, 10_000, 100_000], metavar="N")
    add("--cores", type=int, nargs="+", metavar="N", help="default: from 1 to all")
    add("--speed", choices=[speed.value for speed in Speed], default="best")
    arguments = parser.parse_args(argv)
    cores = arguments.cores or list(range(1, threads_to_use() + 1))
    print("| papers | cores | seconds | papers/s | CPU ms a paper | memory, MB |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory(prefix="tagstract-growth-") as folder:
        for size in arguments.papers:
            feed = Path(folder) / f"{size}.jsonl"
            _write(feed, islice(_papers(arguments.files), size))
            for number in cores:
                output = Path(folder) / f"{size}-{number}.out.jsonl"
                command = [*TAG, str(feed), "-o", str(output), "--quiet"]
                cost = cost_of(
                    [*command, "--speed", arguments.speed], cores=number, good=(OK, SOME_FAILED)
                )
                print(
                    f"| {size:,} | {number} | {cost.seconds:,.1f} | {size / cost.seconds:,.1f} | "
                    f"{1000 * cost.cpu_seconds / size:.2f} | {cost.memory:,.0f} |",
                    flush=True,
                )
                output.unlink()
            feed.unlink()
    return 0


def _papers(files: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The papers of the files, again and again, each time under other titles and ids."""
    for turn in count():
        for file in files:
            for number, record in enumerate(read_feed(file).records):
                if isinstance(record, Problem):
                    continue
                paper = {name: record.get(name) or "" for name in ("title", "abstract")}
                title = f"{paper['title']} ({turn})" if turn else paper["title"]
                yield {"id": f"{file}:{number}:{turn}", **paper, "title": title}


def _write(path: Path, papers: Iterator[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for paper in papers:
            file.write(json.dumps(paper) + "\n")


if __name__ == "__main__":
    sys.exit(main())
