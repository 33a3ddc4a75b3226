"""Report on tagged feeds: what rose or fell, what is out of scope, whether the feed drifted."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from tagstract.cli.messages import note
from tagstract.labels.errors import OK, InputError

if TYPE_CHECKING:
    from tagstract.serving.feed_report.profile import Profile


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    action = actions.add_parser(
        "report",
        help="compare the last feed with earlier ones and with the model's held-out papers",
    )
    add = action.add_argument
    add("tagged", nargs="+", metavar="TAGGED",
        help="files that `tagstract tag` wrote, oldest first, one per day or week")  # fmt: skip
    add("-o", "--output", metavar="FILE.html", help="write an HTML report; default: print text")
    add("--model", metavar="NAME_OR_DIR", help="model to compare with; default: the one "
        "that tagged the last feed")  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    from tagstract.labels.io.feed import expanded
    from tagstract.labels.storage.atomic import check_place
    from tagstract.serving.feed_report.html import write_report
    from tagstract.serving.feed_report.profile import read_profile
    from tagstract.serving.feed_report.report import make_report
    from tagstract.serving.feed_report.text import format_report

    output = Path(arguments.output) if arguments.output else None
    if output is not None:
        if output.suffix.lower() not in (".html", ".htm"):
            raise InputError("reports are HTML; use a name that ends in .html", str(output))
        check_place(output)
    paths = expanded(arguments.tagged)
    profiles = [read_profile(path) for path in paths]
    if not profiles[-1].papers:
        raise InputError("holds no tagged papers", paths[-1])
    for path, profile in zip(paths, profiles, strict=True):
        if not profile.papers:
            note(f"left out: {path}: holds no tagged papers")
    feeds = [profile for profile in profiles if profile.papers]
    training, areas = _training(arguments.model, feeds[-1].models)
    report = make_report(feeds, training, areas)
    if output is None:
        print(format_report(report))
    else:
        write_report(output, report)
    return OK


def _training(name: str | None, models: set[str]) -> tuple[Profile | None, dict[str, str]]:
    """What the model was trained on, and the names of its areas by id."""
    from tagstract.labels import load_taxonomy
    from tagstract.model_folder import resolve
    from tagstract.serving.feed_report.profile import training_profile

    try:
        if name is None and len(models) != 1:
            raise InputError("several models tagged the last feed; choose one with --model")
        folder = resolve(name or next(iter(models)))
        taxonomy = load_taxonomy(folder / "taxonomy.yaml")
        return training_profile(folder), {area.id: area.name for area in taxonomy.areas}
    except InputError as error:
        if name is not None:
            raise
        note(f"not compared with training: {error}")
        return None, {}
