"""Return to the previous live version."""

from __future__ import annotations

import argparse
import json

from tagstract.labels.errors import OK, InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", help="refuse unless this model is live")
    parser.add_argument("--json", action="store_true")


def run(arguments: argparse.Namespace) -> int:
    from tagstract.model_folder.store import shipped_tag
    from tagstract.model_folder.store.promotions import roll_back, served

    before = served() or shipped_tag()
    if arguments.name and before.partition(":")[0] != arguments.name:
        raise InputError(f"is not live, {before} is; omit --name", arguments.name)
    now = roll_back() or shipped_tag()
    if arguments.json:
        print(json.dumps({"live": now, "before": before}))
    else:
        print(f"{now} is live again")
    return OK
