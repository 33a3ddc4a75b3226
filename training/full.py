"""The full mode: from a labelled set and a base to a model folder."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from labels import InputError, LabelledSet, Taxonomy
from model_folder import paper_key, paper_text
from training import lexical as lexical_head
from training.base import Base, load_encoder, resolve_base
from training.cache import cache_folder
from training.calibration import fit_scale
from training.heads import Heads, calibrate, held_out_figures
from training.heldout import split_rows
from training.linear import Linear
from training.recipe import Recipe
from training.targets import targets_of
from training.writing import Written, data_digest, write_model

FEWEST = 20
"""Papers below which a held-out part says nothing."""


def train_full(
    labelled: LabelledSet,
    taxonomy: Taxonomy,
    taxonomy_path: Path,
    base_name: str | None,
    recipe: Recipe,
    out: Path,
    identity: dict[str, str],
    say: Callable[[str], None],
) -> Written:
    """Fine-tune, export, fit the lexical head, calibrate, measure and write.

    A training that was killed goes on when it is called again with the same papers and settings.

    Args:
        out: the model folder, empty.
        identity: name and version.

    Raises:
        InputError: too few papers, or a base that can't be had.
    """
    if len(labelled) < FEWEST:
        raise InputError(f"{len(labelled)} labelled papers; the full mode needs {FEWEST} or more")
    base = resolve_base(base_name)
    encoder, tokenizer, longest = load_encoder(base)
    from training.batches import tokenize
    from training.export import export
    from training.finetune import finetune

    targets = targets_of(labelled.labels, taxonomy.ids)
    truth = targets > 0.5
    max_tokens = min(recipe.max_tokens, longest)
    tokens = tokenize(labelled.papers, tokenizer, max_tokens)
    rows, held = split_rows(targets, recipe.held_out, recipe.seed)
    say(f"{len(rows)} papers to train on, {len(held)} held out; base: {base.description}")

    runs = cache_folder() / "runs" / _run_key(labelled, taxonomy, base, recipe)
    runs.mkdir(parents=True, exist_ok=True)
    network, progress = finetune(
        encoder,
        tokens.pick(rows),
        targets[rows],
        tokens.pick(held),
        targets[held],
        recipe,
        runs,
        say,
    )
    say("exporting to ONNX")
    check, logits = export(network, tokenizer, out, tokens.pick(held), truth[held])
    say(
        f"int8 on {check.papers} held-out papers: largest change of a probability "
        f"{check.int8_probability:.4f}, F1 {check.int8_f1:+.4f}"
    )
    say("fitting the lexical head")
    texts = [paper_text(paper) for paper in labelled.papers]
    lexical = lexical_head.held_out_logits(texts, targets, recipe.seed)
    transformer = logits.astype(np.float64)
    share, scale = calibrate(transformer, lexical[held], truth[held])
    head = network.head
    heads = Heads(
        Linear(head.weight.detach().numpy().T, head.bias.detach().numpy()),
        lexical_head.fit_lexical(texts, targets),
        share,
        scale,
        fit_scale(lexical, truth),
    )
    seen = [paper_key(paper) for paper in labelled.papers]
    heads.save(out, seen, taxonomy_path)
    metrics = held_out_figures(transformer, lexical[held], truth[held], taxonomy.ids, recipe.seed)
    metrics["export"] = check.as_dict()
    facts: dict[str, Any] = {
        **identity,
        "mode": "full",
        "base": base.description,
        "licence": base.licence,
        "max_tokens": max_tokens,
        "recipe": asdict(recipe),
        "epochs": progress.history,
    }
    written = write_model(out, facts, metrics, labelled, taxonomy, heads)
    shutil.rmtree(runs, ignore_errors=True)
    return written


def _run_key(labelled: LabelledSet, taxonomy: Taxonomy, base: Base, recipe: Recipe) -> str:
    """Names the checkpoints: other papers, areas, base or settings are another run."""
    parts = [data_digest(labelled), list(taxonomy.ids), base.source, asdict(recipe)]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]
