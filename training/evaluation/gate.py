"""The gate before a promotion: is the candidate worse than the live model, or no good at all?

Both are compared on papers that neither was fitted on, by a paired bootstrap. A version is refused
for what is shown to be worse, not for what might be: where the interval of a difference reaches
beyond 0, the papers don't tell. What can be told from few papers all the same is whether a model
is better than guessing, and a model of wrong labels is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagstract.training.evaluation.bootstrap import (
    LEVEL,
    Difference,
    draw,
    paired,
    weights,
)
from tagstract.training.evaluation.measures import Flags, Floats, Metrics, Scores, measure, share

__all__ = ["AreaRow", "Judged", "Row", "Verdict", "judge"]

RESAMPLES = 1000

FIGURES = {
    "micro_f1": "micro-F1",
    "macro_f1": "macro-F1",
    "precision_at_1": "precision at 1",
    "average_precision": "average precision",
    "coverage": "coverage",
    "other_fields": "other fields without tags",
    "ece_tags": "calibration error of given tags",
}
"""The figures that are compared; of the last one, less is better."""

MIN_SUPPORT = 10
"""Papers of an area, below which its F1 alone refuses nothing."""

AREA_DROP = 0.1
"""A drop in an area's F1 that counts, where it is sure as well."""

F1_DROP = 0.05
"""A drop in micro-F1 that counts even where the papers are too few to be sure of it."""

CALIBRATION_RISE = 0.05
SLOWER = 3.0
"""How much worse calibrated, and how many times slower, a candidate may be."""

MIN_PAPERS = 10


@dataclass(frozen=True)
class Judged:
    """What a model says of the held-out papers; arrays are (papers, areas).

    Attributes:
        name: `name:version`.
        scores: in the columns that both models have.
        baseline: tags of TF-IDF alone; None where they are not known.
        milliseconds: per paper; None where it was not measured.
    """

    name: str
    scores: Scores
    baseline: Flags | None = None
    milliseconds: float | None = None


@dataclass(frozen=True)
class Row:
    """One line of the table: a figure of candidate, live model and TF-IDF, and the difference
    between candidate and live model with its interval."""

    name: str
    candidate: float | None
    live: float | None
    baseline: float | None = None
    difference: Difference | None = None


@dataclass(frozen=True)
class AreaRow:
    """One area; `support` is the number of held-out papers that have it."""

    area: str
    support: int
    candidate: float
    live: float | None
    difference: Difference | None


@dataclass(frozen=True)
class Verdict:
    """The comparison, and what it found against the candidate; without findings it passes."""

    candidate: str
    live: str | None
    papers: int
    rows: Sequence[Row]
    areas: Sequence[AreaRow]
    findings: Sequence[str] = field(default_factory=tuple)

    @property
    def passed(self) -> bool:
        return not self.findings

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {**asdict(self), "passed": self.passed}


def judge(
    candidate: Judged,
    live: Judged | None,
    areas: tuple[str, ...],
    seed: int = 0,
    new_areas: Judged | None = None,
) -> Verdict:
    """Compare a candidate with the live model.

    Args:
        candidate, live: on the same papers, in the columns `areas`. No live model: it has none of
            these areas, and the candidate only has to beat TF-IDF and guessing.
        seed: of the bootstrap.
        new_areas: the candidate in all of its areas, where it has more than the live model.
    """
    ours = measure(candidate.scores, areas)
    own = draw(candidate.scores, RESAMPLES, seed)
    theirs = measure(live.scores, areas) if live else None
    differences: dict[str, Difference | None] = {}
    if live and theirs:
        drawn = draw(live.scores, RESAMPLES, seed)
        differences = paired((ours, own), (theirs, drawn))
    baseline, over_baseline = _beside_baseline(candidate, areas, seed)
    rows = [
        Row(
            name,
            getattr(ours, figure),
            getattr(theirs, figure) if theirs else None,
            getattr(baseline, figure) if baseline and figure in ("micro_f1", "macro_f1") else None,
            differences.get(figure),
        )
        for figure, name in FIGURES.items()
    ]
    rows.append(
        Row("milliseconds a paper", candidate.milliseconds, live.milliseconds if live else None)
    )
    area_rows = _areas(candidate.scores, live.scores if live else None, areas, seed)
    whole = new_areas or candidate
    findings = [
        *_worse(differences, candidate, live),
        *_worse_areas(area_rows),
        *_no_better(over_baseline, differences.get("micro_f1"), whole, seed),
    ]
    papers = len(candidate.scores.truth)
    name = live.name if live else None
    return Verdict(candidate.name, name, papers, rows, area_rows, findings)


def guessed(truth: Flags) -> Flags:
    """(papers, areas): the best that can be given to every paper alike, without reading any.

    The commonest areas, as many as give the best micro-F1.
    """
    order = np.argsort(-truth.sum(0), kind="stable")
    given = np.zeros(truth.shape, dtype=bool)
    best, best_f1 = given.copy(), -1.0
    for area in order:
        given[:, area] = True
        f1 = _micro_f1(given, truth)
        if f1 > best_f1:
            best, best_f1 = given.copy(), f1
    return best


