"""What else is at hand for own areas: linear models, each as well tuned as its users can tune it.

Strength and mix are chosen by cross-validated micro-F1, and so is the threshold. Where every
paper has one area, peers give the area of the highest score, as any classifier would.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from benchmarks.quality.linear import FROZEN_TOKENS, TFIDF, OneVsRest, torch_embedder
from benchmarks.quality.split import Split
from tagstract.model_folder import lexical_text
from tagstract.training.data.cache import cached_embeddings
from tagstract.training.data.folds import stratified_folds

FOLDS = 5
STRENGTHS = (1.0, 10.0, 100.0)
SVC_STRENGTHS = (0.1, 1.0, 10.0)
MIXES = (0.25, 0.5, 0.75)

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Fold:
    """Features of the papers to fit on, and of those to score; `rows` of the training papers are
    held out, None: the test papers are scored."""

    fitted: Any
    targets: NDArray[np.float32]
    scored: Any
    rows: NDArray[np.int64] | None


@dataclass(frozen=True)
class Material:
    """A split and what several peers read of it."""

    split: Split
    log: Callable[[str], None]
    _tuned: dict[str, tuple[Tried, float]] = field(default_factory=dict)

    @property
    def truth(self) -> Flags:
        return self.split.targets > 0.5

    @cached_property
    def single(self) -> bool:
        return bool((self.truth.sum(1) == 1).all())

    @cached_property
    def fold(self) -> NDArray[np.int64]:
        return stratified_folds(self.truth, FOLDS, self.split.seed)

    @cached_property
    def tfidf(self) -> list[Fold]:
        """Words and pairs, sublinear, titles twice; fitted without the papers that are scored."""
        texts, test = (
            np.array([lexical_text(paper) for paper in part.papers], dtype=object)
            for part in (self.split.labelled, self.split.test)
        )

        def features(rows: NDArray[np.bool_], scored: NDArray[Any]) -> tuple[Any, Any]:
            vectorizer = TfidfVectorizer(**{**TFIDF, "min_df": 2 if rows.sum() > 50 else 1})
            return vectorizer.fit_transform(texts[rows]), vectorizer.transform(scored)

        return self._folds(lambda rows, held: features(rows, test if held is None else texts[held]))

    @cached_property
    def frozen(self) -> list[Fold]:
        """Unit embeddings of the plain base."""
        train, test = self.embedded
        return self._folds(lambda rows, held: (train[rows], test if held is None else train[held]))

    def _folds(
        self, features: Callable[[Flags, NDArray[np.int64] | None], tuple[Any, Any]]
    ) -> list[Fold]:
        found = []
        for number in (*range(FOLDS), None):
            held = None if number is None else np.flatnonzero(self.fold == number)
            rows = np.ones(len(self.fold), dtype=bool) if number is None else self.fold != number
            fitted, scored = features(rows, held)
            found.append(Fold(fitted, self.split.targets[rows], scored, held))
        return found

    def tuned(self, key: str) -> tuple[Tried, float]:
        """The setting of best cross-validated F1 of one of `PEERS`, and its threshold."""
        if key not in self._tuned:
            self._tuned[key] = _best(self, PEERS[key][1](self))
        return self._tuned[key]

    @cached_property
    def embedded(self) -> tuple[Floats, Floats]:
        """Unit embeddings of the plain base, of training and test papers."""
        from tagstract.training.transformer.base import PACKAGE_DIGEST, resolve_base

        texts = [*self.split.texts, *self.split.test_texts]
        embed = torch_embedder(resolve_base(None).source)
        whole = cached_embeddings(
            texts, f"torch-{PACKAGE_DIGEST}", FROZEN_TOKENS, embed, self.log
        ).astype(np.float64)
        return whole[: len(self.split.texts)], whole[len(self.split.texts) :]


@dataclass(frozen=True)
class Tried:
    """Scores from one setting: of training papers, cross-validated, and of test papers."""

    held_out: Floats
    test: Floats

    def mixed(self, other: Tried, share: float) -> Tried:
        """Both brought to the same spread, then added."""
        first, second = (share / self.held_out.std(), (1 - share) / other.held_out.std())
        return Tried(
            first * self.held_out + second * other.held_out,
            first * self.test + second * other.test,
        )


def tfidf_lr(material: Material) -> Iterator[Tried]:
    """TF-IDF + balanced logistic regression."""
    for strength in STRENGTHS:
        yield _crossed(material, material.tfidf, partial(_lr, strength, "liblinear"))


def tfidf_svc(material: Material) -> Iterator[Tried]:
    """TF-IDF + balanced linear support vector machine."""
    for strength in SVC_STRENGTHS:
        yield _crossed(material, material.tfidf, partial(_svc, strength))


def frozen_lr(material: Material) -> Iterator[Tried]:
    """Plain MiniLM + balanced logistic regression."""
    for strength in STRENGTHS:
        yield _crossed(material, material.frozen, partial(_lr, strength, "lbfgs"))


def frozen_and_tfidf(material: Material) -> Iterator[Tried]:
    """Both together, scores added."""
    ours, theirs = (material.tuned(key)[0] for key in ("frozen", "lr"))
    for share in MIXES:
        yield ours.mixed(theirs, share)


PEERS: dict[str, tuple[str, Callable[[Material], Iterator[Tried]]]] = {
    "lr": ("TF-IDF + LR", tfidf_lr),
    "svc": ("TF-IDF + LinearSVC", tfidf_svc),
    "frozen": ("frozen MiniLM + LR", frozen_lr),
    "both": ("frozen MiniLM and TF-IDF + LR", frozen_and_tfidf),
}


def tags_of(material: Material, key: str) -> Flags:
    """The tags of the test papers, (papers, areas), by one of `PEERS` at its best setting."""
    best, threshold = material.tuned(key)
    return _given(best.test, threshold, material.single)


def _best(material: Material, tried: Iterator[Tried]) -> tuple[Tried, float]:
    found = []
    for one in tried:
        threshold, f1 = best_threshold(one.held_out, material.truth, material.single)
        found.append((f1, one, threshold))
    _, best, threshold = max(found, key=lambda one: one[0])
    return best, threshold


def best_threshold(scores: Floats, truth: Flags, single: bool) -> tuple[float, float]:
    """The common threshold of best micro-F1, and that F1; with one area a paper none is needed."""
    if single:
        return -np.inf, float(truth[np.arange(len(truth)), scores.argmax(1)].mean())
    order = np.argsort(-scores.ravel(), kind="stable")
    right = np.cumsum(truth.ravel()[order])
    f1 = 2 * right / (np.arange(1, len(order) + 1) + truth.sum())
    best = int(f1.argmax())
    return float(scores.ravel()[order[best]]), float(f1[best])


def _given(scores: Floats, threshold: float, single: bool) -> Flags:
    if single:
        return np.asarray(np.arange(scores.shape[1]) == scores.argmax(1)[:, None])
    return scores >= threshold


def _crossed(material: Material, folds: list[Fold], make: Callable[[], Any]) -> Tried:
    held_out = np.zeros(material.split.targets.shape)
    for fold in folds:
        scores = OneVsRest.fit(fold.fitted, fold.targets, make).logits(fold.scored)
        if fold.rows is None:
            return Tried(held_out, scores)
        held_out[fold.rows] = scores
    raise AssertionError("the last fold scores the test papers")


def _svc(strength: float) -> LinearSVC:
    return LinearSVC(C=strength, class_weight="balanced", random_state=0)


def _lr(strength: float, solver: str) -> LogisticRegression:
    return LogisticRegression(
        C=strength, class_weight="balanced", solver=solver, max_iter=300, random_state=0
    )
