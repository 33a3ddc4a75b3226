"""Write the card of a model folder anew, with how it was trained and who labelled its papers. The
folder is sealed anew. `tagstract evaluate --to-card` adds figures to the card.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tagstract.labels.errors import OK
from tagstract.labels.extras import need


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("folder", type=Path, metavar="DIR", help="a model folder")
    add("--training", metavar="TEXT", help="how it was trained, in sentences; '' removes it")
    add("--labelled-by", metavar="TEXT",
        help="who labelled its papers and how well they agree; '' removes it")  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    need("retrain")
    from tagstract.model_folder import format as files
    from tagstract.training.sealing.resealing import describe

    describe(arguments.folder, arguments.training, arguments.labelled_by)
    print(arguments.folder / files.CARD)
    return OK
