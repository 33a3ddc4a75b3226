"""The papers that every step is trained and scored on, and what the lexical head says of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagstract.labels import InputError, LabelledSet, Taxonomy
from tagstract.model_folder import lexical_text
from tagstract.training.data.heldout import split_rows
from tagstract.training.data.targets import targets_of
from tagstract.training.data.training_data import data_digest
from tagstract.training.distillation.unlabelled import read_unlabelled
from tagstract.training.heads.tfidf import fit_lexical
from tagstract.training.transformer.base import Base, load_encoder, resolve_base
from tagstract.training.transformer.batches import Tokens, tokenize
from tagstract.training.transformer.recipe import Recipe

CHOOSE = 300
"""Held-out papers that choose the epoch; they are not scored."""

Paper = dict[str, Any]
Log = Callable[[str], None]


@dataclass(frozen=True)
class Material:
    """Papers of three kinds: `train`, `choose` (which epoch) and `score`, rows of `labelled`.

    base, teacher: what is trained, None for the packaged base, and a stronger one, if any.
    unlabelled: files of unlabelled papers, for the steps that want some; `max_unlabelled` of them.
    """

    labelled: LabelledSet
    taxonomy: Taxonomy
    train: NDArray[np.int64]
    choose: NDArray[np.int64]
    score: NDArray[np.int64]
    recipe: Recipe
    base: str | None
    unlabelled: tuple[str, ...]
    max_unlabelled: int
    teacher: str | None
    folder: Path
    log: Log

    @classmethod
    def of(
        cls, labelled: LabelledSet, taxonomy: Taxonomy, papers: int, scored: int, **rest: Any
    ) -> Material:
        """Deal labelled papers out: held-out ones have their share of every area.

        Raises:
            InputError: too few papers, or files or a teacher that can't be used.
        """
        targets = targets_of(labelled.labels, taxonomy.ids)
        learned, held = split_rows(targets, min(0.5, (scored + CHOOSE) / len(labelled)), 0)
        random = np.random.default_rng(0)
        held = random.permutation(held)
        if len(held) < 2 * CHOOSE:
            raise InputError(
                f"{len(held)} of {len(labelled)} papers would be held out; {2 * CHOOSE} are needed"
            )
        train = np.sort(random.permutation(learned)[:papers])
        material = cls(labelled, taxonomy, train, held[:CHOOSE], held[CHOOSE:], **rest)
        # Now, and not after an hour.
        if material.unlabelled:
            material.fresh  # noqa: B018
        if material.teacher:
            material.encoder(resolve_base(material.teacher))
        return material

    @cached_property
    def targets(self) -> NDArray[np.float32]:
        """Of all labelled papers, (papers, areas)."""
        return targets_of(self.labelled.labels, self.taxonomy.ids)

    @cached_property
    def truth(self) -> NDArray[np.bool_]:
        """Of the scored papers, (scored, areas)."""
        return self.targets[self.score] > 0.5

    def papers(self, rows: Sequence[int] | NDArray[np.int64]) -> list[Paper]:
        return [self.labelled.papers[row] for row in rows]

    def encoder(self, base: Base | None = None) -> tuple[Any, str]:
        """A fresh encoder and the text of its tokenizer."""
        encoder, tokenizer, longest = load_encoder(base or resolve_base(self.base))
        if longest < self.recipe.max_tokens:
            raise InputError(f"reads {longest} tokens of {self.recipe.max_tokens}", self.base or "")
        return encoder, tokenizer

    def tokens(self, papers: list[Paper], tokenizer: str) -> Tokens:
        return tokenize(papers, tokenizer, self.recipe.max_tokens)

    @cached_property
    def lexical(self) -> NDArray[np.float64]:
        """What a lexical head of the papers to train on says of the scored ones."""
        return self.lexical_logits(self.papers(self.score))

    def lexical_logits(self, papers: list[Paper]) -> NDArray[np.float64]:
        logits = self._lexical_head.logits([lexical_text(one) for one in papers])
        return np.asarray(logits, dtype=np.float64)

    @cached_property
    def _lexical_head(self) -> Any:
        texts = [lexical_text(paper) for paper in self.papers(self.train)]
        return fit_lexical(texts, self.targets[self.train])

    @cached_property
    def fresh(self) -> list[Paper]:
        """Unlabelled papers, none of them among the labelled ones."""
        return read_unlabelled(self.unlabelled, self.max_unlabelled, self.labelled.papers)

    @cached_property
    def digest(self) -> str:
        """Names what is kept: other papers or settings are another run."""
        parts = [
            data_digest(self.labelled.papers, self.labelled.labels),
            self.taxonomy.ids,
            [len(self.train), len(self.score)],
            asdict(self.recipe),
            [self.base, self.teacher],
            [sorted(self.unlabelled), self.max_unlabelled],
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:12]
