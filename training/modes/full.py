"""The full mode: from a labelled set and a base to a model folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tagstract.labels import InputError, LabelledSet, Taxonomy
from tagstract.model_folder import format as files
from tagstract.model_folder import lexical_text, paper_key
from tagstract.model_folder.encoder import Encoder
from tagstract.training.data.cache import checkpoint_folder
from tagstract.training.data.heldout import Rows, split_rows
from tagstract.training.data.targets import targets_of
from tagstract.training.heads.calibration import fit_scale
from tagstract.training.heads.combined import (
    CROSSED,
    Calibration,
    Heads,
    HeldOut,
    crossed_scores,
    held_out_metrics,
)
from tagstract.training.heads.linear import Linear, one_thread_a_product
from tagstract.training.heads.out_of_distribution import Embed, learn_scope
from tagstract.training.heads.tfidf import fit_lexical, held_out_logits
from tagstract.training.sealing.writing import Written, data_digest, write_model
from tagstract.training.transformer.base import Base, load_encoder, resolve_base
from tagstract.training.transformer.recipe import Recipe

if TYPE_CHECKING:
    from tagstract.training.distillation.unlabelled import Unlabelled
    from tagstract.training.transformer.tuned_network import Trained

FEWEST, FEWEST_HELD = 20, 2
"""Papers, and held-out papers, below which there is nothing to choose an epoch by."""


def train_full(
    labelled: LabelledSet,
    taxonomy: Taxonomy,
    base_name: str | None,
    recipe: Recipe,
    out: Path,
    identity: dict[str, str],
    say: Callable[[str], None],
    unlabelled: Unlabelled | None = None,
    encoder_out: Path | None = None,
) -> Written:
    """Fine-tune, export, fit the lexical head, calibrate, measure and write.

    A training that was killed goes on when it is called again with the same papers and settings;
    whoever keeps the model removes the checkpoints.

    Args:
        out: the model folder; holds the file of the taxonomy.
        identity: name and version.
        unlabelled: papers that a teacher labels, to be trained on beside the labelled ones.
        encoder_out: a folder for the trained network, to be the base of another training.

    Raises:
        InputError: too few papers, a base that can't be had, or another process at the same.
    """
    trained, checkpoints = fine_tune(labelled, taxonomy, base_name, recipe, say, unlabelled)
    if encoder_out is not None:
        trained.save(encoder_out)
    written = finish(trained, labelled, taxonomy, out, identity, say)
    return replace(written, checkpoints=checkpoints)


def dealt(
    labelled: LabelledSet, taxonomy: Taxonomy, recipe: Recipe
) -> tuple[NDArray[np.float32], Rows, Rows]:
    """Targets (papers, areas), the rows to train on and those held out.

    Raises:
        InputError: too few papers.
    """
    if len(labelled) < FEWEST:
        raise InputError(f"{len(labelled)} labelled papers; the full mode needs {FEWEST} or more")
    targets = targets_of(labelled.labels, taxonomy.ids)
    rows, held = split_rows(targets, recipe.held_share(len(labelled)), recipe.seed)
    if len(held) < FEWEST_HELD:
        raise InputError("hardly an area has two papers; the full mode needs some of each")
    return targets, rows, held


def fine_tune(
    labelled: LabelledSet,
    taxonomy: Taxonomy,
    base_name: str | None,
    recipe: Recipe,
    say: Callable[[str], None],
    unlabelled: Unlabelled | None = None,
) -> tuple[Trained, Path]:
    """Train a network; returns it with the folder of its checkpoints."""
    targets, rows, held = dealt(labelled, taxonomy, recipe)
    base = resolve_base(base_name)
    encoder, tokenizer, longest = load_encoder(base)
    from tagstract.training.distillation.unlabelled import read_unlabelled, soft_targets
    from tagstract.training.transformer.batches import tokenize
    from tagstract.training.transformer.finetune import finetune
    from tagstract.training.transformer.forward import device_name
    from tagstract.training.transformer.network import Network
    from tagstract.training.transformer.tuned_network import Trained

    if recipe.max_tokens > longest:
        say(f"{base.description} reads {longest} tokens of a paper, not {recipe.max_tokens}")
    max_tokens = min(recipe.max_tokens, longest)
    tokens = tokenize(labelled.papers, tokenizer, max_tokens)
    say(f"{len(rows)} papers to train on, {len(held)} held out; base: {base.description}")
    papers: list[dict[str, Any]] = []
    if unlabelled is not None:
        papers = read_unlabelled(unlabelled.files, unlabelled.papers, labelled.papers)
    key = _run_key(labelled, taxonomy, base, recipe, unlabelled, papers)
    with checkpoint_folder(key) as checkpoints:
        train_tokens, train_targets = tokens.pick(rows), targets[rows]
        if unlabelled is not None:
            kept = checkpoints / "soft.npy"
            soft = soft_targets(unlabelled.teacher, papers, taxonomy.ids, kept, say)
            train_tokens += tokenize(papers, tokenizer, max_tokens)
            train_targets = np.concatenate([train_targets, soft])
        network, progress = finetune(
            Network.of(encoder, train_targets, recipe),
            train_tokens,
            train_targets,
            tokens.pick(held),
            targets[held],
            recipe,
            checkpoints,
            say,
            labelled=len(rows),
        )
    facts = {
        "base": base.description,
        "licence": base.licence,
        "max_tokens": max_tokens,
        "recipe": asdict(recipe),
        "unlabelled": unlabelled.as_dict(len(papers)) if unlabelled else None,
        "epochs": progress.history,
        "device": device_name(),
        "areas": list(taxonomy.ids),
        "data_sha256": data_digest(labelled),
    }
    return Trained(network, tokenizer, base, facts), checkpoints


def finish(
    trained: Trained,
    labelled: LabelledSet,
    taxonomy: Taxonomy,
    out: Path,
    identity: dict[str, str],
    say: Callable[[str], None],
) -> Written:
    """From a network to a model folder: export, lexical head, calibration, figures."""
    from tagstract.training.transformer.batches import tokenize
    from tagstract.training.transformer.export import export

    targets, _, held = dealt(labelled, taxonomy, trained.recipe)
    network, max_tokens = trained.network, trained.max_tokens
    say("exporting to ONNX")
    tokens = tokenize([labelled.papers[row] for row in held], trained.tokenizer, max_tokens)
    check, embeddings = export(network, trained.tokenizer, out, tokens, targets[held] > 0.5)
    say(
        f"int8 on {check.papers} held-out papers: largest change of a probability "
        f"{check.int8_probability:.4f}, F1 {check.int8_f1:+.4f}"
    )
    say("fitting the lexical head")
    head = Linear(network.head.weight.detach().numpy().T, network.head.bias.detach().numpy())
    with one_thread_a_product():
        heads, figures = fit_heads(
            labelled,
            taxonomy.ids,
            held,
            head,
            embeddings.astype(np.float64),
            Encoder(out / files.ENCODER, out / files.TOKENIZER, max_tokens).embed,
            trained.recipe.seed,
            say,
        )
    heads.save(out, [paper_key(paper) for paper in labelled.papers])
    own = {key: fact for key, fact in trained.facts.items() if key not in ("areas", "data_sha256")}
    metrics = {**figures, "export": check.as_dict()}
    return write_model(out, {**identity, "mode": "full", **own}, metrics, labelled, taxonomy, heads)


def fit_heads(
    labelled: LabelledSet,
    areas: tuple[str, ...],
    held: Rows,
    head: Linear,
    embeddings: NDArray[np.float64],
    embed: Embed,
    seed: int,
    say: Callable[[str], None],
) -> tuple[Heads, dict[str, Any]]:
    """Lexical head, mix, calibration, thresholds and scope, and the figures on the held-out papers.

    Args:
        embeddings: of the held-out papers, (held, width).
        embed: texts to embeddings, (texts, width).
    """
    texts = [lexical_text(paper) for paper in labelled.papers]
    targets = targets_of(labelled.labels, areas)
    lexical = held_out_logits(texts, targets, seed)
    truth = targets > 0.5
    both = HeldOut(head.logits(embeddings), lexical[held], truth[held])
    # The baseline has held-out logits of all papers: it is calibrated on all.
    calibration = replace(Calibration.fit(both), baseline=fit_scale(lexical, truth))
    metrics = held_out_metrics(crossed_scores(both, seed), areas, CROSSED)
    kept = np.setdiff1d(np.arange(len(labelled)), held)
    trained = [labelled.papers[row] for row in kept]
    scope, metrics["scope"] = learn_scope(embed, embeddings, trained, seed, say)
    return Heads(head, fit_lexical(texts, targets), calibration, scope), metrics


def _run_key(
    labelled: LabelledSet,
    taxonomy: Taxonomy,
    base: Base,
    recipe: Recipe,
    unlabelled: Unlabelled | None,
    papers: list[dict[str, Any]],
) -> str:
    """Names the checkpoints: other papers, areas, base or settings are another run."""
    parts: list[Any] = [data_digest(labelled), list(taxonomy.ids), base.source, asdict(recipe)]
    # A local folder may hold another base tomorrow.
    parts += [files.digest(file) for file in sorted(Path(base.source).glob("*")) if file.is_file()]
    if unlabelled is not None:
        keys = [paper_key(paper) for paper in papers]
        parts += [unlabelled.as_dict(), unlabelled.teacher.digest, keys]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]
