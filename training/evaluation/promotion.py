"""What a candidate and the live model are compared on before a promotion."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tagstract.labels import InputError, LabelledSet
from tagstract.model_folder import format as files
from tagstract.model_folder import paper_key
from tagstract.model_folder.held_out import HeldOutPapers
from tagstract.training.data.targets import targets_of
from tagstract.training.evaluation.gate import (
    MIN_PAPERS,
    Judged,
    Verdict,
    better_than_guessing,
    judge,
)
from tagstract.training.evaluation.measures import Flags, Floats, Scores

if TYPE_CHECKING:
    from tagstract.model_folder import Model

__all__ = ["comparable_areas", "compare", "tags_alike"]

MAX_PAPERS = 1000
"""Papers that are compared on at most: those with the smallest keys, always the same."""

TIMED_PAPERS, TIMED_ROUNDS = 8, 3

_ABOUT = (files.METRICS, files.CARD, *files.OPTIONAL)
"""Files that change nothing about how a model tags."""

Paper = Mapping[str, Any]


@dataclass(frozen=True)
class Subject:
    """A model, and what it said of its own papers when it was fitted without them."""

    model: Model
    held: HeldOutPapers | None

    @classmethod
    def of(cls, model: Model) -> Subject:
        return cls(model, HeldOutPapers.load(model.folder))

    def can_judge(self, key: int) -> bool:
        """Whether it has an opinion of a paper that it was not fitted on."""
        return key not in self.model.seen or (self.held is not None and key in self.held.rows)

    def judged(
        self,
        papers: Sequence[Paper],
        areas: Sequence[str],
        truth: Flags,
        milliseconds: float | None = None,
    ) -> Judged:
        """What it says of papers, in the columns `areas`, all of which it has."""
        probabilities, given, baseline = self._says(papers)
        columns = [self.model.taxonomy.ids.index(area) for area in areas]
        scores = Scores(probabilities[:, columns], given[:, columns], truth)
        return Judged(self.model.tag, scores, baseline[:, columns], milliseconds)

    def _says(self, papers: Sequence[Paper]) -> tuple[Floats, Flags, Flags]:
        """Probabilities, given tags and those of TF-IDF alone, each (papers, areas)."""
        model, shape = self.model, (len(papers), len(self.model.taxonomy.ids))
        probabilities = np.zeros(shape)
        given, baseline = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
        kept = {} if self.held is None else self.held.rows
        rows = [kept.get(paper_key(paper)) for paper in papers]
        fresh = [place for place, row in enumerate(rows) if row is None]
        if self.held is not None:
            known = np.flatnonzero([row is not None for row in rows])
            source = np.array([row for row in rows if row is not None], dtype=np.int64)
            probabilities[known] = self.held.probabilities[source]
            given[known], baseline[known] = self.held.given[source], self.held.baseline[source]
        if fresh:
            some = [papers[place] for place in fresh]
            scored = model.score(some)
            probabilities[fresh] = scored.probabilities
            inside = np.array(scored.in_scope)[:, None]
            given[fresh] = model.scale.given(scored.probabilities) & inside
            words = model.baseline_probabilities(some)
            baseline[fresh] = words >= model.baseline_thresholds
        return probabilities, given, baseline


def compare(
    candidate: Model, live: Model, labelled: LabelledSet | None = None, seed: int = 0
) -> Verdict:
    """Compare a candidate with the live model on papers that neither was fitted on.

    Args:
        labelled: read with the candidate's taxonomy; papers that one of them has seen are left
            out. None: the held-out papers that both keep from their own training.
        seed: of the bootstrap.

    Raises:
        InputError: too few such papers.
    """
    ours, theirs = Subject.of(candidate), Subject.of(live)
    areas = comparable_areas(candidate, live)
    if labelled is not None:
        papers, labels = _unseen(labelled, [ours, theirs] if areas else [ours])
        truth = targets_of(labels, candidate.taxonomy.ids) > 0.5
    else:
        papers, truth = _own_papers(ours)
    whole = None
    if papers:
        _enough(papers, truth, candidate.tag)
        whole = ours.judged(papers, candidate.taxonomy.ids, truth)
    if areas is None:
        if whole is None:
            raise InputError(_NOTHING, candidate.tag)
        return judge(whole, None, candidate.taxonomy.ids, seed)
    if labelled is None:
        papers, shared = _both_papers(ours, theirs, areas)
    else:
        shared = truth[:, [candidate.taxonomy.ids.index(area) for area in areas]]
    _enough(papers, shared, candidate.tag)
    times = _milliseconds((candidate, live), papers)
    first = (
        ours.judged(papers, areas, shared, times[0])
        if labelled is None or whole is None
        else _in_columns(whole, [candidate.taxonomy.ids.index(area) for area in areas], times[0])
    )
    return judge(
        first,
        theirs.judged(papers, areas, shared, times[1]),
        areas,
        seed,
        whole,
    )


def _in_columns(judged: Judged, columns: Sequence[int], milliseconds: float) -> Judged:
    """The same in some of the areas."""
    scores = judged.scores
    scores = Scores(
        scores.probabilities[:, columns], scores.given[:, columns], scores.truth[:, columns]
    )
    baseline = None if judged.baseline is None else judged.baseline[:, columns]
    return Judged(judged.name, scores, baseline, milliseconds)


_NOTHING = (
    "can't be compared with the live model: it comes without held-out papers; "
    "pass labelled papers that it was not trained on with --on, or use --force"
)


def comparable_areas(candidate: Model, live: Model) -> tuple[str, ...] | None:
    """The areas that both have; None where these are two taxonomies, and not one that grew."""
    shared = tuple(area for area in candidate.taxonomy.ids if area in live.taxonomy.ids)
    smaller = min(len(candidate.taxonomy.ids), len(live.taxonomy.ids))
    return shared if len(shared) * 2 >= smaller else None


def tags_alike(candidate: Model, live: Model) -> bool:
    """Whether both consist of the same files, apart from their metadata."""

    def parts(model: Model) -> dict[str, str]:
        return {name: mark for name, mark in model.facts.files.items() if name not in _ABOUT}

    return parts(candidate) == parts(live)


def _unseen(
    labelled: LabelledSet, subjects: Sequence[Subject]
) -> tuple[list[Paper], list[list[str]]]:
    """The papers that all subjects can judge, and their labels."""
    keys = [paper_key(paper) for paper in labelled.papers]
    rows = [row for row, key in enumerate(keys) if all(one.can_judge(key) for one in subjects)]
    if not rows:
        problem = "all of these papers were used in training; pass others with --on"
        raise InputError(problem, subjects[0].model.tag)
    rows = sorted(sorted(rows, key=lambda row: keys[row])[:MAX_PAPERS])
    return [labelled.papers[row] for row in rows], [labelled.labels[row] for row in rows]


def _own_papers(subject: Subject) -> tuple[list[Paper], Flags]:
    held = subject.held
    if held is None:
        return [], np.zeros((0, len(subject.model.taxonomy.ids)), dtype=bool)
    return list(held.papers), held.truth


def _both_papers(
    ours: Subject, theirs: Subject, areas: tuple[str, ...]
) -> tuple[list[Paper], Flags]:
    """The held-out papers of both that both can judge, and their labels in the columns `areas`.

    Where the labels differ, those of the live model count, for they stood the test of use; unless
    it is no better than guessing by them.
    """
    first, second = ours.held, theirs.held
    if second is not None and second.truth.any():
        scores = Scores(second.probabilities, second.given, second.truth)
        if better_than_guessing(scores):
            first, second = second, first
    found: dict[int, tuple[Paper, NDArray[np.bool_]]] = {}
    for held in (first, second):
        if held is None:
            continue
        columns = [held.areas.index(area) for area in areas]
        for key, row in held.rows.items():
            if ours.can_judge(key) and theirs.can_judge(key):
                found.setdefault(key, (held.papers[row], held.truth[row, columns]))
    kept = [found[key] for key in sorted(found)[:MAX_PAPERS]]
    truth = np.array([truth for _, truth in kept], dtype=bool).reshape(len(kept), len(areas))
    return [paper for paper, _ in kept], truth


def _enough(papers: Sequence[Paper], truth: Flags, tag: str = "") -> None:
    if not papers:
        raise InputError(_NOTHING, tag)
    if len(papers) < MIN_PAPERS or not truth.any():
        problem = (
            f"{len(papers)} held-out papers, {int(truth.any(1).sum())} of them with an area, are "
            f"too few to compare on; pass at least {MIN_PAPERS} with --on, or use --force"
        )
        raise InputError(problem, tag)


def _milliseconds(models: Sequence[Model], papers: Sequence[Paper]) -> list[float]:
    """The least time a paper takes each model; they take turns, so both meet the same load."""
    some = papers[:TIMED_PAPERS]
    best = [float("inf")] * len(models)
    for _ in range(TIMED_ROUNDS):
        for place, model in enumerate(models):
            start = time.perf_counter()
            model.score(some)
            best[place] = min(best[place], (time.perf_counter() - start) / len(some) * 1000)
    return best
