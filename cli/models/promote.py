"""Compare a version with the live one on held-out papers; make it live unless it is worse."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from tagstract.cli.messages import print_problems
from tagstract.labels.errors import OK, InputError

if TYPE_CHECKING:
    from tagstract.model_folder import Model
    from tagstract.training.evaluation.gate import Verdict

REFUSED = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("model", metavar="NAME:VERSION", help="NAME:latest or VERSION alone also work")
    add(
        "--on",
        nargs="+",
        metavar="LABELLED",
        help="labelled papers to compare on (default: papers held out by training)",
    )
    add("--force", action="store_true", help="promote even if refused; the override is recorded")
    add("--seed", type=int, default=0, help="bootstrap seed (default: %(default)s)")
    add("--json", action="store_true", help="print the comparison as one JSON object")


def run(arguments: argparse.Namespace) -> int:
    from tagstract.model_folder import Model, resolve
    from tagstract.model_folder.store.promotions import promote

    folder = resolve(_checked(arguments.model))
    # Loaded, not only found: what can't tag must not go live.
    model = Model.load(folder)
    if resolve(model.tag) != folder:
        raise InputError(
            "is a plain folder; only versions in the model store can go live", str(folder)
        )
    verdict, findings = _compared(model, arguments)
    if verdict is not None and not arguments.json:
        print(table(verdict))
    promoted = not findings or arguments.force
    if arguments.json:
        found = verdict.as_dict() if verdict else {"candidate": model.tag}
        document = {**found, "findings": findings, "promoted": promoted, "forced": arguments.force}
        print(json.dumps(document, indent=1))
    if not promoted:
        why = "; ".join(findings)
        print(f"tagstract: {model.tag} is not promoted: {why} (--force overrides)", file=sys.stderr)
        return REFUSED
    promote(model.tag, bool(findings), findings)
    if not arguments.json:
        print(f"{model.tag} is live{', by --force' if findings else ''}")
    return OK


def _checked(name: str) -> str:
    """Refuse the bare name of a model: which of its versions would be promoted is a guess."""
    from tagstract.model_folder.store.entries import entries

    if ":" not in name and any(entry.name == name for entry in entries()):
        raise InputError("name a version: NAME:VERSION or NAME:latest", name)
    return name


def _compared(model: Model, arguments: argparse.Namespace) -> tuple[Verdict | None, list[str]]:
    """The comparison, where one is possible, and what is found against the candidate."""
    from tagstract.labels import read_labelled
    from tagstract.training.evaluation.promotion import compare, tags_alike

    live = _opponent(model)
    if live is None or live.tag == model.tag or tags_alike(model, live):
        return None, []
    labelled = None
    if arguments.on:
        labelled = read_labelled(arguments.on, model.taxonomy)
        print_problems(labelled)
    try:
        verdict = compare(model, live, labelled, arguments.seed)
    except InputError as error:
        if not arguments.force:
            raise
        return None, [f"not compared: {error}"]
    return verdict, list(verdict.findings)


def _opponent(model: Model) -> Model | None:
    """What the candidate is compared with: the live version of its name, else what is served.

    A version that ships is not compared: it is where every installation starts.
    """
    from tagstract.model_folder import Model, resolve
    from tagstract.model_folder.store import DEFAULT_FOLDER, shipped_tag
    from tagstract.model_folder.store.promotions import live_version, promotions

    if model.folder == DEFAULT_FOLDER:
        return None
    version = live_version(model.name)
    tags = [f"{model.name}:{version}"] if version else []
    tags += [event.tag for event in reversed(promotions())]
    for tag in (*tags, shipped_tag()):
        try:
            return Model.load(resolve(tag))
        except InputError as error:
            print(f"tagstract: not compared with {tag}: {error}", file=sys.stderr)
    return None


def table(verdict: Verdict) -> str:
    """The comparison as people read it: the areas, then the figures."""
    from tagstract.training.evaluation.bootstrap import difference_text

    def cell(value: float | None, digits: int = 3) -> str:
        return "-" if value is None else f"{value:.{digits}f}"

    known = [row for row in verdict.areas if row.support]
    lines = [f"{'area':29} papers  candidate   live  difference in F1"]
    for area in sorted(known, key=lambda row: -row.candidate):
        name = area.area if len(area.area) <= 28 else f"{area.area[:27]}…"
        lines.append(
            f"{name:29} {area.support:6}  {cell(area.candidate):>9}  {cell(area.live):>5}  "
            f"{difference_text(area.difference)}"
        )
    live = (
        verdict.live
        or "no live model has these areas, so the comparison is with TF-IDF and guessing"
    )
    lines += [
        "",
        f"{verdict.papers:,} held-out papers; candidate {verdict.candidate}, live: {live};",
        "in brackets, 95 % intervals of the difference (by area: simultaneous for all areas)",
        "",
        f"{'':32} candidate   live  TF-IDF  difference",
    ]
    for row in verdict.rows:
        digits = 1 if row.name.startswith("milliseconds") else 3
        lines.append(
            f"{row.name:32} {cell(row.candidate, digits):>9}  {cell(row.live, digits):>5}  "
            f"{cell(row.baseline):>6}  {difference_text(row.difference)}"
        )
    return "\n".join(lines)
