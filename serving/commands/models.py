"""List, show, promote and roll back model versions."""

from __future__ import annotations

import argparse
import json
from typing import Any

from labels.errors import OK, InputError


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
    from model_folder import format as files
    from model_folder.store import DEFAULT_FOLDER, live_version, stored

    live = live_version(arguments.name)
    rows: list[dict[str, Any]] = []
    for folder in [*stored(arguments.name), DEFAULT_FOLDER]:
        try:
            facts = files.check(folder)
            metrics = files.read_json(folder / files.METRICS)["model"]
        except (InputError, KeyError) as error:
            rows.append({"version": folder.name, "problem": str(error)})
            continue
        ships = folder == DEFAULT_FOLDER
        rows.append(
            {
                "version": facts["version"],
                "live": ships if live is None else facts["version"] == live and not ships,
                "ships": ships,
                "mode": facts.get("mode"),
                "papers": facts.get("papers"),
                "micro_f1": metrics["micro_f1"],
                "created": facts.get("created"),
            }
        )
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


def _show(arguments: argparse.Namespace) -> None:
    from model_folder import Model, resolve

    print(json.dumps(Model.load(resolve(arguments.model)).as_dict(), indent=1))


def _promote(arguments: argparse.Namespace) -> None:
    from model_folder import Model, resolve
    from model_folder.store import promotions, set_promotions

    name, _, version = arguments.model.partition(":")
    if not version:
        raise InputError("give a version: NAME:VERSION, or NAME:latest", arguments.model)
    # Loaded, not only found: what can't tag must not go live.
    model = Model.load(resolve(f"{name}:{version}"))
    history = promotions(model.name)
    if not history or history[-1] != model.version:
        set_promotions(model.name, [*history, model.version])
    print(f"{model.tag} is live")


def _rollback(arguments: argparse.Namespace) -> None:
    from model_folder.store import promotions, set_promotions, shipped_tag

    history = promotions(arguments.name)
    if not history:
        raise InputError("nothing was promoted; the model that ships is live", arguments.name)
    set_promotions(arguments.name, history[:-1])
    live = f"{arguments.name}:{history[-2]}" if len(history) > 1 else shipped_tag()
    print(f"{live} is live again")
