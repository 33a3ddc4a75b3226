"""The lexical side head: TF-IDF and logistic regression, the baseline that we must beat too."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from tagstract.model_folder.encoder import threads_to_use
from tagstract.model_folder.lexical import Lexical, quantize, terms_of

MAX_TERMS = 80_000
"""Terms of the vocabulary at most, the commonest: 4.4 MB of weights at 55 areas."""

MIN_ODDS = 0.0067
"""The least share of papers that an area counts as having: logits from -5 to 5."""

FOLDS = 5

Targets = NDArray[np.float32]


@dataclass(frozen=True)
class Regularisation:
    """`inverse_strength`, the `C` of the logistic regression, and `ratios`, the power of the ratios
    of counts that features are multiplied with; 0 is plain TF-IDF."""

    inverse_strength: float = 100.0
    ratios: float = 0.5


CHOSEN = Regularisation()
"""With titles that count twice, chosen by cross-validation (`docs/log.md`, 2026-11-25)."""

PLAIN = Regularisation(10.0, 0.0)
"""TF-IDF + logistic regression as anyone would fit it: the baseline to compare a model with."""


def fit_lexical(
    texts: Sequence[str], targets: Targets, regularisation: Regularisation = CHOSEN
) -> Lexical:
    """TF-IDF (words and pairs, sublinear, in two papers or more) and one balanced logistic
    regression an area, int8 weights. An area without papers, or with all, keeps its odds only, as
    do all areas where no two papers share a term.

    Args:
        texts: those of `tagstract.model_folder.lexical_text`.
        targets: (papers, areas).
    """
    shares = targets.mean(0, dtype=np.float64).clip(MIN_ODDS, 1 - MIN_ODDS)
    bias = np.log(shares / (1 - shares))
    vectorizer = TfidfVectorizer(
        analyzer=terms_of,
        sublinear_tf=True,
        min_df=2 if len(texts) > 50 else 1,
        max_features=MAX_TERMS,
        dtype=np.float32,
    )
    try:
        features = vectorizer.fit_transform(texts).astype(np.float64)
    except ValueError:  # its word for a vocabulary without terms
        return _blank(bias)
    features.sum_duplicates()  # in place, so before the threads share it
    weight = np.zeros((features.shape[1], targets.shape[1]))

    def fit(area: int) -> None:
        wanted = targets[:, area] > 0.5
        if wanted.any() and not wanted.all():
            weight[:, area], bias[area] = _one_area(features, wanted, regularisation)

    with ThreadPoolExecutor(threads_to_use()) as pool:
        list(pool.map(fit, range(targets.shape[1])))
    whole, scale = quantize(weight)
    return Lexical(
        list(vectorizer.get_feature_names_out()),
        vectorizer.idf_.astype(np.float32),
        whole,
        scale,
        bias.astype(np.float32),
    )


def _one_area(
    features: Any, wanted: NDArray[np.bool_], regularisation: Regularisation
) -> tuple[NDArray[np.float64], float]:
    """Weights and bias of one area, fitted on features that are multiplied with ratios of counts
    (Wang and Manning 2012, "Baselines and bigrams", section 2.2; there by the ratios' log itself,
    here by its size to the power of `ratios`)."""
    ratios = _ratios(features, wanted) ** regularisation.ratios
    head = LogisticRegression(
        C=regularisation.inverse_strength,
        class_weight="balanced",
        solver="liblinear",
        random_state=0,
    ).fit(features @ sparse.diags(ratios), wanted)
    return head.coef_[0] * ratios, float(head.intercept_[0])


def _ratios(features: Any, wanted: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(features,): |log| of a term's share in the papers of an area over its share in others."""
    there = (features > 0).astype(np.float64)
    with_area = 1 + np.asarray(there[wanted].sum(0)).ravel()
    without = 1 + np.asarray(there[~wanted].sum(0)).ravel()
    ratios = np.log(with_area / with_area.sum()) - np.log(without / without.sum())
    return np.asarray(np.abs(ratios))


def _blank(bias: NDArray[np.float64]) -> Lexical:
    """A head without terms."""
    weight, scale = quantize(np.zeros((0, len(bias))))
    return Lexical([], np.zeros(0, np.float32), weight, scale, bias.astype(np.float32))


def held_out_logits(
    texts: Sequence[str],
    targets: Targets,
    seed: int,
    folds: int = FOLDS,
    regularisation: Regularisation = CHOSEN,
) -> NDArray[np.float64]:
    """(papers, areas): what a lexical head says of each paper that was fitted without it."""
    from sklearn.model_selection import KFold

    logits = np.zeros(targets.shape)
    for train, held in KFold(folds, shuffle=True, random_state=seed).split(targets):
        head = fit_lexical([texts[row] for row in train], targets[train], regularisation)
        logits[held] = head.logits([texts[row] for row in held])
    return logits


def as_matrix(lexical: Lexical, texts: Sequence[str]) -> Any:
    """The TF-IDF features of texts as a sparse (texts, features) matrix, float64."""
    rows = [lexical.features(text) for text in texts]
    starts = np.concatenate([[0], np.cumsum([len(places) for places, _ in rows])])
    return sparse.csr_matrix(
        (
            np.concatenate([values for _, values in rows]).astype(np.float64),
            np.concatenate([places for places, _ in rows]),
            starts,
        ),
        shape=(len(texts), len(lexical.terms)),
    )
