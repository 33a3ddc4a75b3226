"""The full mode: from a labelled set and a base to a model folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tagstract.model_folder import ModelFacts, lexical_text, paper_key
from tagstract.model_folder import format as files
from tagstract.model_folder.encoder import Encoder
from tagstract.training.data.cache import checkpoint_folder
from tagstract.training.data.heldout import Rows
from tagstract.training.data.training_data import TrainingData
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
from tagstract.training.heads.out_of_distribution import FLOOR, Embed, learn_scope
from tagstract.training.heads.tfidf import fit_lexical, held_out_logits
from tagstract.training.sealing.writing import Destination, Written, write_model
from tagstract.training.transformer.base import Base, load_encoder, resolve_base
from tagstract.training.transformer.recipe import Recipe

if TYPE_CHECKING:
    from tagstract.training.distillation.unlabelled import Unlabelled
    from tagstract.training.transformer.batches import Examples
    from tagstract.training.transformer.tuned_network import Trained


@dataclass(frozen=True)
class FineTuning:
    """What to fine-tune, on what, and how.

    Attributes:
        base: name or folder of the encoder to start from; None: the one that is installed.
        unlabelled: papers that a teacher labels, to be trained on beside the labelled ones.
    """

    data: TrainingData
    recipe: Recipe
    base: str | None = None
    unlabelled: Unlabelled | None = None


def train_full(
    tuning: FineTuning,
    destination: Destination,
    log: Callable[[str], None],
    encoder_out: Path | None = None,
) -> Written:
    """Fine-tune, export, fit the lexical head, calibrate, measure and write.

    A training that was killed goes on when it is called again with the same papers and settings;
    whoever keeps the model removes the checkpoints.

    Args:
        destination: its folder holds the file of the taxonomy.
        encoder_out: a folder for the trained network, to be the base of another training.

    Raises:
        InputError: too few papers, a base that can't be had, or another process at the same.
    """
    trained, checkpoints = fine_tune(tuning, log)
    if encoder_out is not None:
        trained.save(encoder_out)
    written = finish(trained, tuning.data, destination, log)
    return replace(written, checkpoints=checkpoints)


def fine_tune(tuning: FineTuning, log: Callable[[str], None]) -> tuple[Trained, Path]:
    """Train a network; returns it with the folder of its checkpoints."""
    data, recipe, unlabelled = tuning.data, tuning.recipe, tuning.unlabelled
    split = recipe.split(data)
    base = resolve_base(tuning.base)
    encoder, tokenizer, longest = load_encoder(base)
    from tagstract.training.distillation.unlabelled import read_unlabelled
    from tagstract.training.transformer.finetune import finetune
    from tagstract.training.transformer.forward import device_name
    from tagstract.training.transformer.network import Network
    from tagstract.training.transformer.tuned_network import Trained, TuningFacts

    if recipe.max_tokens > longest:
        log(f"{base.description} reads {longest} tokens of a paper, not {recipe.max_tokens}")
    max_tokens = min(recipe.max_tokens, longest)
    log(
        f"{len(split.train)} papers to train on, {len(split.held_out)} held out; "
        f"base: {base.description}"
    )
    papers: list[dict[str, Any]] = []
    if unlabelled is not None:
        papers = read_unlabelled(unlabelled.files, unlabelled.papers, data.papers)
    with checkpoint_folder(_run_key(tuning, base, papers)) as checkpoints:
        train, held_out = _examples(tuning, papers, tokenizer, max_tokens, checkpoints, log)
        network = Network.of(encoder, train.targets, recipe)
        network, progress = finetune(network, train, held_out, recipe, checkpoints, log)
    facts = TuningFacts(
        base.description,
        base.licence,
        max_tokens,
        recipe,
        unlabelled.as_dict(len(papers)) if unlabelled else None,
        progress.history,
        device_name(),
        data.areas,
        data.digest,
    )
    return Trained(network, tokenizer, base, facts), checkpoints


def _examples(
    tuning: FineTuning,
    unlabelled: list[dict[str, Any]],
    tokenizer: str,
    max_tokens: int,
    folder: Path,
    log: Callable[[str], None],
) -> tuple[Examples, Examples]:
    """What to train on, and what is held out; the teacher's probabilities are kept in `folder`."""
    from tagstract.training.distillation.unlabelled import soft_targets
    from tagstract.training.transformer.batches import Examples, tokenize

    data, split = tuning.data, tuning.recipe.split(tuning.data)
    tokens = tokenize(data.papers, tokenizer, max_tokens)
    held_out = Examples(tokens.pick(split.held_out), data.targets[split.held_out])
    train, targets = tokens.pick(split.train), data.targets[split.train]
    if tuning.unlabelled is not None:
        kept = folder / "soft.npy"
        soft = soft_targets(tuning.unlabelled.teacher, unlabelled, data.areas, kept, log)
        train += tokenize(unlabelled, tokenizer, max_tokens)
        targets = np.concatenate([targets, soft])
    counts = data.counts[split.train]
    weighted = None if (counts == 1).all() else counts
    return Examples(train, targets, len(split.train), weighted), held_out


