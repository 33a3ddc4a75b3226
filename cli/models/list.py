"""List all versions of all models; * marks the live one."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from tagstract.labels.errors import OK, InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--name", help="list only the versions of this model")


def run(arguments: argparse.Namespace) -> int:
    rows = [row for row in _rows() if arguments.name is None or row["name"] == arguments.name]
    if arguments.json:
        print(json.dumps(rows, indent=1))
        return OK
    width = max(len(_tag(row)) for row in rows) if rows else 0
    print(f"  {'model':{width}} {'mode':5} {'papers':>7} {'micro-F1':>12}  created")
    for row in rows:
        tag = f"{_tag(row):{width}}"
        if "problem" in row:
            print(f"! {tag} {row['problem']}")
            continue
        f1 = row["micro_f1"]
        measured = "not measured" if f1 is None else f"{f1:.3f}"
        print(
            f"{'*' if row['live'] else '+' if row['promoted'] else ' '} {tag} {row['mode']:5} "
            f"{row['papers']:7} {measured:>12}  {row['created']}{_note(row)}"
        )
    return OK


def _rows() -> list[dict[str, Any]]:
    """All versions: `live` is the one that is served, `promoted` the live one of its name."""
    from tagstract.model_folder.store import DEFAULT_FOLDER, stored
    from tagstract.model_folder.store.entries import wrecks
    from tagstract.model_folder.store.promotions import promotions, served

    ships = _row(DEFAULT_FOLDER)
    shipped = _tag(ships)
    live = served() or shipped
    rows = [*map(_row, stored()), ships]
    standing = {event.tag.partition(":")[0]: event for event in promotions()}
    for event in standing.values():
        if event.tag not in {_tag(row) for row in rows}:
            name, _, version = event.tag.partition(":")
            problem = (
                "is promoted but missing from the model store; promote another version or roll back"
            )
            rows.append({"name": name, "version": version, "problem": problem})
    for folder in wrecks():
        problem = f"{folder}: is incomplete, left by an interrupted copy; remove it"
        rows.append({"name": folder.parent.name, "version": folder.name, "problem": problem})
    last = {event.tag: event for event in standing.values()}
    for row in rows:
        tag = _tag(row)
        row["ships"] = row is ships
        # Of a version that ships and is in the store too, the one that ships is taken.
        mine = row is ships or tag != shipped
        row["live"] = mine and tag == live and "problem" not in row
        row["promoted"] = mine and (tag in last or row["live"])
        row["forced"] = tag in last and last[tag].forced
    return rows


def _tag(row: dict[str, Any]) -> str:
    return f"{row['name']}:{row['version']}"


def _note(row: dict[str, Any]) -> str:
    notes = ["ships with Tagstract"] if row["ships"] else []
    notes += ["promoted with --force"] if row["forced"] else []
    return f"  ({', '.join(notes)})" if notes else ""


def _row(folder: Path) -> dict[str, Any]:
    """A version as it is listed; `problem` says why it can't be used."""
    from tagstract.model_folder import format as files

    try:
        facts = files.check(folder)
        scores = files.read_json(folder / files.METRICS).get("model") or {}
        about = facts.described()
        about = {key: about[key] for key in ("name", "version", "mode", "papers", "created")}
        return {**about, "micro_f1": scores.get("micro_f1")}
    except InputError as error:
        problem = str(error)
    except (KeyError, TypeError) as error:
        problem = f"{folder}: is damaged: no {error}"
    return {"name": folder.parent.name, "version": folder.name, "problem": problem}
