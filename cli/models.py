"""List, show, promote and roll back model versions."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from tagstract.labels.errors import OK, InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="all versions, the live one marked")
    listing.add_argument("--json", action="store_true")
    show = actions.add_parser("show", help="what a version was trained on and reaches, as JSON")
    show.add_argument("model", nargs="?", metavar="NAME_OR_DIR", help="default: the live one")
    promote = actions.add_parser("promote", help="make a version the live one")
    promote.add_argument("model", metavar="NAME:VERSION")
    actions.add_parser("rollback", help="go back to the version that was live before")
    for action in actions.choices.values():
        action.add_argument("--name", default="ai-research-areas", help=argparse.SUPPRESS)


def run(arguments: argparse.Namespace) -> int:
    actions = {"list": _list, "show": _show, "promote": _promote, "rollback": _rollback}
    actions[arguments.action](arguments)
    return OK


def _list(arguments: argparse.Namespace) -> None:
    from tagstract.model_folder.entries import wrecks
    from tagstract.model_folder.store import DEFAULT_FOLDER, live_version, stored

    live = live_version(arguments.name)
    ships = _row(DEFAULT_FOLDER)
    rows = [*map(_row, stored(arguments.name)), ships]
    if live not in (None, *(row["version"] for row in rows)):
        problem = "is promoted but not in the model store; promote another or roll back"
        rows.append({"version": live, "problem": problem})
    for folder in wrecks(arguments.name):
        problem = f"{folder}: is half there, left by a copy that was stopped; remove it"
        rows.append({"version": folder.name, "problem": problem})
    for row in rows:
        row["ships"] = row is ships
        # Of a version that ships and is in the store too, the one that ships is taken.
        is_live = row is ships if live in (None, ships["version"]) else row["version"] == live
        row["live"] = is_live and "problem" not in row
    if arguments.json:
        print(json.dumps(rows, indent=1))
        return
    print(f"  {'version':32} {'mode':5} {'papers':>7} {'micro-F1':>9}  created")
    for row in rows:
        if "problem" in row:
            print(f"! {row['version']:32} {row['problem']}")
            continue
        note = "  (ships with Tagstract)" if row["ships"] else ""
        print(
            f"{'*' if row['live'] else ' '} {row['version']:32} {row['mode']:5} "
            f"{row['papers']:7} {row['micro_f1']:9.3f}  {row['created']}{note}"
        )


def _row(folder: Path) -> dict[str, Any]:
    """A version as it is listed; `problem` says why it can't be used."""
    from tagstract.model_folder import format as files

    try:
        facts = files.check(folder)
        scores = files.read_json(folder / files.METRICS)["model"]
        about = facts.described()
        about = {key: about[key] for key in ("version", "mode", "papers", "created")}
        return {**about, "micro_f1": scores["micro_f1"]}
    except InputError as error:
        return {"version": folder.name, "problem": str(error)}
    except (KeyError, TypeError) as error:
        return {"version": folder.name, "problem": f"{folder}: is damaged: no {error}"}


def _show(arguments: argparse.Namespace) -> None:
    from tagstract.model_folder import Model, resolve

    print(json.dumps(Model.load(resolve(arguments.model)).as_dict(), indent=1))


def _promote(arguments: argparse.Namespace) -> None:
    from tagstract.model_folder import Model, resolve
    from tagstract.model_folder.store import promote

    name, _, version = arguments.model.partition(":")
    if not version:
        raise InputError("give a version: NAME:VERSION, or NAME:latest", arguments.model)
    folder = resolve(f"{name}:{version}")
    # Loaded, not only found: what can't tag must not go live.
    model = Model.load(folder)
    if resolve(model.tag) != folder:
        raise InputError("is a plain folder; a version of the model store can go live", str(folder))
    promote(model.name, model.version)
    print(f"{model.tag} is live")


def _rollback(arguments: argparse.Namespace) -> None:
    from tagstract.model_folder.store import roll_back

    print(f"{roll_back(arguments.name)} is live again")
