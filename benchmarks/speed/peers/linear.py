"""Peers without a transformer: TF-IDF with logistic regression, and fastText."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.speed.heads import LinearHead, fit_linear, held_out
from benchmarks.speed.material import Flags, Material, Papers, best_threshold
from benchmarks.speed.peer import Peer, Predict

_LABEL = "__label__"
_EPOCHS, _RATE, _WIDTH = 25, 0.5, 100
"""More than fastText's own defaults, which are for millions of texts."""


def _fit_tfidf(material: Material, folder: Path) -> None:
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)
    features = vectorizer.fit_transform(material.train.texts)
    fit_linear(features, material.train.truth).save(folder)
    (folder / "tfidf.pickle").write_bytes(pickle.dumps(vectorizer))


def _load_tfidf(folder: Path, size: int) -> Predict:
    vectorizer = pickle.loads((folder / "tfidf.pickle").read_bytes())
    head = LinearHead.load(folder)
    return lambda papers: head.given(vectorizer.transform(papers.texts))


TFIDF = Peer("TF-IDF + LR", ("sklearn",), "LR on {train}", _load_tfidf, _fit_tfidf)


def _fit_fasttext(material: Material, folder: Path) -> None:
    import fasttext

    train = material.train
    held = held_out(len(train))
    lines = [
        " ".join([*(f"{_LABEL}{area}" for area in np.flatnonzero(areas)), _line(text)])
        for text, areas, kept in zip(train.texts, train.truth, ~held, strict=True)
        if kept and areas.any()
    ]
    (folder / "train.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    model = fasttext.train_supervised(
        input=str(folder / "train.txt"), loss="ova", wordNgrams=2, minCount=2,
        epoch=_EPOCHS, lr=_RATE, dim=_WIDTH, verbose=0,
    )  # fmt: skip
    model.save_model(str(folder / "fasttext.bin"))
    texts = [text for text, one in zip(train.texts, held, strict=True) if one]
    scores = _scores(model, texts, train.truth.shape[1])
    (folder / "threshold.txt").write_text(repr(best_threshold(scores, train.truth[held])))


def _load_fasttext(folder: Path, size: int) -> Predict:
    import fasttext

    model = fasttext.load_model(str(folder / "fasttext.bin"))
    threshold = float((folder / "threshold.txt").read_text())
    areas = 1 + max(int(label.removeprefix(_LABEL)) for label in model.labels)

    def predict(papers: Papers) -> Flags:
        given = _scores(model, papers.texts, areas) >= threshold
        missing = papers.truth.shape[1] - areas
        return np.pad(given, ((0, 0), (0, missing)))

    return predict


def _scores(model: Any, texts: list[str], areas: int) -> NDArray[np.float64]:
    """(texts, areas). `predict` of fastText 0.9 fails with NumPy 2, so what it calls is called."""
    labels, probabilities = model.f.multilinePredict(
        [_line(text) + "\n" for text in texts], -1, 0.0, "strict"
    )
    scores = np.zeros((len(texts), areas))
    for row, (names, values) in enumerate(zip(labels, probabilities, strict=True)):
        scores[row, [int(name.removeprefix(_LABEL)) for name in names]] = values
    return scores


def _line(text: str) -> str:
    return " ".join(text.lower().split())


FASTTEXT = Peer("fastText", ("fasttext",), "trained on {train}", _load_fasttext, _fit_fasttext)
