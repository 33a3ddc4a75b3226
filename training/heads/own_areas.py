"""Heads for a taxonomy of the user's own: ridge on words and embeddings together.

The kernel of two papers is `share` times the likeness of their words plus the rest times that of
their embeddings. A solution is linear in both, so it is stored as the two heads of any model.
Which share and which strength suit the papers is chosen by cross-validated F1; words alone and
embeddings alone are among the choices, so the mix is not worse than its better part by more than
the choice can err.

The description of each area stands beside the papers as a short paper of that area.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from tagstract.model_folder.encoder import threads_to_use
from tagstract.model_folder.lexical import Lexical, terms_of
from tagstract.training.heads.linear import Linear
from tagstract.training.heads.ridge import Dual, fit_ridge

MAX_TERMS = 100_000
KNOWN_AREAS = 0.4
"""Share of the model's own areas in the likeness of embeddings: two papers that these areas can't
tell apart are more alike."""

DESCRIPTION_WEIGHT = 2.0
"""Papers that a description counts for; 1 and 3 did as well on 100 to 500 papers."""

SHARES = (1.0, 0.7, 0.5, 0.3, 0.0)
STRENGTHS = (0.03, 0.1, 0.3, 1.0, 3.0)
MAX_CHOOSING = 1200
"""Papers on which share and strength are chosen; more of them hardly change the choice."""

MAX_EXACT = 6000
"""Papers up to which the kernel is held in memory (150 MB); more are fitted by iterations."""

Floats = NDArray[np.float32]
Truth = NDArray[np.bool_]
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Choice:
    """`share` of the words in the kernel, and `strength` of the penalty."""

    share: float
    strength: float


DEFAULT_CHOICE = Choice(0.5, 0.3)
"""Where there are too few papers to choose."""


@dataclass(frozen=True)
class EmbeddingView:
    """A linear map of embeddings in which dot products are likenesses near 1.

    mean: (width,), of the papers.
    matrix: (width, features).
    """

    mean: Floats
    matrix: Floats

    @classmethod
    def of(cls, embeddings: Floats, area_weights: Floats) -> EmbeddingView:
        """From embeddings of papers, (papers, width), and the heads of the model's own areas,
        (width, areas): what the encoder was trained to tell apart."""
        mean = embeddings.mean(0)
        centred = embeddings - mean
        parts = []
        for part, weights in ((1 - KNOWN_AREAS, None), (KNOWN_AREAS, area_weights)):
            features = centred if weights is None else centred @ weights
            size = float(np.sqrt((features**2).sum(1).mean())) or 1.0
            basis = np.eye(len(mean), dtype=np.float32) if weights is None else weights
            parts.append(basis * np.float32(np.sqrt(part) / size))
        return cls(mean, np.concatenate(parts, axis=1).astype(np.float32))

    def features(self, embeddings: Floats, mean: Floats | None = None) -> Floats:
        """(texts, width) → (texts, features), around `mean`; default: that of the papers."""
        return np.asarray((embeddings - (self.mean if mean is None else mean)) @ self.matrix)


@dataclass(frozen=True)
class Views:
    """Papers and, after them, descriptions in the features of both heads: TF-IDF, sparse (rows,
    terms), and `EmbeddingView` features, (rows, features)."""

    terms: Any
    embedded: Floats
    papers: int

    def pick(self, papers: Rows) -> Views:
        """These papers alone, and all descriptions."""
        rows = np.concatenate([papers, np.arange(self.papers, len(self.embedded))])
        return Views(self.terms[rows], self.embedded[rows], len(papers))

    def kernel(self, share: float) -> Floats:
        """(rows, rows)."""
        kernel = np.float32(1 - share) * (self.embedded @ self.embedded.T)
        if share:
            kernel += np.float32(share) * (self.terms @ self.terms.T).toarray()
        return kernel


def fit_vocabulary(texts: Sequence[str], known: Lexical, known_papers: int) -> Lexical:
    """Terms of two texts or more (of one, where there are few texts), without weights.

    Their frequencies are those of the texts and of the papers behind `known` together: which
    words are common in abstracts, a few papers can't tell.

    Args:
        texts: those of `tagstract.model_folder.lexical_text`.
        known: a vocabulary with `idf` of `known_papers` papers.
    """
    vectorizer = TfidfVectorizer(
        analyzer=terms_of,
        min_df=2 if len(texts) > 50 else 1,
        max_features=MAX_TERMS,
        dtype=np.float32,
    )
    try:
        vectorizer.fit(texts)
    except ValueError:  # its word for a vocabulary without terms
        return _without_weights([], np.zeros(0))
    terms = list(vectorizer.get_feature_names_out())
    counts = (1 + len(texts)) / np.exp(vectorizer.idf_.astype(np.float64) - 1) - 1
    elsewhere = np.ones(len(terms))
    for place, term in enumerate(terms):
        column = known.columns.get(term)
        if column is not None:
            elsewhere[place] = (1 + known_papers) / np.exp(float(known.idf[column]) - 1) - 1
    # A term that is in none of the known papers counts as in one.
    total = 1 + len(texts) + known_papers
    return _without_weights(terms, np.log(total / (1 + counts + elsewhere.clip(1.0))) + 1)


def _without_weights(terms: list[str], idf: NDArray[np.float64]) -> Lexical:
    nothing = np.zeros(0, dtype=np.float32)
    return Lexical(
        terms, idf.astype(np.float32), np.zeros((len(terms), 0), np.int8), nothing, nothing
    )


def choose(views: Views, truth: Truth, fold: Rows, single: bool, seed: int) -> Choice:
    """The share and strength of best cross-validated F1.

    Args:
        truth: (papers, areas).
        fold: (papers,).
        single: every paper has one area, so the best one is given.
    """
    if views.papers > MAX_CHOOSING:
        order = np.random.default_rng(seed).permutation(views.papers)
        some = np.sort(order[:MAX_CHOOSING])
        views, truth, fold = views.pick(some), truth[some], fold[some]

    def tried(share: float) -> list[tuple[float, Choice]]:
        scores = _held_out(views.kernel(share), truth, fold, STRENGTHS)
        return [
            (round(_best_f1(held, truth, single), 3), Choice(share, strength))
            for strength, held in zip(STRENGTHS, scores, strict=True)
        ]

    with ThreadPoolExecutor(threads_to_use()) as pool:
        found = [one for some in pool.map(tried, SHARES) for one in some]
    # Of equals the one nearest to the middle: it rests on both heads.
    return max(found, key=lambda one: (one[0], -abs(one[1].share - 0.5), one[1].strength))[1]


def held_out_scores(views: Views, truth: Truth, fold: Rows, choice: Choice) -> NDArray[np.float64]:
    """(papers, areas): the score of each paper from heads that were fitted without its fold."""
    if views.papers <= MAX_EXACT:
        kernel = views.kernel(choice.share)
        return _held_out(kernel, truth, fold, [choice.strength])[0].astype(np.float64)
    scores = np.zeros(truth.shape)
    for number in np.unique(fold):
        held = np.flatnonzero(fold == number)
        rest = np.flatnonzero(fold != number)
        words, embedded = fit(views.pick(rest), truth[rest], choice)
        scores[held] = words.logits(views.terms[held]) + embedded.logits(views.embedded[held])
    return scores


def fit(views: Views, truth: Truth, choice: Choice) -> tuple[Linear, Linear]:
    """The heads on terms and on embedded features; the score is the sum of both."""
    targets, weights, centre = _problem(truth, len(views.embedded) - views.papers)
    if views.papers > MAX_EXACT:
        return _fit_by_iterations(views, targets, weights, choice)
    dual = fit_ridge(views.kernel(choice.share), targets, weights, centre, [choice.strength])[0]
    words = np.asarray(choice.share * (views.terms.T @ dual.weights), dtype=np.float64)
    embedded = np.asarray((1 - choice.share) * (views.embedded.T @ dual.weights), dtype=np.float64)
    return Linear(words, dual.bias.astype(np.float64)), Linear(embedded, np.zeros(len(centre)))


def _fit_by_iterations(
    views: Views, targets: Floats, weights: Floats, choice: Choice
) -> tuple[Linear, Linear]:
    from sklearn.linear_model import Ridge

    features = sparse.hstack(
        [
            np.sqrt(choice.share) * views.terms,
            sparse.csr_matrix(np.sqrt(1 - choice.share) * views.embedded),
        ]
    ).tocsr()
    head = Ridge(choice.strength, solver="sparse_cg", tol=1e-4).fit(
        features, targets, sample_weight=weights
    )
    coefficients, terms = head.coef_.reshape(targets.shape[1], -1).T, views.terms.shape[1]
    bias = np.broadcast_to(head.intercept_, targets.shape[1]).astype(np.float64)
    return (
        Linear(np.sqrt(choice.share) * coefficients[:terms], bias),
        Linear(np.sqrt(1 - choice.share) * coefficients[terms:], np.zeros(len(bias))),
    )


def _held_out(
    kernel: Floats, truth: Truth, fold: Rows, strengths: Sequence[float]
) -> list[NDArray[np.float32]]:
    """For each strength the scores of papers from ridges without their fold; descriptions, the
    last rows of the kernel, are always fitted on."""
    descriptions = np.arange(len(truth), len(kernel))
    scores = [np.zeros(truth.shape, dtype=np.float32) for _ in strengths]
    for number in np.unique(fold):
        held, rest = np.flatnonzero(fold == number), np.flatnonzero(fold != number)
        rows = np.concatenate([rest, descriptions])
        if not len(rows):
            continue
        targets, weights, centre = _problem(truth[rest], len(descriptions))
        duals = fit_ridge(kernel[np.ix_(rows, rows)], targets, weights, centre, strengths)
        for score, dual in zip(scores, duals, strict=True):
            score[held] = _predicted(kernel[np.ix_(held, rows)], dual)
    return scores


def _predicted(kernel: Floats, dual: Dual) -> Floats:
    return np.asarray(kernel @ dual.weights + dual.bias)


def _problem(truth: Truth, descriptions: int) -> tuple[Floats, Floats, Floats]:
    """Targets of papers and descriptions, their weights, and the areas' shares of the papers."""
    papers = truth.astype(np.float32)
    targets = np.concatenate([papers, np.eye(descriptions, truth.shape[1], dtype=np.float32)])
    weights = np.ones(len(targets), dtype=np.float32)
    weights[len(truth) :] = DESCRIPTION_WEIGHT
    centre = papers.mean(0) if len(papers) else np.full(truth.shape[1], 0.5, dtype=np.float32)
    return targets, weights, centre


def _best_f1(scores: Floats, truth: Truth, single: bool) -> float:
    """Micro-F1 of the most probable areas, or at the one threshold that suits best."""
    if single:
        return float(truth[np.arange(len(truth)), scores.argmax(1)].mean())
    order = np.argsort(-scores.ravel(), kind="stable")
    right = np.cumsum(truth.ravel()[order])
    given = np.arange(1, len(order) + 1)
    return float((2 * right / (given + truth.sum())).max())
