"""Linear peers: TF-IDF with logistic regression or a support vector machine, and the base encoder
frozen with logistic regression."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from benchmarks.quality.split import FOLDS, Split, Targets
from benchmarks.quality.system import (
    Floats,
    Log,
    Options,
    Scored,
    Trained,
    folder_megabytes,
    held_out_note,
)
from tagstract.model_folder.encoder import threads_to_use
from tagstract.training.heads.calibration import fit_scale, log_loss

TFIDF: dict[str, Any] = {"ngram_range": (1, 2), "sublinear_tf": True, "min_df": 2}
LR: dict[str, Any] = {"C": 10.0, "class_weight": "balanced", "solver": "liblinear"}
SVM: dict[str, Any] = {"C": 1.0, "class_weight": "balanced"}
FROZEN_CS = (1.0, 10.0, 100.0)
FROZEN_TOKENS = 256
WARM_UP, TIMED = 8, 64
HEAD = "head.joblib"

NEVER = -10.0
"""The logit of an area that the papers trained on all lack, or, turned round, all have."""


def train_lr(split: Split, options: Options, folder: Path, log: Log) -> Trained:
    """TF-IDF + balanced logistic regression."""
    return _train(split, lambda: LogisticRegression(**LR, random_state=split.seed), folder)


def train_svm(split: Split, options: Options, folder: Path, log: Log) -> Trained:
    """TF-IDF + balanced linear support vector machine."""
    return _train(split, lambda: LinearSVC(**SVM, random_state=split.seed), folder)


def score_tfidf(split: Split, options: Options, folder: Path, log: Log) -> Scored:
    """The test papers by either of the two."""
    vectorizer, weight, bias = joblib.load(folder / HEAD)
    head = OneVsRest(weight, bias)
    started = time.perf_counter()
    logits = head.logits(vectorizer.transform(split.test_texts))
    return Scored(logits, len(logits) / (time.perf_counter() - started))


def train_frozen(split: Split, options: Options, folder: Path, log: Log) -> Trained:
    """The base as it comes, mean over the tokens, and balanced logistic regression on top; papers
    held out from it choose its strength and fit the calibration."""
    from tagstract.training.data.cache import cached_embeddings
    from tagstract.training.transformer.base import PACKAGE_DIGEST, resolve_base

    base = resolve_base(None)
    embed = torch_embedder(base.source)
    embed(split.texts[:WARM_UP])
    some = split.texts[:TIMED]
    started = time.perf_counter()
    embed(some)
    rate = len(some) / (time.perf_counter() - started)
    features = cached_embeddings(split.texts, f"torch-{PACKAGE_DIGEST}", FROZEN_TOKENS, embed, log)
    rows, out = split.held_out()
    truth = split.targets[out] > 0.5
    tried = []
    for strength in FROZEN_CS:
        started = time.perf_counter()
        head = OneVsRest.fit(features[rows], split.targets[rows], partial(_dense, strength))
        seconds = time.perf_counter() - started + len(rows) / rate
        held = head.logits(features[out])
        loss = log_loss(fit_scale(held, truth).probabilities(held), truth)
        tried.append((loss, strength, head, held, seconds))
    _, strength, head, held, seconds = min(tried, key=lambda one: one[0])
    joblib.dump((head.weight, head.bias), folder / HEAD)
    size = folder_megabytes(Path(base.source)) + (head.weight.nbytes + head.bias.nbytes) / 1e6
    note = (
        f"C {strength:g} of {', '.join(f'{one:g}' for one in FROZEN_CS)}; "
        f"{held_out_note(len(rows), len(out))}"
    )
    return Trained(held, truth, seconds, size, note)


def score_frozen(split: Split, options: Options, folder: Path, log: Log) -> Scored:
    """The test papers by the frozen base and its head."""
    from tagstract.training.transformer.base import resolve_base

    head = OneVsRest(*joblib.load(folder / HEAD))
    embed = torch_embedder(resolve_base(None).source)
    embed(split.test_texts[:WARM_UP])
    started = time.perf_counter()
    logits = head.logits(embed(split.test_texts))
    return Scored(logits, len(logits) / (time.perf_counter() - started))


class OneVsRest:
    """One linear head an area, fitted on all cores."""

    def __init__(self, weight: Floats, bias: Floats) -> None:
        self.weight, self.bias = weight, bias

    @classmethod
    def fit(cls, features: Any, targets: Targets, make: Callable[[], Any]) -> OneVsRest:
        weight = np.zeros((features.shape[1], targets.shape[1]))
        bias = np.full(targets.shape[1], NEVER)

        def fit(area: int) -> None:
            column = targets[:, area] > 0.5
            if column.all():
                bias[area] = -NEVER
            elif column.any():
                head = make().fit(features, column)
                weight[:, area], bias[area] = head.coef_[0], head.intercept_[0]

        if sparse.issparse(features):
            # Now: scikit-learn would do it in each thread at once, on the matrix that all share.
            features.sum_duplicates()
        with ThreadPoolExecutor(threads_to_use()) as pool:
            list(pool.map(fit, range(targets.shape[1])))
        return cls(weight, bias)

    def logits(self, features: Any) -> Floats:
        return np.asarray(features @ self.weight + self.bias)


def torch_embedder(source: str) -> Callable[[Sequence[str]], NDArray[np.float32]]:
    """Texts to unit embeddings, float32 (texts, width), as the base's own library makes them."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    from tagstract.training.transformer.network import masked_mean

    tokenizer = AutoTokenizer.from_pretrained(source)
    encoder = AutoModel.from_pretrained(source).eval()

    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        out = np.zeros((len(texts), encoder.config.hidden_size), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda row: -len(texts[row]))
        for start in range(0, len(order), 16):
            rows = order[start : start + 16]
            batch = tokenizer(
                [texts[row] for row in rows],
                padding=True,
                truncation=True,
                max_length=FROZEN_TOKENS,
                return_tensors="pt",
            )
            with torch.inference_mode():
                hidden = encoder(**batch).last_hidden_state
                mean = masked_mean(hidden, batch["attention_mask"])
                out[rows] = torch.nn.functional.normalize(mean).numpy()
        return out

    return embed


def _dense(strength: float) -> LogisticRegression:
    return LogisticRegression(C=strength, class_weight="balanced", max_iter=300)


def _train(split: Split, make: Callable[[], Any], folder: Path) -> Trained:
    def fit(texts: Sequence[str], targets: Targets) -> tuple[TfidfVectorizer, OneVsRest]:
        vectorizer = TfidfVectorizer(**TFIDF)
        features = vectorizer.fit_transform(texts)
        return vectorizer, OneVsRest.fit(features, targets, make)

    started = time.perf_counter()
    vectorizer, head = fit(split.texts, split.targets)
    seconds = time.perf_counter() - started
    held = np.zeros(split.targets.shape)
    for rows, out in split.folds():
        part, part_head = fit([split.texts[row] for row in rows], split.targets[rows])
        held[out] = part_head.logits(part.transform([split.texts[row] for row in out]))
    joblib.dump((vectorizer, head.weight.astype(np.float32), head.bias), folder / HEAD)
    size = (folder / HEAD).stat().st_size / 1e6
    note = (
        f"trained on {len(held):,} papers, {len(vectorizer.vocabulary_):,} terms; "
        f"calibrated by {FOLDS}-fold cross-validation"
    )
    return Trained(held, split.targets > 0.5, seconds, size, note)
