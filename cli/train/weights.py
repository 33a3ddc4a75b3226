"""Labelled files with weights, and the corrections of people beside them."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING

from tagstract.cli.messages import log, print_problems
from tagstract.labels.errors import InputError

if TYPE_CHECKING:
    from tagstract.labels import LabelledSet, Taxonomy
    from tagstract.labels.reading import Overruling

CORRECTIONS = "corrections"
"""What `--weight` calls the corrections."""

MAX_WEIGHT = 100.0


def add_weights(parser: argparse.ArgumentParser) -> None:
    """Arguments beside the files themselves."""
    add = parser.add_argument
    add(
        "--weight",
        action="append",
        default=[],
        metavar="FILE=W",
        help="how much each paper of FILE counts (default: 1); 'corrections=W' for --corrections",
    )
    add(
        "--corrections",
        nargs="?",
        const="",
        metavar="URL_OR_PATH",
        help="train on corrections too; they replace what the files say of the same papers, and "
        "the newest counts (default place: $TAGSTRACT_CORRECTIONS, else the local one)",
    )


def read_weighted(arguments: argparse.Namespace, taxonomy: Taxonomy) -> LabelledSet:
    """All papers of a training; what can't be read is printed and left out.

    Raises:
        InputError: a file, a store or a weight that can't be used.
    """
    from tagstract.labels import read_labelled
    from tagstract.labels.io.feed import expanded

    files, weights = expanded(arguments.files), _weights(arguments)
    overruling = _overruling(arguments, weights)
    labelled = read_labelled(files, taxonomy, weights=weights, overruling=overruling)
    print_problems(labelled)
    return labelled


def _weights(arguments: argparse.Namespace) -> dict[str, float]:
    """What `--weight` says, by file; the corrections are one of them."""
    from tagstract.labels.io.feed import expanded

    found: dict[str, float] = {}
    known = [*arguments.files, *([CORRECTIONS] if arguments.corrections is not None else [])]
    for given in arguments.weight:
        name, _, value = given.rpartition("=")
        if name not in known:
            raise InputError(f"--weight {given}: use FILE=W with one of {', '.join(known)}")
        try:
            weight = float(value)
        except ValueError:
            raise InputError(f"--weight {given}: '{value}' is no number") from None
        if not 0 < weight <= MAX_WEIGHT:
            raise InputError(f"--weight {given}: use more than 0 and at most {MAX_WEIGHT}")
        # A pattern stands for all of its files.
        found |= dict.fromkeys([name] if name == CORRECTIONS else expanded([name]), weight)
    return found


def _overruling(arguments: argparse.Namespace, weights: Mapping[str, float]) -> Overruling | None:
    """The newest correction of each paper, where `--corrections` asks for them."""
    if arguments.corrections is None:
        return None
    from tagstract.labels.corrections import Corrections, default_place
    from tagstract.labels.reading import Overruling

    store = Corrections(arguments.corrections or default_place())
    found = store.labelled("newest")
    if found.damage:
        log(f"{store.name}: is damaged: {found.damage}; this is what could be read")
    for problem in found.problems:
        log(f"{problem}; left out")
    for conflict in found.conflicts:
        log(f"{store.name}: {conflict}; the newest counts")
    records = [
        {**paper, "labels": given} for paper, given in zip(found.papers, found.labels, strict=True)
    ]
    return Overruling(store.name, records, weights.get(CORRECTIONS, 1.0))
