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

REFERENCE = "tfidf-lr"
COLUMNS = {
    "micro_f1": "micro-F1",
    "macro_f1": "macro-F1",
    "precision_at_1": "precision at 1",
    "average_precision": "average precision",
    "other_fields": "other fields without tags",
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


@dataclass(frozen=True)
class TestSet:
    """The systems on one set of test papers."""

    split: Split
    rows: list[Row]

    def picture(self, stem: str) -> str:
        """The file name of its picture, beside a page of that stem."""
        return f"{stem}-{self.split.name}.svg"


def tables(sets: Sequence[TestSet]) -> str:
    """Markdown: by set of test papers what the systems reach, then what they cost."""
    parts = [f"## {heading(one)}\n\n{figures(one.rows)}" for one in sets]
    return "\n\n".join([*parts, "## Cost", costs(sets)])


def heading(one: TestSet) -> str:
    inside = sum(map(bool, one.split.test.labels))
    text = f"{one.split.name}: {len(one.split.test):,} test papers"
    others = len(one.split.test) - inside
    return f"{text}, {others:,} of them of other fields" if others else text


def figures(rows: Sequence[Row]) -> str:
    """What the systems reach on one set of test papers."""
    reference = next((row for row in rows if row.name == REFERENCE), None)
    head = ["", COLUMNS["micro_f1"], f"less {reference.title}" if reference else "difference"]
    lines = [[*head, *list(COLUMNS.values())[1:]]]
    for row in rows:
        cells = [value_text(getattr(row.metrics, name), row.intervals[name]) for name in COLUMNS]
        gain = row.gain(reference) if reference and row.name != reference.name else None
        lines.append([row.title, cells[0], difference_text(gain), *cells[1:]])
    return _markdown(lines)


def costs(sets: Sequence[TestSet]) -> str:
    """What each system costs, once for all sets; its pace is that on the first of them."""
    lines = [["", "training, s", "papers/s", "MB on disk", "notes"]]
    for name in dict.fromkeys(row.name for one in sets for row in one.rows):
        if name.endswith(", one"):
            continue  # another reading of the same scores costs the same
        found = [(one, row) for one in sets for row in one.rows if row.name == name]
        trained = found[0][1].run.trained
        seconds = "-" if math.isnan(trained.seconds) else f"{trained.seconds:,.0f}"
        notes = [trained.note]
        notes += [f"{one.split.name}: {row.run.scored.note}" for one, row in found
                  if row.run.scored.note]  # fmt: skip
        rate = f"{found[0][1].run.scored.rate:,.0f}"
        title = found[0][1].title
        lines.append([title, seconds, rate, f"{trained.megabytes:.1f}", "; ".join(notes)])
    return _markdown(lines)


def page(sets: Sequence[TestSet], machine: str) -> str:
    """`docs/quality.md`."""
    split = sets[0].split
    resamples = len(sets[0].rows[0].draws["micro_f1"])
    pictures = "\n\n".join(
        f"![{one.split.name}: micro-F1, macro-F1 and precision at 1 with their intervals]"
        f"({one.picture('quality')})"
        for one in sets
    )
    return f"""# Quality

Written by `python -m benchmarks.quality`; do not edit it. {len(split.labelled):,} labelled papers
with the digest `{split.labelled_digest[:12]}`, {len(split.taxonomy.ids)} areas. In brackets, 95 %
intervals from {resamples:,} resamples of the test papers; a difference is paired, on the same
resamples. Machine: {machine}; other work may have run beside it, so seconds are upper bounds.

{tables(sets)}

{pictures}

**The same treatment for all.** What is compared is the ranking of areas, not the thresholds that
a library happens to have: the scores of every peer go through our own calibration (a slope, an
offset and a threshold an area, `training/heads/calibration.py`), fitted on labelled papers that the
peer was not trained on: by cross-validation where training is cheap, on a held-out part where it is
not. Rows "one threshold" have one slope, offset and threshold for all areas. Ours is the model
folder as it is used, with the calibration and the rules for papers of other fields inside it.

Training time is that of one training on all the papers that the system learned from; the rate is
from text to scores, on all cores that the system itself uses. The notes say how many papers each
system was trained on, where that is not all of them.
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
