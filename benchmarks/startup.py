"""What a start costs: the first tag of one paper, and a service until it is ready.

    python -m benchmarks.startup [--rounds 7]

The first runs `tagstract tag` on a file of one paper, from the start of the process to its end. The
second starts `tagstract serve` and asks `/readyz` until it answers. Medians of the rounds.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks.measured import cost_of
from benchmarks.service.process import TAGSTRACT, running
from tagstract.labels import STARTER_PATH
from tagstract.labels.speed import Speed


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.startup", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--rounds", type=int, default=7, metavar="N")
    arguments = parser.parse_args(argv)
    first_line = STARTER_PATH.read_text(encoding="utf-8").splitlines()[0]
    paper = {name: json.loads(first_line)[name] for name in ("title", "abstract")}
    print("| start | seconds | CPU s | memory, MB |")
    print("| --- | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory(prefix="tagstract-start-") as folder:
        feed = Path(folder) / "one.jsonl"
        feed.write_text(json.dumps(paper) + "\n", encoding="utf-8")
        for speed in Speed:
            command = [*TAGSTRACT, "tag", str(feed), "--quiet", "--speed", speed.value]
            cost_of(command)  # the files are in memory from here on
            costs = [cost_of(command) for _ in range(arguments.rounds)]
            print(
                f"| first tag, {speed.value} | {median(one.seconds for one in costs):.2f} | "
                f"{median(one.cpu_seconds for one in costs):.2f} | "
                f"{median(one.memory for one in costs):,.0f} |",
                flush=True,
            )
    ready = [_until_ready() for _ in range(max(1, arguments.rounds // 2))]
    print(f"| service ready | {median(ready):.2f} | | |")
    return 0


def _until_ready() -> float:
    """Seconds until a service answers."""
    began = time.perf_counter()
    with running("startup", [*TAGSTRACT, "serve", "--port", "{port}"], "/readyz"):
        return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
