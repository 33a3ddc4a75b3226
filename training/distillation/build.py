"""Build the cascade of a model: two cheap stages that answer the papers they are sure of.

    python -m tagstract.training.distillation.build MODEL --packed FOLDER --held-out FILE

FOLDER is what `training/gpu/pack.py` wrote and `training/gpu/run.py --small` trained in. Writes
`cascade.npz` and `cascade.onnx` into the model folder and seals it anew. FILE must be the papers
that were held out there: they calibrate the stages and set when each is sure.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagstract.labels import InputError, TagstractError, read_labelled
from tagstract.model_folder import Model, lexical_text, paper_text
from tagstract.model_folder import format as files
from tagstract.model_folder.cascade.bag import Bag
from tagstract.model_folder.cascade.cascade import write_cascade
from tagstract.model_folder.cascade.short_text import ShortText
from tagstract.model_folder.cascade.speed import Speed
from tagstract.model_folder.encoder import Encoder
from tagstract.training.data.training_data import TrainingData
from tagstract.training.distillation.bag import train_bag
from tagstract.training.distillation.function_words import function_words, special_tokens
from tagstract.training.distillation.packed import Packed
from tagstract.training.distillation.small_student import SmallStudent, export_small, short_text
from tagstract.training.distillation.stages import HeldOutLogits, Target, fit_stages

COSTS = (1.0, 5.5, 28.0)
"""Milliseconds of one core that a paper costs in each stage of the default model."""

TARGETS = {Speed.BALANCED: Target(0.001, COSTS), Speed.FAST: Target(0.005, COSTS)}
SMALL = "small-fast"
"""The small student that is the second stage."""

COMPARED_TOKENS = 48
"""By so many tokens at its start a held-out paper is recognized."""

Tokens = Sequence[Sequence[int]]


@dataclass(frozen=True)
class Parts:
    """The networks of the two stages; `head` is that of the small student."""

    bag: Bag
    short: ShortText
    head: tuple[NDArray[np.float32], NDArray[np.float32]]


def build(
    folder: Path,
    packed_folder: Path,
    held_out: str,
    seconds: float,
    small: str = SMALL,
    bag_of: Path | None = None,
) -> None:
    """Train, export, calibrate and seal; a failure leaves the model folder as it was.

    Args:
        seconds: the most that the training of the bag may take.
        small: which of the small students of `packed_folder` is the second stage.
        bag_of: a model whose bag is taken over; None: a new one is trained.

    Raises:
        InputError: a folder or file that can't be used, or papers that were not held out.
    """
    model = Model.load(folder)
    if model.scale.single:
        raise InputError("gives each paper one area; a cascade needs several", str(folder))
    labelled = read_labelled([held_out], model.taxonomy)
    for problem in labelled.problems:
        print(problem, file=sys.stderr)
    data = TrainingData(labelled.papers, labelled.labels, model.taxonomy)
    packed = Packed.load(packed_folder)
    if packed.targets.shape[1] != len(model.taxonomy.ids):
        raise InputError("was packed for other areas than the model has", str(packed_folder))
    texts = [paper_text(paper) for paper in data.papers]
    tokens = [encoding.ids for encoding in model.encoder.tokenize(texts)]
    check_held_out(tokens, packed, held_out)

    student = SmallStudent.load(packed_folder / small)
    tokenizer = (folder / files.TOKENIZER).read_text(encoding="utf-8")
    content = ~(function_words(tokenizer) | special_tokens(tokenizer))
    bag = train_bag(packed, content, seconds) if bag_of is None else bag_from(bag_of)
    words = np.flatnonzero(bag.rows >= 0)
    head = student.head_weight, student.head_bias
    parts = Parts(bag, short_text(student, tokenizer, words), head)
    with tempfile.TemporaryDirectory(prefix=".cascade-", dir=folder.parent) as temporary:
        new = Path(temporary)
        export_small(student, new / files.CASCADE_ENCODER)
        second = small_logits(new / files.CASCADE_ENCODER, folder / files.TOKENIZER, parts, tokens)
        held = held_out_logits(model, data.papers, tokens, parts.bag, second, data.targets > 0.5)
        stages = fit_stages(held, model.thresholds, TARGETS, seed=0)
        write_cascade(new, parts.bag, parts.short, parts.head, stages)
        for name in (files.CASCADE, files.CASCADE_ENCODER):
            os.replace(new / name, folder / name)
    files.seal(folder, model.facts)


def bag_from(folder: Path) -> Bag:
    """The bag of a model's cascade.

    Raises:
        InputError: the model has no cascade, or can't be read.
    """
    cascade = Model.load(folder).cascade
    if cascade is None:
        raise InputError("has no cascade to take the bag from", str(folder))
    return cascade.bag


def check_held_out(tokens: Tokens, packed: Packed, name: str) -> None:
    """Refuse papers that a student was trained on.

    Raises:
        InputError: a paper is none of the held-out ones.
    """
    held = packed.tokens(np.flatnonzero(packed.held_out))
    # The last token of a paper that was cut is a special one, so the first ones are compared.
    known = {tuple(ids[:-1][:COMPARED_TOKENS].tolist()) for ids in held}
    others = sum(tuple(ids[:-1][:COMPARED_TOKENS]) not in known for ids in tokens)
    if others:
        raise InputError(f"{others} of {len(tokens)} papers were not held out in training", name)


def small_logits(
    encoder: Path, tokenizer: Path, parts: Parts, tokens: Tokens
) -> NDArray[np.float32]:
    """What the exported student says, (papers, areas), from the 4-bit table as in serving."""
    short = parts.short
    session = Encoder(encoder, tokenizer, short.max_tokens, words=short.embeddings)
    weight, bias = parts.head
    embeddings = session.embed_tokens([short.cut(ids).tolist() for ids in tokens])
    return np.asarray(embeddings @ weight.astype(np.float16).astype(np.float32) + bias)


def held_out_logits(
    model: Model,
    papers: Sequence[dict[str, Any]],
    tokens: Tokens,
    bag: Bag,
    small: NDArray[np.float32],
    truth: NDArray[np.bool_],
) -> HeldOutLogits:
    """What all stages and the full model say of the held-out papers."""
    embeddings = model.encoder.embed_tokens(tokens)
    lexical = model.lexical.logits([lexical_text(paper) for paper in papers])
    in_scope = np.ones(len(papers), bool)
    if model.scope is not None:
        in_scope = model.scope.logits(embeddings) >= 0
    return HeldOutLogits(
        bag.logits(tokens).astype(np.float64),
        lexical.astype(np.float64),
        small.astype(np.float64),
        model.logits(embeddings, lexical),
        in_scope,
        truth,
    )


def main(words: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tagstract.training.distillation.build",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("model", type=Path, metavar="MODEL", help="a model folder")
    add("--packed", type=Path, required=True, metavar="FOLDER")
    add("--held-out", required=True, metavar="FILE")
    add(
        "--minutes",
        type=float,
        default=15.0,
        help="the most that the training of the bag may take (default: %(default)s)",
    )
    add("--small", default=SMALL, metavar="NAME", help="folder in --packed (default: %(default)s)")
    add("--bag-of", type=Path, metavar="MODEL", help="take its bag over, in place of a new one")
    arguments = parser.parse_args(words)
    try:
        build(
            arguments.model,
            arguments.packed,
            arguments.held_out,
            60 * arguments.minutes,
            arguments.small,
            arguments.bag_of,
        )
    except TagstractError as error:
        sys.exit(str(error))
    print(f"cascade written to {arguments.model}")


if __name__ == "__main__":
    main()
