"""Build the cascade of a model: two cheap stages that answer the papers they are sure of.

The networks come from a folder that `tagstract train pack` wrote and `training/gpu/run.py --small`
trained in. The papers that were held out there calibrate the stages and set when each is sure.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tagstract.labels import InputError
from tagstract.labels.speed import Speed
from tagstract.model_folder import Model, lexical_text, paper_text
from tagstract.model_folder import format as files
from tagstract.model_folder.cascade.bag import Bag
from tagstract.model_folder.cascade.cascade import Cascade, write_cascade
from tagstract.model_folder.cascade.short_text import ShortText
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
    model: Model,
    packed_folder: Path,
    held_out: TrainingData,
    seconds: float,
    small: str = SMALL,
) -> None:
    """Train, export, calibrate and seal; a failure leaves the model folder as it was.

    Args:
        held_out: labelled papers that were held out in `packed_folder`.
        seconds: the most that the training of the bag may take.
        small: which of the small students of `packed_folder` is the second stage.

    Raises:
        InputError: a folder that can't be used, or papers that were not held out.
    """
    packed = Packed.load(packed_folder)
    if packed.targets.shape[1] != len(model.taxonomy.ids):
        raise InputError("was packed for other areas than the model's", str(packed_folder))
    check_held_out(_tokens(model, held_out), packed)
    student = SmallStudent.load(packed_folder / small)
    tokenizer = (model.folder / files.TOKENIZER).read_text(encoding="utf-8")
    content = ~(function_words(tokenizer) | special_tokens(tokenizer))
    bag = train_bag(packed, content, seconds)
    words = np.flatnonzero(bag.rows >= 0)
    head = student.head_weight, student.head_bias
    parts = Parts(bag, short_text(student, tokenizer, words), head)
    with tempfile.TemporaryDirectory(prefix=".cascade-", dir=model.folder.parent) as temporary:
        encoder = Path(temporary) / files.CASCADE_ENCODER
        export_small(student, encoder)
        _calibrate(model, parts, encoder, held_out)


def take_over(model: Model, other: Path, held_out: TrainingData) -> None:
    """Give a model the networks of another model's cascade, calibrated anew beside it.

    Args:
        held_out: labelled papers that neither model was trained on.

    Raises:
        InputError: the other model has no cascade, or other areas or another tokenizer.
    """
    theirs = Model.load(other)
    cascade = Cascade.load(other)
    if cascade is None:
        raise InputError("has no cascade", str(other))
    if theirs.taxonomy.ids != model.taxonomy.ids:
        raise InputError(f"has other areas than {model.folder}", str(other))
    ours, tokenizer = (folder / files.TOKENIZER for folder in (model.folder, other))
    if ours.read_bytes() != tokenizer.read_bytes():
        raise InputError(f"has another tokenizer than {model.folder}", str(other))
    parts = Parts(cascade.bag, cascade.short, cascade.head)
    _calibrate(model, parts, other / files.CASCADE_ENCODER, held_out)


def _calibrate(model: Model, parts: Parts, encoder: Path, held_out: TrainingData) -> None:
    """Fit the stages, and write and seal the cascade.

    Args:
        encoder: the exported small student.
    """
    folder = model.folder
    if model.scale.single:
        raise InputError(
            "gives each paper one area; a cascade needs a multi-label model", str(folder)
        )
    tokens = _tokens(model, held_out)
    second = small_logits(encoder, folder / files.TOKENIZER, parts, tokens)
    held = _held_out_logits(model, held_out, tokens, parts.bag, second)
    stages = fit_stages(held, model.thresholds, TARGETS, seed=0)
    with tempfile.TemporaryDirectory(prefix=".cascade-", dir=folder.parent) as temporary:
        new = Path(temporary)
        shutil.copyfile(encoder, new / files.CASCADE_ENCODER)
        write_cascade(new, parts.bag, parts.short, parts.head, stages)
        for name in (files.CASCADE, files.CASCADE_ENCODER):
            os.replace(new / name, folder / name)
    files.seal(folder, model.facts)


def _tokens(model: Model, papers: TrainingData) -> Tokens:
    texts = [paper_text(paper) for paper in papers.papers]
    return [encoding.ids for encoding in model.encoder.tokenize(texts)]


def check_held_out(tokens: Tokens, packed: Packed) -> None:
    """Refuse papers that a student was trained on.

    Raises:
        InputError: a paper is none of the held-out ones.
    """
    held = packed.tokens(np.flatnonzero(packed.held_out))
    # The last token of a paper that was cut is a special one, so the first ones are compared.
    known = {tuple(ids[:-1][:COMPARED_TOKENS].tolist()) for ids in held}
    others = sum(tuple(ids[:-1][:COMPARED_TOKENS]) not in known for ids in tokens)
    if others:
        raise InputError(f"{others} of {len(tokens)} papers were not held out in training")


def small_logits(
    encoder: Path, tokenizer: Path, parts: Parts, tokens: Tokens
) -> NDArray[np.float32]:
    """What the exported student says, (papers, areas), from the 4-bit table as in serving."""
    short = parts.short
    session = Encoder(encoder, tokenizer, short.max_tokens, words=short.embeddings)
    weight, bias = parts.head
    embeddings = session.embed_tokens([short.cut(ids).tolist() for ids in tokens])
    return np.asarray(embeddings @ weight.astype(np.float16).astype(np.float32) + bias)


def _held_out_logits(
    model: Model, held_out: TrainingData, tokens: Tokens, bag: Bag, small: NDArray[np.float32]
) -> HeldOutLogits:
    """What all stages and the full model say of the held-out papers."""
    embeddings = model.encoder.embed_tokens(tokens)
    lexical = model.lexical.logits([lexical_text(paper) for paper in held_out.papers])
    full, in_scope = model.logits(embeddings, lexical), np.ones(len(held_out), bool)
    if model.scope is not None:
        in_scope = model.scope.holds(embeddings, model.scale.probabilities(full))
    return HeldOutLogits(
        bag.logits(tokens).astype(np.float64),
        lexical.astype(np.float64),
        small.astype(np.float64),
        full,
        in_scope,
        held_out.targets > 0.5,
    )