def finish(
    trained: Trained, data: TrainingData, destination: Destination, log: Callable[[str], None]
) -> Written:
    """From a network to a model folder: export, lexical head, calibration, figures."""
    from tagstract.training.transformer.batches import tokenize
    from tagstract.training.transformer.export import export

    held, out = trained.recipe.split(data).held_out, destination.folder
    network, max_tokens = trained.network, trained.max_tokens
    log("exporting to ONNX")
    tokens = tokenize(data.pick(held), trained.tokenizer, max_tokens)
    check, embeddings = export(network, trained.tokenizer, out, tokens, data.targets[held] > 0.5)
    log(
        f"int8 on {check.papers} held-out papers: largest change of a probability "
        f"{check.int8_probability:.4f}, F1 {check.int8_f1:+.4f}"
    )
    log("fitting the lexical head")
    head = Linear(network.head.weight.detach().numpy().T, network.head.bias.detach().numpy())
    with one_thread_a_product():
        heads, figures = fit_heads(
            data,
            held,
            head,
            embeddings.astype(np.float64),
            Encoder(out / files.ENCODER, out / files.TOKENIZER, max_tokens).embed,
            trained.recipe.seed,
            log,
        )
    heads.save(out, [paper_key(paper) for paper in data.papers])
    metrics = {**figures, "export": check.as_dict()}
    return write_model(out, _facts(trained, destination), metrics, data, heads)


def _facts(trained: Trained, destination: Destination) -> ModelFacts:
    tuned = trained.facts
    return ModelFacts(
        name=destination.name,
        version=destination.version,
        max_tokens=tuned.max_tokens,
        mode="full",
        base=tuned.base,
        licence=tuned.licence,
        recipe=asdict(tuned.recipe),
        unlabelled=tuned.unlabelled,
        epochs=tuned.epochs,
        device=tuned.device,
    )


def fit_heads(
    data: TrainingData,
    held: Rows,
    head: Linear,
    embeddings: NDArray[np.float64],
    embed: Embed,
    seed: int,
    log: Callable[[str], None],
) -> tuple[Heads, dict[str, Any]]:
    """Lexical head, mix, calibration, thresholds and scope, and the figures on the held-out papers.

    Args:
        embeddings: of the held-out papers, (held, width).
        embed: texts to embeddings, (texts, width).
    """
    texts = [lexical_text(paper) for paper in data.papers]
    truth = data.targets > 0.5
    if data.chosen is None:
        logits = held_out_logits(texts, data.targets, seed)
        lexical = fit_lexical(texts, data.targets)
        # The baseline has held-out logits of all papers: it is calibrated on all.
        baseline = fit_scale(logits, truth)
        both = HeldOut(head.logits(embeddings), logits[held], truth[held])
    else:
        # The held-out papers are of another draw than the rest: they alone calibrate.
        rows = data.chosen.train
        lexical = fit_lexical([texts[row] for row in rows], data.targets[rows])
        logits = lexical.logits([texts[row] for row in held]).astype(np.float64)
        baseline = fit_scale(logits, truth[held])
        both = HeldOut(head.logits(embeddings), logits, truth[held])
    calibration = replace(Calibration.fit(both), baseline=baseline)
    scores = crossed_scores(both, seed)
    metrics = held_out_metrics(scores, data.areas, CROSSED)
    probabilities = scores[0].probabilities
    scope, metrics["scope"] = learn_scope(embed, embeddings, probabilities, data, held, seed, log)
    if scope is not None and scope.joint is not None:
        scale = replace(calibration.scale, floor=FLOOR)
        calibration = replace(calibration, scale=scale)
    return Heads(head, lexical, calibration, scope), metrics


def _run_key(tuning: FineTuning, base: Base, papers: list[dict[str, Any]]) -> str:
    """Names the checkpoints: other papers, areas, base or settings are another run."""
    data, unlabelled = tuning.data, tuning.unlabelled
    parts: list[Any] = [data.digest, list(data.areas), base.source, asdict(tuning.recipe)]
    # A local folder may hold another base tomorrow.
    parts += [files.digest(file) for file in sorted(Path(base.source).glob("*")) if file.is_file()]
    if unlabelled is not None:
        keys = [paper_key(paper) for paper in papers]
        parts += [unlabelled.as_dict(), unlabelled.teacher.digest, keys]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]
