"""Own areas: Tagstract beside TF-IDF, a frozen encoder, SetFit and Annif, on sets of yours.

    python -m benchmarks.own_areas --set NAME=TAXONOMY,TEST,TRAIN,TRAIN... [--set ...] \
        [--full] [--peers setfit annif] [--out docs/own-areas.md]

`TEST@PREFIX` takes as test papers those whose id starts with PREFIX; no training file keeps a
test paper. All texts are embedded first, into the cache; what each system gave is kept under
--folder, so a run that was stopped goes on. --out is written anew after each row.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.own_areas import ours
from benchmarks.own_areas.embedding import embed_for_peers, embed_for_us
from benchmarks.own_areas.peers import FOLDS, PEERS, Material, tags_of
from benchmarks.own_areas.sets import SYNTAX, NamedSet
from benchmarks.own_areas.table import OURS, Row, line_of, markdown
from benchmarks.quality import annif, setfit
from benchmarks.quality.split import Split
from benchmarks.quality.system import Options, System
from tagstract.labels import TagstractError
from tagstract.labels.storage.atomic import atomic_writer
from tagstract.model_folder import Model, resolve
from tagstract.training.heads.linear import one_thread_a_product

FULL = "Tagstract, full mode"

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Outside:
    """A system with a library of its own, and the most papers that it is given."""

    title: str
    system: System
    max_papers: int


OUTSIDE = {
    "setfit": Outside("SetFit", setfit.SYSTEM, 200),
    "annif": Outside("Annif, Omikuji", annif.SYSTEM, 5000),
}
"""SetFit fine-tunes an encoder: on a CPU a quarter of an hour for a hundred papers."""

SETFIT_STEPS = 200


def main(words: list[str] | None = None) -> int:
    arguments = parser().parse_args(words)
    try:
        rows = []
        for row in rows_of(arguments):
            rows.append(row)
            text = page(rows, arguments)
            _log(line_of(row))
            if arguments.out:
                with atomic_writer(arguments.out) as file:
                    file.write(text)
    except TagstractError as error:
        print(error, file=sys.stderr)
        return 2
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


def rows_of(arguments: argparse.Namespace) -> Iterator[Row]:
    """One row for each size of each set, the smallest of all sets first."""
    splits = [(one.name, split) for one in arguments.set for split in one.splits(arguments.seed)]
    everything = [split for _, split in splits]
    embed_for_us(everything, Model.load(resolve(arguments.model)), _log)
    if {"frozen", "both"} & set(arguments.peers):
        embed_for_peers(everything, _log)
    for name, split in sorted(splits, key=lambda one: len(one[1].labelled)):
        given: dict[str, Flags] = {}
        seconds: dict[str, float] = {}
        for title, run in systems(split, arguments).items():
            path = arguments.folder / f"{key_of(split, title, arguments)}.npz"
            if not path.is_file():
                _log(f"{name}, {len(split.labelled)} papers: {title}")
            given[title], seconds[title] = kept(path, run)
        yield Row(name, len(split.labelled), split.truth, given, seconds)


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
            given = tags_of(material, key)
        return given, time.perf_counter() - started

    def outside(key: str) -> tuple[Flags, float]:
        options = Options(setfit_steps=SETFIT_STEPS, folder=arguments.folder / key)
        found = OUTSIDE[key].system.run(split, options, _log)
        # Few papers are held out to calibrate on, too few for a threshold an area.
        return found.scores(split.truth, one_threshold=True).given, found.seconds

    material = Material(split, _log)
    result: dict[str, Callable[[], tuple[Flags, float]]] = {OURS: partial(tagstract, "head")}
    if arguments.full:
        result[FULL] = partial(tagstract, "full")
    for key in arguments.peers:
        if key in PEERS:
            result[PEERS[key][0]] = partial(linear, key)
        elif len(split.labelled) <= OUTSIDE[key].max_papers:
            result[OUTSIDE[key].title] = partial(outside, key)
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
    parts = [split.labelled_digest, split.test_digest, name]
    if name in (OURS, FULL):
        code = sorted(Path(ours.__file__).parents[2].glob("training/**/*.py"))
        parts += [Model.load(resolve(arguments.model)).digest, *(one.read_text() for one in code)]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:20]


def page(rows: list[Row], arguments: argparse.Namespace) -> str:
    """The page, with what it was made by."""
    model = Model.load(resolve(arguments.model))
    outside = [OUTSIDE[key] for key in arguments.peers if key in OUTSIDE]
    capped = "".join(f" {one.title} is run up to {one.max_papers:,} papers." for one in outside)
    if "setfit" in arguments.peers:
        capped += f" SetFit is trained for {SETFIT_STEPS} steps of {setfit.BATCH} pairs."
    return f"""# Own areas

How well models trained on labelled papers with a taxonomy of their own tag papers they have not
seen: micro-F1 / macro-F1. Made by `python -m benchmarks.own_areas` (`benchmarks/own_areas`), the
head mode starting from {model.tag}. Tagstract's tags are those that `tagstract tag` gives, by its
thresholds and rules. Peers are tuned on the same papers: strength, mix and threshold by
{FOLDS}-fold cross-validated micro-F1; where every training paper has one area, each gives the area
of the highest score.{capped}

Differences to the better TF-IDF have 95 % paired bootstrap intervals. A system is first if it has
the highest micro-F1 or the highest is within the interval of the difference.

{markdown(rows)}
"""


def _log(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
