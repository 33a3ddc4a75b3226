"""List, show, compare, promote, roll back, push and pull model versions."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from tagstract.labels.errors import OK, InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser(
        "list", help="list all versions of all models; * marks the live one"
    )
    listing.add_argument("--json", action="store_true")
    listing.add_argument("--name", help="list only the versions of this model")
    show = actions.add_parser("show", help="print a version's training data and scores as JSON")
    show.add_argument("model", nargs="?", metavar="NAME_OR_DIR", help="default: the live version")
    # `tagstract.cli.main` has modules of their own for these.
    for name, text in (
        ("promote", "compare a version with the live one and make it live unless it is worse"),
        ("diff", "show which papers two versions tag differently, and why"),
        ("push", "copy a version to the Hugging Face Hub"),
        ("pull", "copy a version from the Hugging Face Hub into the model store"),
    ):
        actions.add_parser(name, help=text, add_help=False)
    rollback = actions.add_parser("rollback", help="return to the previous live version")
    rollback.add_argument("--name", help="refuse unless this model is live")
    rollback.add_argument("--json", action="store_true")


def run(arguments: argparse.Namespace) -> int:
    actions = {"list": _list, "show": _show, "rollback": _rollback}
    actions[arguments.action](arguments)
    return OK


def _list(arguments: argparse.Namespace) -> None:
    rows = [row for row in _rows() if arguments.name is None or row["name"] == arguments.name]
    if arguments.json:
        print(json.dumps(rows, indent=1))
        return
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


def _rows() -> list[dict[str, Any]]:
    """All versions: `live` is the one that is served, `promoted` the live one of its name."""
    from tagstract.model_folder.entries import wrecks
    from tagstract.model_folder.promotions import promotions, served
    from tagstract.model_folder.store import DEFAULT_FOLDER, stored

    ships = _row(DEFAULT_FOLDER)
    shipped = _tag(ships)
    live = served() or shipped
    rows = [*map(_row, stored()), ships]
    standing = {event.tag.partition(":")[0]: event for event in promotions()}
    for event in standing.values():
        if event.tag not in {_tag(row) for row in rows}:
            name, _, version = event.tag.partition(":")
            problem = "is promoted but not in the model store; promote another or roll back"
            rows.append({"name": name, "version": version, "problem": problem})
    for folder in wrecks():
        problem = f"{folder}: is half there, left by a copy that was stopped; remove it"
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


def _show(arguments: argparse.Namespace) -> None:
    from dataclasses import asdict

    from tagstract.model_folder import Model, resolve
    from tagstract.model_folder.promotions import events

    model = Model.load(resolve(arguments.model))
    history = [asdict(event) for event in events() if event.tag == model.tag]
    print(json.dumps({**model.as_dict(), "promotions": history}, indent=1))


def _rollback(arguments: argparse.Namespace) -> None:
    from tagstract.model_folder.promotions import roll_back, served
    from tagstract.model_folder.store import shipped_tag

    before = served() or shipped_tag()
    if arguments.name and before.partition(":")[0] != arguments.name:
        raise InputError(f"is not served, {before} is; leave --name out", arguments.name)
    now = roll_back() or shipped_tag()
    if arguments.json:
        print(json.dumps({"live": now, "before": before}))
    else:
        print(f"{now} is live again")
