"""New lexical head, mix and calibration around the transformer that a model has already.

    python -m training.refit MODEL LABELLED... --version VERSION --out FOLDER

For when `lexical.py` or `calibration.py` have become better: the transformer and its head stay to
the bit, so nothing is fine-tuned again. The labelled files must be those that the model was
trained on, in their order: what it held out from them is then held out still.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np

from labels import InputError, LabelledSet, read_labelled
from model_folder import Model, paper_key, paper_text, resolve
from model_folder import format as files
from training.full import fit_heads
from training.heldout import split_rows
from training.linear import Linear, one_thread_a_product
from training.targets import targets_of
from training.writing import Written, data_digest, write_model

WRITTEN_ANEW = ("format", "files", "papers", "mix", "data_sha256", "created", "libraries", "python")


def refit(model: Model, labelled: LabelledSet, version: str, out: Path) -> Written:
    """Write a model folder with the transformer of `model` and heads and calibration made anew.

    Args:
        out: an empty folder.

    Raises:
        InputError: the model comes from other papers, or from the head mode.
    """
    recipe = model.facts.get("recipe")
    if not isinstance(recipe, dict):
        raise InputError("was not made by the full mode; there is nothing to refit", model.tag)
    if model.facts["data_sha256"] != data_digest(labelled):
        raise InputError("was trained on other papers; give the same files, in order", model.tag)
    targets = targets_of(labelled.labels, model.taxonomy.ids)
    _, held = split_rows(targets, recipe["held_out"], recipe["seed"])
    head = Linear(model.weight.astype(np.float64), model.bias.astype(np.float64))
    embeddings = model.encoder.embed([paper_text(labelled.papers[row]) for row in held])
    with one_thread_a_product():
        heads, figures = fit_heads(
            labelled,
            model.taxonomy.ids,
            held,
            head,
            embeddings.astype(np.float64),
            model.encoder.embed,
            int(recipe["seed"]),
            print,
        )
    for name in (files.ENCODER, files.TOKENIZER, files.TAXONOMY):
        shutil.copyfile(model.folder / name, out / name)
    heads.save(out, [paper_key(paper) for paper in labelled.papers])
    kept = {name: fact for name, fact in model.facts.items() if name not in WRITTEN_ANEW}
    facts: dict[str, Any] = {**kept, "version": version, "refitted_from": model.tag}
    metrics = {**figures, "export": model.metrics["export"]}
    return write_model(out, facts, metrics, labelled, model.taxonomy, heads)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", metavar="MODEL", help="a model folder, or NAME:VERSION")
    parser.add_argument("labelled", metavar="LABELLED", nargs="+")
    parser.add_argument("--version", required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    try:
        model = Model.load(resolve(arguments.model))
        labelled = read_labelled(arguments.labelled, model.taxonomy)
        arguments.out.mkdir(parents=True, exist_ok=True)
        if any(arguments.out.iterdir()):
            raise InputError("is there already; name a new or empty folder", str(arguments.out))
        written = refit(model, labelled, arguments.version, arguments.out)
    except InputError as error:
        sys.exit(str(error))
    for name in ("model", "baseline"):
        print(name, {key: written.metrics[name][key] for key in ("micro_f1", "macro_f1", "ece")})


if __name__ == "__main__":
    main()
