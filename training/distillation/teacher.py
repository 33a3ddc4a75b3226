"""Who labels unlabelled papers: a model, or fine-tuned networks together with a lexical head.

An ensemble that is too slow to serve teaches a small network what it knows (Hinton, Vinyals and
Dean 2015, "Distilling the knowledge in a neural network"). A network is never exported for that: it
runs in torch, on a GPU if there is one.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tagstract.labels import InputError, Taxonomy
from tagstract.model_folder import Model, lexical_text, paper_text, resolve
from tagstract.model_folder.lexical import Lexical
from tagstract.model_folder.scale import Scale, mixed
from tagstract.training.data.cache import cache_folder, cached_embeddings
from tagstract.training.data.training_data import Split, TrainingData
from tagstract.training.heads.calibration import fit_mix, fit_scale
from tagstract.training.heads.linear import one_thread_a_product
from tagstract.training.heads.tfidf import fit_lexical
from tagstract.training.transformer.batches import tokenize
from tagstract.training.transformer.forward import device_to_use, logits_of
from tagstract.training.transformer.recipe import Recipe
from tagstract.training.transformer.tuned_network import HEAD, Trained, is_trained

Floats = NDArray[np.float64]


class Teacher(Protocol):
    """Says how probable each area of `taxonomy` is for each paper, (papers, areas)."""

    @property
    def tag(self) -> str: ...

    @property
    def digest(self) -> str: ...

    @property
    def taxonomy(self) -> Taxonomy: ...

    def probabilities(self, papers: Sequence[Mapping[str, Any]]) -> Floats: ...


@dataclass(frozen=True)
class Ensemble:
    """The mean of the logits of fine-tuned networks, mixed with a lexical head, calibrated."""

    tag: str
    digest: str
    taxonomy: Taxonomy
    members: tuple[Trained, ...]
    lexical: Lexical
    mix: float
    scale: Scale

    @classmethod
    def of(cls, folders: Sequence[Path], data: TrainingData, split: Split) -> Ensemble:
        """Load the networks, fit the lexical head on the papers that they were trained on, and mix
        and calibrate on the held-out ones.

        Args:
            folders: each of a `Trained`, all with the same papers held out.

        Raises:
            InputError: a folder that can't be used.
        """
        members = tuple(Trained.load(folder, data) for folder in folders)
        tag = " and ".join(dict.fromkeys(member.base.description for member in members))
        if len(members) > 1:
            tag += f" ({len(members)} trainings)"
        weights = [(folder / HEAD).read_bytes() for folder in folders]
        digest = hashlib.sha256(b"".join(weights)).hexdigest()
        rows, held = split.train, split.held_out
        for folder, member in zip(folders, members, strict=True):
            if not np.array_equal(member.recipe.split(data).held_out, held):
                raise InputError("held out other papers; tune it with the same seed", str(folder))
        papers, truth = data.pick(held), data.targets[held] > 0.5
        contextual = _mean_logits(members, papers)
        texts = [lexical_text(paper) for paper in data.pick(rows)]
        head = lexical_head(texts, data.targets[rows])
        words = _words(head, papers)
        mix = fit_mix(contextual, words, truth)
        scale = fit_scale(mixed(mix, contextual, words), truth)
        tag += " with a lexical head"
        return cls(tag, digest, data.taxonomy, members, head, mix, scale)

    def probabilities(self, papers: Sequence[Mapping[str, Any]]) -> Floats:
        words = _words(self.lexical, papers)
        return self.scale.probabilities(mixed(self.mix, _mean_logits(self.members, papers), words))


def find_teacher(
    names: Sequence[str], data: TrainingData, recipe: Recipe, log: Callable[[str], None]
) -> Teacher:
    """A model, by name or folder; or the ensemble of one or more trained networks.

    Args:
        recipe: of the student, which must hold out the papers that the networks did.

    Raises:
        InputError: none of both.
    """
    if len(names) == 1 and not is_trained(Path(names[0])):
        return Model.load(resolve(names[0]))
    teacher = Ensemble.of([Path(name) for name in names], data, recipe.split(data))
    log(f"the teacher is {teacher.tag}, {teacher.mix:.0%} of it the network")
    return teacher


def _mean_logits(members: Sequence[Trained], papers: Sequence[Mapping[str, Any]]) -> Floats:
    return np.asarray(sum(_network_logits(member, papers) for member in members) / len(members))


def _network_logits(member: Trained, papers: Sequence[Mapping[str, Any]]) -> Floats:
    """What a network says, from the cache where it said it before: of many papers it takes hours
    on a CPU."""
    device = device_to_use()
    network = member.network.to(device)
    by_text = {paper_text(paper): paper for paper in papers}

    def logits(texts: Sequence[str]) -> NDArray[np.float32]:
        some = [by_text[text] for text in texts]
        return logits_of(network, tokenize(some, member.tokenizer, member.max_tokens), device)

    digest = hashlib.sha256(network.head.weight.detach().cpu().numpy().tobytes()).hexdigest()
    texts = [paper_text(paper) for paper in papers]
    found = cached_embeddings(texts, digest, member.max_tokens, logits, lambda _: None)
    return found.astype(np.float64)


def lexical_head(texts: list[str], targets: NDArray[np.float32]) -> Lexical:
    """A lexical head from the cache, else one that is fitted: of 30,000 papers it takes minutes."""
    digest = hashlib.sha256(json.dumps(texts).encode() + targets.tobytes()).hexdigest()
    path = cache_folder() / f"lexical-{digest[:16]}.npz"
    if path.is_file():
        with suppress(Exception):  # numpy raises nearly anything on damaged files
            return Lexical.load(path)
    with one_thread_a_product():
        head = fit_lexical(texts, targets)
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{os.getpid()}-{path.name}")
        head.save(temporary)
        temporary.replace(path)
    return head


def _words(head: Lexical, papers: Sequence[Mapping[str, Any]]) -> Floats:
    """What the head says, from the cache where it said it before."""
    arrays = (head.weight, head.scale, head.bias, head.idf)
    parts = [json.dumps(head.terms).encode(), *(array.tobytes() for array in arrays)]
    digest = hashlib.sha256(b"".join(parts)).hexdigest()
    texts = [lexical_text(paper) for paper in papers]
    logits = cached_embeddings(texts, digest, 0, head.logits, lambda _: None)
    return logits.astype(np.float64)
