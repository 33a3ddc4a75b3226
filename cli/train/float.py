"""Write a network in bfloat16, as `tagstract train full --base shipped` starts from."""

from __future__ import annotations

import argparse
from pathlib import Path

from tagstract.labels.errors import OK
from tagstract.labels.extras import need


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("network", type=Path, metavar="NETWORK", help="what `train unpack` or `train tune` wrote")
    add("model", metavar="MODEL", help="the model built from it")
    add("--out", type=Path, required=True, metavar="DIR")


def run(arguments: argparse.Namespace) -> int:
    need("train", "torch", "safetensors")
    from tagstract.labels.storage.new_folder import new_folder
    from tagstract.model_folder import Model, resolve
    from tagstract.training.transformer.bfloat16 import write_bfloat16

    tag = Model.load(resolve(arguments.model)).tag
    with new_folder(arguments.out) as folder:
        write_bfloat16(arguments.network, tag, folder)
    return OK
