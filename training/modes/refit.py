"""New lexical head, mix and calibration around the transformer that a model has already.

For when `lexical.py` or `calibration.py` have become better: the transformer and its head stay to
the bit, so nothing is fine-tuned again. The labelled files must be those that the model was
trained on, in their order: what it held out from them is then held out still. For when `export.py`
has become better, `encoder` is the trained encoder (`train full --encoder-out`), which is exported
again.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from tagstract.labels import InputError
from tagstract.model_folder import Model, SeenPapers, paper_text
from tagstract.model_folder import format as files
from tagstract.model_folder.encoder import Encoder
from tagstract.training.data.heldout import Rows
from tagstract.training.data.training_data import TrainingData
from tagstract.training.heads.fine_tuned import FineTuned, fit_heads
from tagstract.training.heads.linear import Linear, one_thread_a_product
from tagstract.training.sealing.writing import Written, write_model
from tagstract.training.transformer.base import load_encoder, resolve_base
from tagstract.training.transformer.recipe import Recipe

SAME = 0.15
"""By how much of their size embeddings may differ between two exports of one encoder, in the mean:
int8 alone makes some 2 %."""


def refit(
    model: Model,
    data: TrainingData,
    version: str,
    out: Path,
    log: Callable[[str], None],
    encoder: Path | None = None,
) -> Written:
    """Write a model folder with the transformer of `model` and heads and calibration made anew.

    Args:
        out: a folder that holds nothing but the file of the taxonomy.
        encoder: the trained encoder of the model, to be exported again; None: the model's own file.

    Raises:
        InputError: the model comes from other papers, or from the head mode, or from another
            encoder.
    """
    settings = model.facts.recipe
    if settings is None:
        raise InputError("was not trained in full mode; there is nothing to refit", model.tag)
    if model.facts.data_sha256 != data.digest:
        raise InputError(
            "was trained on other papers; use the same files in the same order", model.tag
        )
    # A recipe without a bound is of a time when there was none.
    recipe = Recipe.from_dict({"max_held_out": len(data), **settings})
    held = recipe.split(data).held_out
    head = Linear(model.weight.astype(np.float64), model.bias.astype(np.float64))
    texts = [paper_text(paper) for paper in data.pick(held)]
    exported = _write_encoder(model, encoder, data, held, out)
    onnx = Encoder(out / files.ENCODER, out / files.TOKENIZER, model.max_tokens)
    embeddings, before = onnx.embed(texts).astype(np.float64), model.encoder.embed(texts)
    if np.abs(embeddings - before).mean() > SAME * np.abs(before).mean():
        raise InputError(f"is not the encoder of {model.tag}", str(encoder))
    with one_thread_a_product():
        tuned = FineTuned(head, held, embeddings, onnx.embed, recipe.seed)
        fitted = fit_heads(data, tuned, log)
    heads = fitted.heads
    heads.save(out, SeenPapers.of(data.papers, data.labels))
    facts = replace(model.facts, version=version, refitted_from=model.tag)
    return write_model(out, facts, {**fitted.metrics, "export": exported}, data, heads)


def _write_encoder(
    model: Model, encoder: Path | None, data: TrainingData, held: Rows, out: Path
) -> dict[str, float]:
    """Copy the encoder's files, or export `encoder` anew; what the export changed."""
    if encoder is None:
        for name in (files.ENCODER, files.TOKENIZER):
            shutil.copyfile(model.folder / name, out / name)
        exported: dict[str, float] = model.metrics["export"]
        return exported
    network_of, tokenizer, _ = load_encoder(resolve_base(encoder))
    import torch

    from tagstract.training.transformer.batches import tokenize
    from tagstract.training.transformer.export import export
    from tagstract.training.transformer.network import Network

    network = Network(network_of, torch.zeros(len(model.bias)), 0.0)
    with torch.no_grad():
        network.head.weight.copy_(torch.from_numpy(model.weight.T))
        network.head.bias.copy_(torch.from_numpy(model.bias))
    tokens = tokenize(data.pick(held), tokenizer, model.max_tokens)
    check, _ = export(network, tokenizer, out, tokens, data.targets[held] > 0.5)
    return check.as_dict()
