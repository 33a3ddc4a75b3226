"""Write papers and labels as arrays, with the bases' weights, for training/gpu/run.py on a GPU
machine that has torch, numpy and safetensors and nothing of Tagstract.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tagstract.cli.options import add_taxonomy
from tagstract.cli.train.options import add_labelled, read_papers, status_of
from tagstract.labels.extras import need


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add_labelled(parser)
    add(
        "--rough", nargs="*", default=[], metavar="LABELLED", help="less careful labels; count less"
    )
    add("--held-out", required=True, metavar="LABELLED", help="papers not used in training")
    add("--unlabelled", nargs="+", required=True, metavar="FILE", help="papers for the teachers")
    add("--base", metavar="NAME_OR_PATH", help="of the student (default: all-MiniLM-L6-v2)")
    add("--teacher-base", required=True, metavar="NAME_OR_PATH", help="of the teachers")
    add_taxonomy(parser)
    add("--out", type=Path, required=True, metavar="DIR")


def run(arguments: argparse.Namespace) -> int:
    need("train", "torch", "transformers")
    from tagstract.labels import load_taxonomy
    from tagstract.labels.storage.new_folder import check_new, new_folder
    from tagstract.labels.taxonomy import DEFAULT_PATH
    from tagstract.training.gpu.pack import Material, pack
    from tagstract.training.transformer.base import resolve_base

    check_new(arguments.out)
    taxonomy = load_taxonomy(arguments.taxonomy or DEFAULT_PATH)
    careful, rough, held_out = (
        read_papers(files, taxonomy)
        for files in (arguments.files, arguments.rough, [arguments.held_out])
    )
    material = Material(careful, rough, held_out, arguments.unlabelled)
    base, teacher = resolve_base(arguments.base), resolve_base(arguments.teacher_base)
    with new_folder(arguments.out) as folder:
        unlabelled = pack(material, taxonomy, base, teacher, folder)
    print(
        f"{len(careful)} careful, {len(rough)} rough, {len(held_out)} held-out, "
        f"{unlabelled} unlabelled papers in {arguments.out}"
    )
    return status_of(careful, rough, held_out)
