"""The classifier of the scope: labelled papers against papers of other fields.

An area's head has only seen papers of its field, and takes what is nearest: cement for `science`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from tagstract.labels import OUT_OF_SCOPE_PATH, STARTER_PATH
from tagstract.model_folder import paper_key, paper_text
from tagstract.model_folder.scope import Scope, signs
from tagstract.training.data.heldout import Rows
from tagstract.training.data.training_data import TrainingData

MAX_LOST = 0.01
"""Share of the labelled papers that may fall out of scope."""

MAX_LOST_TOGETHER = 0.015
"""The same where embeddings and probabilities decide together. It finds more of the others, and
the papers it keeps need no second rule."""

FLOOR = 0.25
"""Where embeddings and probabilities hold a paper to be in scope, its most probable area is given
from this probability on: a paper of the field has an area."""

MIN_PAPERS = 200
"""Held-out papers below which the scope is not learned: the share above would be less than one."""

MAX_PAPERS = 6_000
"""Papers of the field that the scope is learned from: more change nothing and take minutes."""

MIN_FOUND = 0.5
"""Share of the other texts that must be found; a taxonomy of their own fields can't be told from
them, and is better off without a scope."""

SPREADS = 3.0
"""Standard deviations of a new area's papers that the scope is widened by, below their mean."""

SCOPE_FOLDS = 5
INVERSE_STRENGTH = 1.0
"""`C` of the logistic regression."""

Floats = NDArray[np.float64]
Embed = Callable[[list[str]], NDArray[np.float32]]


def learn_scope(
    embed: Embed,
    embeddings: Floats,
    probabilities: Floats,
    data: TrainingData,
    held: Rows,
    seed: int,
    log: Callable[[str], None],
) -> tuple[Scope | None, dict[str, float] | None]:
    """A scope, and what it reaches; no scope from too few papers, or where it can't be told.

    Labelled papers without areas are papers of other fields; with `MIN_PAPERS` of them or more the
    scope is learned from real papers. Otherwise it is learned from our own texts of other fields.
    The starter papers then count as papers of the field, if they were trained on: the same hands
    wrote both, and their style must not be what tells.

    Args:
        embed: texts to embeddings, (texts, width).
        embeddings: of the held-out papers, (held, width).
        probabilities: of the held-out papers, (held, areas), calibrated on others.
        held: their rows.
    """
    if len(embeddings) < MIN_PAPERS:
        log(f"no scope: it needs {MIN_PAPERS} held-out papers, and there are {len(embeddings)}")
        return None, None
    empty = data.targets.sum(1) == 0
    trained = np.setdiff1d(np.arange(len(data)), held)
    if empty[trained].sum() >= MIN_PAPERS and empty[held].any():
        scope, foreign = _learn_from_papers(embed, data, trained, seed), empty[held]
        return joined(scope, scope.logits(embeddings), probabilities, foreign, seed)
    others = embed([paper_text(record) for record in _records(OUT_OF_SCOPE_PATH)])
    papers = embeddings[~empty[held]]
    starter = {paper_key(record) for record in _records(STARTER_PATH)}
    ours = [paper_text(paper) for paper in data.pick(trained) if paper_key(paper) in starter]
    if ours:
        papers = np.concatenate([papers, embed(ours)])
    scope, found = fit_scope(papers, others, seed)
    if found < MIN_FOUND:
        log(f"no scope: only {found:.0%} of other texts can be distinguished from these papers")
        return None, None
    return scope, {"papers_lost": MAX_LOST, "others_found": found, "others": len(others)}


def _learn_from_papers(embed: Embed, data: TrainingData, trained: Rows, seed: int) -> Scope:
    """The linear classifier, fitted on trained papers."""
    empty = data.targets.sum(1) == 0
    draw = np.random.default_rng(seed).permutation(trained)
    foreign, inside = draw[empty[draw]], draw[~empty[draw]][:MAX_PAPERS]
    rows = np.concatenate([inside, foreign])
    known = embed([paper_text(data.papers[row]) for row in rows]).astype(np.float64)
    return _fit(known, np.arange(len(rows)) < len(inside))


