"""Copy a model version to the Hugging Face Hub, with a model card."""

from __future__ import annotations

import argparse

from tagstract.labels.errors import OK


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "model", metavar="NAME:VERSION", help="NAME, VERSION or a model folder also work"
    )
    parser.add_argument(
        "repo", metavar="OWNER/NAME", help="repository on the Hub; created if missing"
    )
    parser.add_argument("--private", action="store_true", help="create the repository as private")


def run(arguments: argparse.Namespace) -> int:
    from tagstract.model_folder import resolve
    from tagstract.model_folder.store.hub import push

    print(push(resolve(arguments.model), arguments.repo, arguments.private))
    return OK
