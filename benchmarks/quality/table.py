"""The systems beside each other: figures with intervals, as a Markdown page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.quality.split import Split
from benchmarks.quality.system import Run
from tagstract.training.evaluation.bootstrap import (
    Difference,
    Draws,
    Interval,
    difference_text,
    draw,
    intervals,
    paired,
    value_text,
)
from tagstract.training.evaluation.measures import Metrics, Scores, measure

COLUMNS = {
    "micro_f1": "micro-F1",
    "macro_f1": "macro-F1",
    "precision_at_1": "precision at 1",
    "average_precision": "average precision",
    "ece": "ECE, all pairs",
    "ece_tags": "ECE, given tags",
}


@dataclass(frozen=True)
class Row:
    """One system in figures; `name` tells which one, also where it has a second row."""

    name: str
    title: str
    run: Run
    metrics: Metrics
    draws: Draws
    intervals: dict[str, Interval | None]

    @classmethod
    def of(
        cls,
        name: str,
        title: str,
        run: Run,
        scores: Scores,
        areas: tuple[str, ...],
        resamples: int,
    ) -> Row:
        metrics, draws = measure(scores, areas), draw(scores, resamples)
        return cls(name, title, run, metrics, draws, intervals(draws, metrics))

    def gain(self, reference: Row) -> Difference | None:
        """Micro-F1 less that of another row; both drew the same papers, so it is paired."""
        both = (self.metrics, self.draws), (reference.metrics, reference.draws)
        return paired(*both)["micro_f1"]


def table(rows: Sequence[Row], reference: Row | None) -> str:
    """Two Markdown tables: what the systems reach, and what they cost."""
    head = ["", COLUMNS["micro_f1"], f"less {reference.title}" if reference else "difference"]
    figures = [[*head, *list(COLUMNS.values())[1:]]]
    costs = [["", "training, s", "papers/s", "MB on disk", "notes"]]
    for row in rows:
        cells = [value_text(getattr(row.metrics, name), row.intervals[name]) for name in COLUMNS]
        gain = row.gain(reference) if reference and row.name != reference.name else None
        figures.append([row.title, cells[0], difference_text(gain), *cells[1:]])
        run = row.run
        if row.title != rows[0].title and row.run is rows[rows.index(row) - 1].run:
            continue  # another reading of the same scores costs the same
        seconds = "-" if math.isnan(run.seconds) else f"{run.seconds:,.0f}"
        costs.append([row.title, seconds, f"{run.rate:,.0f}", f"{run.megabytes:.1f}", run.note])
    return f"{_markdown(figures)}\n\n{_markdown(costs)}"


def page(rows: Sequence[Row], reference: Row | None, split: Split, machine: str) -> str:
    """`docs/quality.md`."""
    resamples = len(rows[0].draws["micro_f1"])
    return f"""# Quality

Written by `python -m benchmarks.quality`; do not edit it. {len(split.labelled):,} labelled papers,
{len(split.test):,} test papers, {len(split.taxonomy.ids)} areas; papers and settings have the
digest `{split.digest[:12]}`. In brackets, 95 % intervals from {resamples:,} resamples of the test
papers; a difference is paired, on the same resamples. Machine: {machine}; other work may have run
beside it, so seconds are upper bounds.

{table(rows, reference)}

![micro-F1, macro-F1 and precision at 1 with their intervals](quality.svg)

**The same treatment for all.** What is compared is the ranking of areas, not the thresholds that
a library happens to have: the scores of every peer go through our own calibration (a slope, an
offset and a threshold an area, `training/heads/calibration.py`), fitted on labelled papers that the
peer was not trained on: by cross-validation where training is cheap, on a held-out part where it is
not. Rows "one threshold" have one slope, offset and threshold for all areas. Ours is the model
folder as it is used, with the calibration inside it.

Training time is that of one training on all the papers that the system learned from; the rate is
from text to scores, on all cores that the system itself uses.
"""


def _markdown(lines: list[list[str]]) -> str:
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    padded = [
        "| "
        + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        + " |"
        for line in lines
    ]
    rule = "| " + " | ".join("-" * max(3, width) for width in widths) + " |"
    return "\n".join([padded[0], rule, *padded[1:]])