def joined(
    scope: Scope, logits: Floats, probabilities: Floats, foreign: NDArray[np.bool_], seed: int
) -> tuple[Scope, dict[str, float]]:
    """The scope decided by embeddings and probabilities together, and what it reaches on held-out
    papers, each fifth of them judged by a fit on the others.

    Args:
        logits: of the scope's linear classifier on held-out papers, (held,).
        probabilities: of the same papers, (held, areas), calibrated on others.
        foreign: which of them are of other fields, (held,).
    """
    columns, holds = signs(logits, probabilities), np.zeros(len(logits), bool)
    folds = StratifiedKFold(SCOPE_FOLDS, shuffle=True, random_state=seed)
    for train, rest in folds.split(columns, foreign):
        holds[rest] = columns[rest] @ _fit_joint(columns[train], foreign[train]) >= 0
    bound = float(np.quantile(logits[~foreign], MAX_LOST, method="lower"))
    scope = replace(scope, bias=scope.bias - bound)
    columns[:, 0] -= bound
    scope = replace(scope, joint=_fit_joint(columns, foreign))
    return scope, {
        "papers_lost": float((~holds[~foreign]).mean()),
        "others_found": float((~holds[foreign]).mean()),
        "held_out_others": int(foreign.sum()),
    }


def _fit_joint(columns: Floats, foreign: NDArray[np.bool_]) -> Floats:
    """Weights of the signs; a sum below 0 leaves out `MAX_LOST_TOGETHER` of the papers."""
    spread = columns.std(0)
    spread[spread < 1e-9] = 1.0  # the constant
    scaled = columns / spread
    head = LogisticRegression(C=INVERSE_STRENGTH, fit_intercept=False, max_iter=1000)
    weight = head.fit(scaled, ~foreign).coef_[0] / spread
    bound = np.quantile(columns[~foreign] @ weight, MAX_LOST_TOGETHER, method="lower")
    weight[-1] -= bound
    return np.asarray(weight)


def fit_scope(papers: NDArray[Any], others: NDArray[Any], seed: int) -> tuple[Scope, float]:
    """The classifier that leaves `MAX_LOST` of the papers out, and the share of the other texts
    that cross-validated ones of this kind leave out; both are embeddings, (texts, width)."""
    embeddings = np.concatenate([papers, others]).astype(np.float64)
    is_paper = np.arange(len(embeddings)) < len(papers)
    held = np.zeros(len(embeddings))
    folds = StratifiedKFold(SCOPE_FOLDS, shuffle=True, random_state=seed)
    for train, rest in folds.split(embeddings, is_paper):
        held[rest] = _fit(embeddings[train], is_paper[train]).logits(embeddings[rest])
    bound = float(np.quantile(held[is_paper], MAX_LOST, method="lower"))
    scope = _fit(embeddings, is_paper)
    return replace(scope, bias=scope.bias - bound), float((held[~is_paper] < bound).mean())


def widened(
    scope: Scope | None, embeddings: Floats, targets: NDArray[np.float32]
) -> tuple[Scope | None, bool]:
    """The scope with new areas inside, and whether it had to be widened.

    Args:
        embeddings: of labelled papers, (papers, width).
        targets: their new areas alone, (papers, new areas).
    """
    if scope is None:
        return None, False
    if targets.shape[1]:
        # The probabilities of other areas are another matter than those it was fitted on.
        scope = replace(scope, joint=None)
    logits = scope.logits(embeddings)
    groups = [logits[column > 0.5] for column in targets.T]
    bounds = [group.mean() - max(1.0, SPREADS * group.std()) for group in groups if len(group)]
    lowest = min(bounds, default=0.0)
    if lowest >= 0:
        return scope, False
    return replace(scope, bias=scope.bias - float(lowest)), True


def _records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _fit(embeddings: Floats, is_paper: NDArray[np.bool_]) -> Scope:
    head = LogisticRegression(C=INVERSE_STRENGTH, class_weight="balanced", max_iter=1000)
    head.fit(embeddings, is_paper)
    return Scope(head.coef_[0].astype(np.float32), float(head.intercept_[0]))
