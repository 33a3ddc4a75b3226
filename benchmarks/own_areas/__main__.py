"""Own areas: Tagstract beside TF-IDF, a frozen encoder, SetFit and Annif, on sets of yours.

    python -m benchmarks.own_areas --set NAME=TAXONOMY,TEST,TRAIN,TRAIN... [--set ...] \
        [--full] [--peers setfit annif] [--out docs/own-areas.md]

`TEST@PREFIX` takes as test papers those whose id starts with PREFIX; no training file keeps a
test paper. What was run is kept under --folder, so a run that was stopped goes on.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.own_areas import ours
from benchmarks.own_areas.peers import FOLDS, PEERS, Material, tags_of
from benchmarks.own_areas.sets import SYNTAX, NamedSet
from benchmarks.own_areas.table import OURS, Row, markdown
from benchmarks.quality import annif, setfit
from benchmarks.quality.split import Split
from benchmarks.quality.system import Options
from tagstract.labels import TagstractError
from tagstract.model_folder import Model, resolve
from tagstract.training.heads.linear import one_thread_a_product

FULL = "Tagstract, full mode"
OUTSIDE = {"setfit": ("SetFit", setfit.run), "annif": ("Annif, Omikuji", annif.run)}

Flags = NDArray[np.bool_]


def main(words: list[str] | None = None) -> int:
    arguments = parser().parse_args(words)
    try:
        rows = [row for one in arguments.set for row in rows_of(one, arguments)]
    except TagstractError as error:
        print(error, file=sys.stderr)
        return 2
    text = page(rows, arguments)
    if arguments.out:
        arguments.out.write_text(text)
    print(text)
    return 0


def parser() -> argparse.ArgumentParser:
    result = argparse.ArgumentParser(
        prog="python -m benchmarks.own_areas",
        description="Train on labelled sets with taxonomies of their own; compare with peers.",
    )
    add = result.add_argument
    add("--set", action="append", required=True, type=NamedSet.parse, metavar=SYNTAX)
    known = [*PEERS, *OUTSIDE]
    add("--peers", nargs="*", choices=known, default=list(PEERS), help="default: linear ones")
    add("--full", action="store_true", help="the full mode too; it needs the train extra")
    add("--model", metavar="NAME_OR_DIR", help="the model to start from")
    add("--out", type=Path, metavar="FILE.md", help="write the page there")
    add("--folder", type=Path, default=Path("build/own_areas"), help="keeps what was run")
    add("--seed", type=int, default=0)
    return result


def rows_of(named: NamedSet, arguments: argparse.Namespace) -> list[Row]:
    """One row for each size of a set."""
    found = []
    for split in named.splits(arguments.seed):
        given: dict[str, Flags] = {}
        seconds: dict[str, float] = {}
        for name, run in systems(split, arguments).items():
            _log(f"{named.name}, {len(split.labelled)} papers: {name}")
            path = arguments.folder / f"{key_of(split, name, arguments)}.npz"
            given[name], seconds[name] = kept(path, run)
        found.append(Row(named.name, len(split.labelled), split.truth, given, seconds))
    return found


def systems(
    split: Split, arguments: argparse.Namespace
) -> dict[str, Callable[[], tuple[Flags, float]]]:
    """What is run on a split, by name."""

    def tagstract(mode: str) -> tuple[Flags, float]:
        given, _, seconds = ours.tags_of(split, mode, arguments.model, _log)
        return given, seconds

    def linear(key: str) -> tuple[Flags, float]:
        started = time.perf_counter()
        with one_thread_a_product():
            given = tags_of(material, PEERS[key][1](material))
        return given, time.perf_counter() - started

    def outside(key: str) -> tuple[Flags, float]:
        found = OUTSIDE[key][1](split, Options(folder=arguments.folder / key), _log)
        return found.scores(split.truth).given, found.seconds

    material = Material(split, _log)
    result: dict[str, Callable[[], tuple[Flags, float]]] = {OURS: partial(tagstract, "head")}
    if arguments.full:
        result[FULL] = partial(tagstract, "full")
    for key in arguments.peers:
        title = PEERS[key][0] if key in PEERS else OUTSIDE[key][0]
        result[title] = partial(linear if key in PEERS else outside, key)
    return result


def kept(path: Path, run: Callable[[], tuple[Flags, float]]) -> tuple[Flags, float]:
    """What was kept of a run, else the run."""
    if path.is_file():
        with np.load(path, allow_pickle=False) as arrays:
            return arrays["given"], float(arrays["seconds"])
    given, seconds = run()
    path.parent.mkdir(parents=True, exist_ok=True)
    partial_path = path.with_suffix(".partial.npz")
    np.savez_compressed(partial_path, given=given, seconds=seconds)
    partial_path.replace(path)
    return given, seconds


def key_of(split: Split, name: str, arguments: argparse.Namespace) -> str:
    """Papers, system and, for ours, the model to start from and the code that trains."""
    parts = [split.digest, name]
    if name in (OURS, FULL):
        code = sorted(Path(ours.__file__).parents[2].glob("training/**/*.py"))
        parts += [Model.load(resolve(arguments.model)).digest, *(one.read_text() for one in code)]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:20]


def page(rows: list[Row], arguments: argparse.Namespace) -> str:
    """The page, with what it was made by."""
    model = Model.load(resolve(arguments.model))
    return f"""# Own areas

How well models trained on labelled papers with a taxonomy of their own tag papers they have not
seen: micro-F1 / macro-F1. Made by `python -m benchmarks.own_areas` (`benchmarks/own_areas`), the
head mode starting from {model.tag}. Tagstract's tags are those that `tagstract tag` gives, by its
thresholds and rules. Peers are tuned on the same papers: strength, mix and threshold by
{FOLDS}-fold cross-validated micro-F1; where every training paper has one area, each gives the area
of the highest score. Differences to the better TF-IDF have 95 % paired bootstrap intervals. A
system is first if it has the highest micro-F1, or the highest is within its interval.

{markdown(rows)}
"""


def _log(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
