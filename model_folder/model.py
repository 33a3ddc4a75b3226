"""A model folder that is loaded: papers in, a probability for every area out."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagstract.labels import InputError, Taxonomy, load_taxonomy
from tagstract.labels.tagged import Reason
from tagstract.model_folder import format as files
from tagstract.model_folder.abstention import Rules
from tagstract.model_folder.cascade import Cascade, Speed
from tagstract.model_folder.encoder import Encoder
from tagstract.model_folder.facts import ModelFacts
from tagstract.model_folder.inputs import lexical_text, paper_text
from tagstract.model_folder.lexical import Lexical
from tagstract.model_folder.products import by_row
from tagstract.model_folder.scale import Scale, mixed
from tagstract.model_folder.scope import Scope
from tagstract.model_folder.seen import SeenPapers

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Scored:
    """What a model says of papers: probabilities (papers, areas), and of each paper whether it is
    in scope and the number of its tokens before truncation."""

    probabilities: Floats
    in_scope: list[bool]
    lengths: list[int]


@dataclass(frozen=True)
class Decided:
    """Probabilities and the areas that papers get, (papers, areas) both; of each paper why it gets
    none, or None."""

    probabilities: Floats
    given: NDArray[np.bool_]
    reasons: list[Reason | None]


class Model:
    """A checked model folder, ready to score papers. Made by `Model.load`."""

    def __init__(
        self, folder: Path, facts: ModelFacts, threads: int | None, polite: bool, speed: Speed
    ) -> None:
        self.folder, self.facts = folder, facts
        self.taxonomy: Taxonomy = load_taxonomy(folder / files.TAXONOMY)
        self.metrics = files.read_json(folder / files.METRICS)
        self.max_tokens = facts.max_tokens
        calibration = files.read_json(folder / files.CALIBRATION)
        try:
            self.mix = float(calibration["mix"])
            self.scale, self.baseline = (
                Scale.from_dict(part) for part in (calibration, calibration["baseline"])
            )
            self.rules = Rules.from_dict(calibration.get("rules", {}))
            with np.load(folder / files.HEADS, allow_pickle=False) as arrays:
                self.weight, self.bias = arrays["weight"], arrays["bias"]
                self.seen = SeenPapers.from_arrays(arrays)
                self.scope: Scope | None = None
                if "scope" in arrays:
                    joint = arrays.get("scope_joint")
                    self.scope = Scope(arrays["scope"], float(arrays["scope_bias"]), joint)
            self.lexical = Lexical.load(folder / files.LEXICAL)
            self.baseline_lexical = Lexical.load(folder / files.LEXICAL, "baseline_", self.lexical)
            self.cascade: Cascade | None = None
            if speed is not Speed.BEST:
                self.cascade = Cascade.load(folder, threads, polite)
        except (KeyError, TypeError, ValueError, OSError) as error:
            raise InputError(f"is damaged: {error}; train it again", str(folder)) from error
        self.encoder = Encoder(
            folder / files.ENCODER, folder / files.TOKENIZER, self.max_tokens, threads, polite
        )
        self.speed = speed
        if self.cascade is None:
            self.encoder.open()
        if speed is not Speed.BEST and self.cascade is None:
            self.speed = Speed.BEST
            logging.getLogger("tagstract").warning(
                "%s has no fast stages, so it runs at speed 'best', not '%s'", self.tag, speed.value
            )

    @classmethod
    def load(
        cls,
        folder: Path | str,
        threads: int | None = None,
        polite: bool = False,
        speed: Speed = Speed.BEST,
    ) -> Model:
        """Check and load a model folder; about half a second.

        Args:
            threads: papers at a time; None: as many as this process may use cores.
            polite: let this process's other threads go first.
            speed: which stages may answer. A model without the cheap ones runs at `Speed.BEST`,
                and logs that; see the attribute `speed`.

        Raises:
            InputError: no model folder, or one that is damaged; says which file.
        """
        facts = files.check(Path(folder), cascade=speed is not Speed.BEST)
        return cls(Path(folder), facts, threads, polite, speed)

    @property
    def name(self) -> str:
        return self.facts.name

    @property
    def version(self) -> str:
        return self.facts.version

    @property
    def tag(self) -> str:
        """`name:version`, as in the model store."""
        return self.facts.tag

    @property
    def digest(self) -> str:
        """SHA-256 of its files; two models of one tag differ in it."""
        files = json.dumps(dict(self.facts.files), sort_keys=True)
        return hashlib.sha256(files.encode()).hexdigest()

    @property
    def thresholds(self) -> Floats:
        """(areas,): an area is given where its probability reaches its threshold."""
        return self.scale.thresholds

    @property
    def baseline_thresholds(self) -> Floats:
        """(areas,): the same for the baseline."""
        return self.baseline.thresholds

    def probabilities(self, papers: Sequence[Mapping[str, Any]]) -> Floats:
        """Calibrated, float64 (papers, areas)."""
        return self.score(papers).probabilities

    def baseline_probabilities(self, papers: Sequence[Mapping[str, Any]]) -> Floats:
        """The same from TF-IDF + logistic regression alone."""
        logits = self.baseline_lexical.logits([lexical_text(paper) for paper in papers])
        return self.baseline.probabilities(logits.astype(np.float64))

    def score(
        self,
        papers: Sequence[Mapping[str, Any]],
        embeddings: NDArray[np.float32] | None = None,
        full: bool = False,
    ) -> Scored:
        """Probabilities and lengths at once: each paper is tokenized once.

        Args:
            embeddings: (papers, width), where they are known already.
            full: let the full model answer all papers, whatever the speed.
        """
        texts = [paper_text(paper) for paper in papers]
        tokens = [encoding.ids for encoding in self.encoder.tokenize(texts)]
        words = self.lexical.logits([lexical_text(paper) for paper in papers])
        lengths = [len(ids) for ids in tokens]
        if embeddings is None:
            if self.cascade is not None and not full:
                return Scored(*self._cascaded(self.cascade, tokens, words), lengths)
            embeddings = self.encoder.embed_tokens(tokens)
        return Scored(*self._full(embeddings, words), lengths)

    def _full(
        self, embeddings: NDArray[np.float32], words: NDArray[np.float32]
    ) -> tuple[Floats, list[bool]]:
        """Probabilities of the full model, and which papers are in scope."""
        probabilities = self.scale.probabilities(self.logits(embeddings, words))
        in_scope = [True] * len(embeddings)
        if self.scope is not None:
            in_scope = self.scope.holds(embeddings, probabilities).tolist()
        return probabilities, in_scope

    def _cascaded(
        self, cascade: Cascade, tokens: Sequence[Sequence[int]], words: NDArray[np.float32]
    ) -> tuple[Floats, list[bool]]:
        """The same from the cheap stages where they are sure, else from the full model.

        A cheap stage does not judge the scope: the papers it is sure to give no tags to have low
        probabilities everywhere, and the rules answer them.
        """
        probabilities, sure = cascade.answer(tokens, words, self.thresholds, self.speed)
        in_scope, rest = [True] * len(tokens), np.flatnonzero(~sure)
        if len(rest):
            embeddings = self.encoder.embed_tokens([tokens[row] for row in rest.tolist()])
            probabilities[rest], inside = self._full(embeddings, words[rest])
            for row, one in zip(rest.tolist(), inside, strict=True):
                in_scope[row] = one
        return probabilities, in_scope

    def decide(
        self, papers: Sequence[Mapping[str, Any]], embeddings: NDArray[np.float32] | None = None
    ) -> Decided:
        """The areas that papers get, by thresholds and rules, as the tagger gives them.

        Args:
            embeddings: (papers, width), where they are known already.
        """
        scored = self.score(papers, embeddings)
        given = self.scale.given(scored.probabilities)
        reasons = [
            self.rules.reason(paper, scored.probabilities[row], bool(given[row].any()), inside)
            for row, (paper, inside) in enumerate(zip(papers, scored.in_scope, strict=True))
        ]
        given[[reason is not None for reason in reasons]] = False
        return Decided(scored.probabilities, given, reasons)

    def logits(self, embeddings: NDArray[np.float32], lexical: NDArray[np.float32]) -> Floats:
        """Both heads together, (papers, areas), before calibration."""
        transformer = by_row(embeddings, self.weight) + self.bias
        return np.asarray(mixed(self.mix, transformer, lexical), dtype=np.float64)

    @property
    def cost(self) -> float:
        """Runs of the encoder that a paper takes: 1, or less where cheaper stages answer some."""
        return 1.0 if self.cascade is None else self.cascade.cost(self.encoder)

    def as_dict(self) -> dict[str, Any]:
        """What `GET /model` and `models show` tell of it."""
        return {
            "name": self.name,
            "version": self.version,
            "model": self.tag,
            "taxonomy": {"name": self.taxonomy.name, "version": self.taxonomy.version},
            "thresholds": dict(zip(self.taxonomy.ids, self.thresholds.tolist(), strict=True)),
            "metrics": self.metrics,
            "speed": self.speed.value,
            "runs_on": self.encoder.device,
            **self.facts.described(),
        }
