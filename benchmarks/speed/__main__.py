"""`python -m benchmarks.speed --papers-file FILE --labelled FILE... --train FILE...`."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from pathlib import Path

from benchmarks.speed.chart import Dot, chart
from benchmarks.speed.peers import PEERS
from benchmarks.speed.reading import read_material
from benchmarks.speed.run import Run
from benchmarks.speed.table import page, summary, table
from tagstract.labels import TagstractError, load_taxonomy
from tagstract.model_folder import resolve
from tagstract.model_folder.format import check


def parser() -> argparse.ArgumentParser:
    result = argparse.ArgumentParser(
        prog="python -m benchmarks.speed",
        description="Time Tagstract and its peers on the same abstracts, and score them on the "
        "same labelled papers. A stopped run goes on where it was.",
    )
    add = result.add_argument
    add("file", metavar="FILE", help="papers to time on: JSONL, Parquet or another feed")
    add("--papers", type=int, default=2000, metavar="N", help="default: %(default)s")
    add("--labelled", nargs="+", default=[], metavar="FILE", help="labelled papers to score on")
    add("--train", nargs="+", default=[], metavar="FILE", help="labelled papers for peers' heads")
    add("--train-papers", type=int, default=5000, metavar="N",
        help="at most N of them, drawn at random (default: %(default)s)")  # fmt: skip
    add("--rounds", type=int, default=3, metavar="N", help="default: %(default)s")
    add("--only", metavar="NAMES", help=f"of {', '.join(PEERS)}; separated by commas")
    add("--folder", type=Path, default=Path("build/speed"), help="for what a run keeps")
    add("--out", type=Path, metavar="FILE.md",
        help="write the page here, plot and JSON beside it (default: print the table)")  # fmt: skip
    return result


def main(argv: list[str] | None = None) -> int:
    arguments = parser().parse_args(argv)
    names = arguments.only.split(",") if arguments.only else list(PEERS)
    unknown = [name for name in names if name not in PEERS]
    if unknown:
        parser().error(f"--only knows no {', '.join(unknown)}; it knows {', '.join(PEERS)}")
    try:
        material = read_material(
            arguments.file,
            arguments.papers,
            arguments.labelled,
            arguments.train,
            arguments.train_papers,
            load_taxonomy(),
        )
        run = Run(material, arguments.folder.resolve(), arguments.rounds, _log)
        peers = {name: PEERS[name] for name in names}
        if not arguments.train:
            peers = {name: peer for name, peer in peers.items() if "{train}" not in peer.head}
        results = run.measured(peers)
    except TagstractError as error:
        print(f"benchmarks.speed: {error}", file=sys.stderr)
        return 2
    rows = table(results, peers, material)
    print(rows)
    if arguments.out and results:
        sets = [papers.name for papers in material.labelled]
        dots = [
            Dot(peers[name].title, one.median("rate"), one.f1, name.startswith("ours"))
            for name, one in results.items()
        ]
        plot = arguments.out.with_suffix(".svg")
        plot.write_text(chart(dots, sets), encoding="utf-8")
        command = f"python -m benchmarks.speed {shlex.join(sys.argv[1:] if argv is None else argv)}"
        model = check(resolve(None)).tag
        text = page(rows, material, arguments.rounds, command, plot.name, model)
        arguments.out.write_text(text, encoding="utf-8")
        found = json.dumps(summary(results, sets), indent=1)
        arguments.out.with_suffix(".json").write_text(found + "\n", encoding="utf-8")
    return 0


def _log(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