def better_than_guessing(scores: Scores, seed: int = 0) -> bool:
    """Whether a model's micro-F1 is above that of `guessed`, beyond the interval."""
    difference = _f1_difference(scores.given, guessed(scores.truth), scores.truth, seed)
    return difference.low > 0


def _beside_baseline(
    candidate: Judged, areas: tuple[str, ...], seed: int
) -> tuple[Metrics | None, Difference | None]:
    if candidate.baseline is None:
        return None, None
    truth, given = candidate.scores.truth, candidate.baseline
    metrics = measure(Scores(given.astype(np.float64), given, truth), areas)
    return metrics, _f1_difference(candidate.scores.given, given, truth, seed)


def _worse(
    differences: dict[str, Difference | None], candidate: Judged, live: Judged | None
) -> list[str]:
    """Findings over all areas together."""
    if live is None:
        return []
    found = []
    for figure in ("micro_f1", "macro_f1"):
        change = differences[figure]
        if change and (change.high < 0 or (figure == "micro_f1" and change.difference < -F1_DROP)):
            found.append(f"{FIGURES[figure]} is {-change.difference:.3f} below {live.name}")
    change = differences["ece_tags"]
    if change and change.low > 0 and change.difference > CALIBRATION_RISE:
        found.append(f"{FIGURES['ece_tags']} is {change.difference:.3f} above {live.name}")
    if candidate.milliseconds and live.milliseconds:
        times = candidate.milliseconds / live.milliseconds
        if times > SLOWER:
            found.append(f"it takes {times:.1f} times as long as {live.name}")
    return found


def _worse_areas(rows: Sequence[AreaRow]) -> list[str]:
    return [
        f"F1 of {row.area} ({row.support} papers) is {-row.difference.difference:.3f} lower"
        for row in rows
        if row.difference
        and row.support >= MIN_SUPPORT
        and row.difference.difference <= -AREA_DROP
        and row.difference.high < 0
    ]


def _no_better(
    over_baseline: Difference | None, over_live: Difference | None, whole: Judged, seed: int
) -> list[str]:
    """Findings beside TF-IDF and guessing. What is below TF-IDF may still take the place of a live
    model that is no better."""
    found = []
    is_gain = over_live is not None and over_live.difference >= 0
    if over_baseline and over_baseline.high < 0 and not is_gain:
        found.append(f"micro-F1 is {-over_baseline.difference:.3f} below TF-IDF alone")
    if not better_than_guessing(whole.scores, seed):
        found.append("it is not significantly better than giving every paper the most common areas")
    return found


def _areas(ours: Scores, theirs: Scores | None, areas: tuple[str, ...], seed: int) -> list[AreaRow]:
    """F1 by area, with intervals that hold for all areas at once (Bonferroni)."""
    f1, support = _area_f1(ours), ours.truth.sum(0)
    if theirs is None:
        return [
            AreaRow(area, int(papers), float(value), None, None)
            for area, papers, value in zip(areas, support, f1, strict=True)
        ]
    before = _area_f1(theirs)
    tested = max(1, int((support >= MIN_SUPPORT).sum()))
    tail = (1 - LEVEL) / 2 / tested
    changes = _area_changes(ours, theirs, seed)
    low, high = np.quantile(changes, [tail, 1 - tail], axis=0)
    point = f1 - before
    low, high = 2 * point - high, 2 * point - low  # the basic interval
    return [
        AreaRow(
            area,
            int(support[j]),
            float(f1[j]),
            float(before[j]),
            Difference(
                float(point[j]), float(2 * point[j] - high[j]), float(2 * point[j] - low[j])
            ),
        )
        for j, area in enumerate(areas)
    ]


def _area_f1(scores: Scores) -> Floats:
    right = (scores.given & scores.truth).sum(0)
    return share(2 * right, scores.given.sum(0) + scores.truth.sum(0))


def _area_changes(ours: Scores, theirs: Scores, seed: int) -> Floats:
    """(resamples, areas): the difference in F1 in every resample."""
    blocks = []
    for block in weights(len(ours.truth), RESAMPLES, seed):
        parts = [
            share(2 * (block @ (one.given & one.truth)), block @ (one.given * 1.0 + one.truth))
            for one in (ours, theirs)
        ]
        blocks.append(parts[0] - parts[1])
    return np.concatenate(blocks)


def _f1_difference(given: Flags, other: Flags, truth: Flags, seed: int) -> Difference:
    """Difference in micro-F1 on the same papers, with its basic interval."""
    point = _micro_f1(given, truth) - _micro_f1(other, truth)
    drawn: list[NDArray[np.float64]] = []
    for block in weights(len(truth), RESAMPLES, seed):
        values = [
            share(
                2 * (block @ (one & truth).sum(1)),
                block @ (one.sum(1) + truth.sum(1)),
            )
            for one in (given, other)
        ]
        drawn.append(values[0] - values[1])
    low, high = np.quantile(np.concatenate(drawn), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Difference(point, float(2 * point - high), float(2 * point - low))


def _micro_f1(given: Flags, truth: Flags) -> float:
    return float(share(2 * (given & truth).sum(), given.sum() + truth.sum()))
