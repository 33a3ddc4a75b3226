"""Create, check or change a taxonomy, and convert labels to the changed one."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tagstract.cli.messages import print_problems
from tagstract.labels.errors import OK, SOME_FAILED, InputError

if TYPE_CHECKING:
    from tagstract.labels.taxonomies.changes import Changed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    init = actions.add_parser(
        "init", help="create one from labelled papers, SKOS or a table of areas"
    )
    init.add_argument("source", metavar="FILE", type=Path)
    init.add_argument("-o", "--output", metavar="FILE.yaml", help="default: standard output")
    init.add_argument("--name", help="taxonomy name (default: the file's name)")
    check = actions.add_parser("check", help="find errors and areas that are easily confused")
    check.add_argument("taxonomy", metavar="FILE", type=Path)
    change = actions.add_parser("change", help="add, rename, merge, split and remove areas")
    change.add_argument("taxonomy", metavar="FILE", type=Path)
    change.add_argument("changes", metavar="CHANGES.yaml", type=Path)
    change.add_argument("-o", "--output", metavar="FILE.yaml", required=True)
    change.add_argument("--labels", nargs="+", metavar="LABELLED", help="labelled files to convert")
    change.add_argument(
        "--labels-output", metavar="FILE.jsonl", help="where to write the converted papers"
    )
    change.add_argument(
        "--undecided",
        metavar="FILE.jsonl",
        help="where to write papers of split areas, for you to label",
    )


def run(arguments: argparse.Namespace) -> int:
    actions = {"init": _init, "check": _check, "change": _change}
    return actions[arguments.action](arguments)


def _init(arguments: argparse.Namespace) -> int:
    from tagstract.labels.storage.atomic import atomic_writer
    from tagstract.labels.taxonomies.sources import as_yaml, from_file

    taxonomy = from_file(arguments.source, arguments.name)
    text = as_yaml(taxonomy)
    if not arguments.output:
        print(text, end="")
    else:
        if Path(arguments.output).exists():
            raise InputError("already exists; use a new file name", arguments.output)
        with atomic_writer(arguments.output) as file:
            file.write(text)
    print(
        f"{len(taxonomy.areas)} areas in {len(taxonomy.groups)} groups; "
        "review the descriptions, models learn from them too",
        file=sys.stderr,
    )
    return OK


def _check(arguments: argparse.Namespace) -> int:
    from tagstract.labels import load_taxonomy
    from tagstract.labels.taxonomies.checking import faults

    found = faults(arguments.taxonomy)
    for fault in found:
        print(fault, file=sys.stderr)
    print(f"{len(load_taxonomy(arguments.taxonomy).areas)} areas, {len(found)} faults")
    return SOME_FAILED if found else OK


def _change(arguments: argparse.Namespace) -> int:
    from tagstract.labels import load_taxonomy
    from tagstract.labels.storage.atomic import atomic_writer
    from tagstract.labels.taxonomies.changes import apply_changes, read_changes
    from tagstract.labels.taxonomies.sources import as_yaml

    if bool(arguments.labels) != bool(arguments.labels_output):
        raise InputError("--labels and --labels-output go together")
    taxonomy = load_taxonomy(arguments.taxonomy)
    changed = apply_changes(taxonomy, read_changes(arguments.changes), str(arguments.changes))
    status = _take_along(arguments, changed) if arguments.labels else OK
    with atomic_writer(arguments.output) as file:
        file.write(as_yaml(changed.taxonomy))
    print(
        f"{len(changed.taxonomy.areas)} areas, version {changed.taxonomy.version}, into "
        f"{arguments.output}",
        file=sys.stderr,
    )
    return status


def _take_along(arguments: argparse.Namespace, changed: Changed) -> int:
    """Write the labelled papers with their new labels; those of split areas apart."""
    from tagstract.labels import load_taxonomy, read_labelled
    from tagstract.labels.io.feed import expanded
    from tagstract.labels.storage.atomic import atomic_writer

    labelled = read_labelled(expanded(arguments.labels), load_taxonomy(arguments.taxonomy))
    print_problems(labelled)
    sure: list[dict[str, object]] = []
    unsure: list[dict[str, object]] = []
    for paper, labels in zip(labelled.papers, labelled.labels, strict=True):
        record = {**paper, "labels": changed.labels(labels)}
        (unsure if changed.is_undecided(labels) else sure).append(record)
    if unsure and not arguments.undecided:
        raise InputError(
            f"{len(unsure)} papers have an area that is split; use --undecided FILE to save "
            "them for labelling"
        )
    for place, records in ((arguments.labels_output, sure), (arguments.undecided, unsure)):
        if place:
            with atomic_writer(place) as file:
                file.writelines(json.dumps(one, ensure_ascii=False) + "\n" for one in records)
    print(f"{len(sure)} papers converted, {len(unsure)} undecided", file=sys.stderr)
    return SOME_FAILED if labelled.problems else OK
