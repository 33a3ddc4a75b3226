"""Print a version's training data and scores as JSON."""

from __future__ import annotations

import argparse
import json

from tagstract.labels.errors import OK


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", nargs="?", metavar="NAME_OR_DIR", help="default: the live version")


def run(arguments: argparse.Namespace) -> int:
    from dataclasses import asdict

    from tagstract.model_folder import Model, resolve
    from tagstract.model_folder.store.promotions import events

    model = Model.load(resolve(arguments.model))
    history = [asdict(event) for event in events() if event.tag == model.tag]
    print(json.dumps({**model.as_dict(), "promotions": history}, indent=1))
    return OK
