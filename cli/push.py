"""Copy a model version to the Hugging Face Hub, with a card that the Hub reads."""

from __future__ import annotations

import argparse

from tagstract.labels.errors import OK


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", metavar="NAME:VERSION", help="or a name, a version or a folder")
    parser.add_argument("repo", metavar="OWNER/NAME", help="on the Hub; made where it is missing")
    parser.add_argument("--private", action="store_true", help="make a private repository")


def run(arguments: argparse.Namespace) -> int:
    from tagstract.model_folder import resolve
    from tagstract.model_folder.hub import push

    print(push(resolve(arguments.model), arguments.repo, arguments.private))
    return OK
