"""The full mode: from a labelled set and a base to a model folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tagstract.labels import InputError, load_taxonomy
from tagstract.model_folder import ModelFacts, SeenPapers, paper_key
from tagstract.model_folder import format as files
from tagstract.model_folder.encoder import Encoder
from tagstract.training.data.cache import checkpoint_folder
from tagstract.training.data.training_data import TrainingData
from tagstract.training.heads.combined import ENOUGH_TO_MEASURE
from tagstract.training.heads.fine_tuned import FineTuned, fit_heads, fit_own_heads
from tagstract.training.heads.linear import Linear, one_thread_a_product
from tagstract.training.heads.own_rules import LEARNED, AskedRules
from tagstract.training.heads.prior import is_own
from tagstract.training.sealing.writing import Destination, Written, held_out_papers, write_model
from tagstract.training.transformer.base import Base, load_encoder, resolve_base
from tagstract.training.transformer.recipe import Recipe

if TYPE_CHECKING:
    from tagstract.training.distillation.unlabelled import Unlabelled
    from tagstract.training.transformer.batches import Examples
    from tagstract.training.transformer.tuned_network import Trained


Watch = Callable[[], None]

MIN_OWN_PAPERS = 100
"""Of these 20 are held out, with which a calibration begins to say something."""


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


@dataclass(frozen=True)
class Kept:
    """What goes into the model folder beside the network.

    Attributes:
        asked: rules on length and language that the user sets, of areas of their own.
        texts: whether the held-out papers are kept, for comparisons at promotion.
    """

    asked: AskedRules = LEARNED
    texts: bool = True


def train_full(
    tuning: FineTuning,
    destination: Destination,
    log: Callable[[str], None],
    encoder_out: Path | None = None,
    kept: Kept | None = None,
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
    written = finish(trained, tuning.data, destination, log, kept)
    return replace(written, checkpoints=checkpoints)


def fine_tune(
    tuning: FineTuning, log: Callable[[str], None], watch: Watch | None = None
) -> tuple[Trained, Path]:
    """Train a network; returns it with the folder of its checkpoints.

    Args:
        watch: is called after each epoch; what it raises ends the training.
    """
    data, recipe, unlabelled = tuning.data, tuning.recipe, tuning.unlabelled
    if is_own(load_taxonomy(), data.taxonomy) and len(data) < MIN_OWN_PAPERS:
        raise InputError(
            f"{len(data)} labelled papers; for areas of your own the full mode needs "
            f"{MIN_OWN_PAPERS} or more, and with so few --mode head is the better one"
        )
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
    with checkpoint_folder(run_key(tuning, base, papers)) as checkpoints:
        train, held_out = _examples(tuning, papers, tokenizer, max_tokens, checkpoints, log)
        network = Network.of(encoder, train.targets, recipe)
        network, progress = finetune(
            network, train, held_out, recipe, checkpoints, log, watch=watch
        )
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
    trained: Trained,
    data: TrainingData,
    destination: Destination,
    log: Callable[[str], None],
    kept: Kept | None = None,
) -> Written:
    """From a network to a model folder: export, lexical head, calibration, figures."""
    kept = kept or Kept()
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
    embed = Encoder(out / files.ENCODER, out / files.TOKENIZER, max_tokens).embed
    tuned = FineTuned(head, held, embeddings.astype(np.float64), embed, trained.recipe.seed)
    with one_thread_a_product():
        if is_own(load_taxonomy(), data.taxonomy):
            fitted = fit_own_heads(data, tuned, kept.asked)
        else:
            fitted = fit_heads(data, tuned, log)
    if kept.texts and len(held) >= ENOUGH_TO_MEASURE:
        held_out_papers(data, fitted.scores, held).save(out)
    heads = fitted.heads
    heads.save(out, SeenPapers.of(data.papers, data.labels))
    metrics = {**fitted.metrics, "export": check.as_dict()}
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


def run_key(tuning: FineTuning, base: Base, papers: list[dict[str, Any]]) -> str:
    """Names the checkpoints: other papers, areas, base or settings are another run."""
    data, unlabelled = tuning.data, tuning.unlabelled
    parts: list[Any] = [data.digest, list(data.areas), base.source, asdict(tuning.recipe)]
    # A local folder may hold another base tomorrow.
    parts += [files.digest(file) for file in sorted(Path(base.source).glob("*")) if file.is_file()]
    if unlabelled is not None:
        keys = [paper_key(paper) for paper in papers]
        parts += [unlabelled.as_dict(), unlabelled.teacher.digest, keys]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]
