"""Copy a model version from the Hugging Face Hub into the model store, without promoting it."""

from __future__ import annotations

import argparse

from tagstract.labels.errors import OK


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("repo", metavar="OWNER/NAME", help="repository on the Hub")
    parser.add_argument("--revision", help="tag, branch or commit (default: the newest)")


def run(arguments: argparse.Namespace) -> int:
    from tagstract.model_folder.store.hub import pull

    print(pull(arguments.repo, arguments.revision))
    return OK
