"""Show which papers two model versions tag differently, and why."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from tagstract.cli.options import add_format
from tagstract.labels.errors import OK, SOME_FAILED

if TYPE_CHECKING:
    from tagstract.serving.difference import AreaChange, PaperChange


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("first", metavar="MODEL", help="NAME:VERSION, NAME or a model folder")
    add("second", metavar="MODEL")
    add("feeds", nargs="+", metavar="FEED", help="feed files, as for `tagstract tag`")
    add_format(parser)
    add("--json", action="store_true", help="print one JSON object per changed paper")


def run(arguments: argparse.Namespace) -> int:
    from tagstract.labels import Problem
    from tagstract.model_folder import Model, resolve
    from tagstract.serving.difference import PaperChange, area_changes
    from tagstract.serving.feeds import read_feed
    from tagstract.serving.tagger import Tagger

    records = [
        record for feed in arguments.feeds for record in read_feed(feed, arguments.format).records
    ]
    models = (
        Model.load(resolve(arguments.first)),
        Model.load(resolve(arguments.second)),
    )
    first, second = (Tagger(model).tag(records) for model in models)
    failed = changed = 0
    for record, before, after in zip(records, first, second, strict=True):
        if isinstance(record, Problem) or before.status == "error":
            print(f"left out: {before.reason}", file=sys.stderr)
            failed += 1
            continue
        old, new = ([tag.area for tag in tagged.tags] for tagged in (before, after))
        if set(old) == set(new):
            continue
        moved = [area for area in (*old, *new) if (area in old) != (area in new)]
        change = PaperChange(
            record,
            (old, new),
            (before.reason or before.status, after.reason or after.status),
            area_changes(models, record, moved, set(new)),
        )
        changed += 1
        print(json.dumps(_plain(change), ensure_ascii=False) if arguments.json else _text(change))
    print(
        f"{changed} of {len(records) - failed} papers change from {models[0].tag} to "
        f"{models[1].tag}",
        file=sys.stderr,
    )
    return SOME_FAILED if failed else OK


def _plain(change: PaperChange) -> dict[str, object]:
    record = {key: change.record.get(key) for key in ("id", "title")}
    return {
        **{key: value for key, value in record.items() if value is not None},
        "tags": {"before": list(change.tags[0]), "after": list(change.tags[1])},
        "status": {"before": change.statuses[0], "after": change.statuses[1]},
        "changes": [asdict(area) for area in change.areas],
    }


def _text(change: PaperChange) -> str:
    record = change.record
    name = record.get("title") or record.get("id") or " ".join(str(record["abstract"]).split())
    lines = [str(name)[:100]]
    if change.statuses[0] != change.statuses[1]:
        lines.append(f"    {change.statuses[0]}, now {change.statuses[1]}")
    lines += [f"  {_sign(area)} {area.area}  {_values(area)}: {area.why}" for area in change.areas]
    return "\n".join(lines)


def _sign(area: AreaChange) -> str:
    return "+" if area.gained else "-"


def _values(area: AreaChange) -> str:
    before, after = ("none" if v is None else f"{v:.2f}" for v in (area.before, area.after))
    return f"{before} to {after}"
