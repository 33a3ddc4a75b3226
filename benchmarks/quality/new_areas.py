"""An area that a taxonomy gains, learned by the head mode from a handful of papers.

    python -m benchmarks.quality.new_areas --labelled TRAIN... --test DEV... [--areas 10]

For each of ten areas: heads are fitted on three fifths of the labelled papers without that area,
`train --mode head` gets the taxonomy that has it and eight papers of it, and what comes out tags
the other papers. The rehearsed starter papers are those without the area: nobody labels a starter
set with an area that is yet to come.

By default the encoder is that of the model that ships. It was fine-tuned on labels of all areas,
the new one among them: an area that is truly new will do worse. `--encoder plain` is the base as it
comes, which has seen no label at all, and is weaker than an encoder of this field would be;
`--encoder DIR` is a model folder of your own, such as one trained without these areas.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, precision_recall_curve

from benchmarks.quality.old_model import PLAIN, OldHeads, Papers, Source, choose
from benchmarks.quality.split import pick
from benchmarks.quality.system import Options
from tagstract.labels import STARTER_PATH, TagstractError, Taxonomy, load_taxonomy, read_labelled
from tagstract.labels.taxonomy import DEFAULT_PATH
from tagstract.model_folder import Model
from tagstract.model_folder import format as files
from tagstract.training.data.heldout import split_rows
from tagstract.training.data.training_data import TrainingData
from tagstract.training.evaluation.measures import share
from tagstract.training.heads.linear import one_thread_a_product
from tagstract.training.modes.frozen_encoder import train_head
from tagstract.training.sealing.writing import Destination

SCORED = 0.4
"""Share of the labelled papers that give the shots and score the rest."""

TARGET_F1, TARGET_LOSS = 0.6, 0.005

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Found:
    """How one area came out; `papers` have it, of those that were scored.

    best_f1 is F1 at the threshold that suits these very papers best: what a better threshold could
    win. before, after: micro-F1 of the old areas; the same with `test` in the name on test papers.
    """

    area: str
    papers: int
    precision: float
    recall: float
    f1: float
    average_precision: float
    best_f1: float
    before: float
    after: float
    test_before: float
    test_after: float


def main(words: list[str] | None = None) -> int:
    arguments = parser().parse_args(words)
    try:
        with one_thread_a_product():
            found = run(arguments)
    except TagstractError as error:
        print(error, file=sys.stderr)
        return 2
    print(report(found, arguments))
    return 0


def parser() -> argparse.ArgumentParser:
    result = argparse.ArgumentParser(
        prog="python -m benchmarks.quality.new_areas",
        description="Learn areas that a taxonomy gains from a handful of papers each.",
    )
    add = result.add_argument
    add("--labelled", nargs="+", required=True, metavar="FILE")
    add("--test", nargs="+", required=True, metavar="FILE", help="the old areas on these too")
    add("--areas", type=int, default=10, metavar="N")
    add("--shots", type=int, default=8, metavar="N", help="papers of the new area")
    add("--encoder", metavar="DIR", help=f"a model, or '{PLAIN}'; default: the one that ships")
    add("--limit", type=int, metavar="N", help="labelled papers at most, for a quick look")
    add("--folder", type=Path, default=Options.folder, help="keeps 'plain' (default: %(default)s)")
    add("--seed", type=int, default=0)
    return result


def run(arguments: argparse.Namespace) -> list[Found]:
    taxonomy = load_taxonomy(DEFAULT_PATH)
    labelled = read_labelled(arguments.labelled, taxonomy)
    labelled = pick(labelled, range(len(labelled))[: arguments.limit])
    test = read_labelled(arguments.test, taxonomy)
    found = []
    with tempfile.TemporaryDirectory(prefix="tagstract-areas-") as scratch:
        source = Source.of(arguments.encoder, arguments.folder)
        papers, tested = (source.papers(one, taxonomy, _log) for one in (labelled, test))
        rest, scored = split_rows(papers.targets, SCORED, arguments.seed)
        # As the model that ships is: fitted on the starter set too.
        starter = source.papers(read_labelled([STARTER_PATH], taxonomy), taxonomy, _log)
        heads = OldHeads.fit(papers.pick(rest), starter, arguments.seed, _log)
        pool = papers.pick(scored)
        for area in choose(labelled, taxonomy, arguments.areas, arguments.seed):
            column = taxonomy.ids.index(area)
            with tempfile.TemporaryDirectory(dir=scratch) as folder:
                old = heads.without(column, source, taxonomy, Path(folder) / "old")
                one = learn(old, pool, tested, taxonomy, column, arguments, Path(folder) / "new")
            _log(f"{area}: F1 {one.f1:.3f}, old areas {one.after - one.before:+.4f}")
            found.append(one)
    return found


def learn(
    old: Model,
    pool: Papers,
    tested: Papers,
    taxonomy: Taxonomy,
    column: int,
    arguments: argparse.Namespace,
    folder: Path,
) -> Found:
    """One area: its shots are drawn from `pool`, whose other papers score it."""
    random = np.random.default_rng([arguments.seed, column])
    shots = random.permutation(np.flatnonzero(pool.targets[:, column]))[: arguments.shots]
    scored = pool.pick(np.setdiff1d(np.arange(len(pool.targets)), shots))
    starter = read_labelled([STARTER_PATH], taxonomy)
    lacking = [row for row, given in enumerate(starter.labels) if taxonomy.ids[column] not in given]
    folder.mkdir()
    (folder / files.TAXONOMY).write_bytes(DEFAULT_PATH.read_bytes())
    train_head(
        TrainingData.of(pool.pick(shots).labelled, taxonomy),
        old,
        Destination(folder, "new", "1"),
        lambda _: None,
        arguments.seed,
        pick(starter, lacking),
    )
    new = Model.load(folder)
    others = np.arange(len(taxonomy.ids)) != column
    probabilities, given = _tags(new, scored)
    truth = scored.targets > 0.5
    right = int((given & truth)[:, column].sum())
    precision, recall, _ = precision_recall_curve(truth[:, column], probabilities[:, column])
    before, after, test_before, test_after = (
        _micro(_tags(model, on)[1][:, kept], on.targets[:, others] > 0.5)
        for on in (scored, tested)
        for model, kept in ((old, np.ones(others.sum(), dtype=bool)), (new, others))
    )
    wanted, guessed = int(truth[:, column].sum()), int(given[:, column].sum())
    return Found(
        taxonomy.ids[column],
        wanted,
        float(share(right, guessed)),
        float(share(right, wanted)),
        float(share(2 * right, guessed + wanted)),
        float(average_precision_score(truth[:, column], probabilities[:, column])),
        float(share(2 * precision * recall, precision + recall).max()),
        before,
        after,
        test_before,
        test_after,
    )


def report(found: Sequence[Found], arguments: argparse.Namespace) -> str:
    """Markdown, with means that are intervals of a bootstrap over the areas."""
    lines = [
        "| area | papers | precision | recall | F1 | average precision | F1, best threshold "
        "| old areas' micro-F1 | on the test papers |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for one in found:
        lines.append(
            f"| {one.area} | {one.papers} | {one.precision:.3f} | {one.recall:.3f} "
            f"| {one.f1:.3f} | {one.average_precision:.3f} | {one.best_f1:.3f} "
            f"| {one.before:.3f} {one.after - one.before:+.4f} "
            f"| {one.test_before:.3f} {one.test_after - one.test_before:+.4f} |"
        )
    f1, low, high = _mean([one.f1 for one in found])
    loss, *_ = _mean([one.before - one.after for one in found])
    test_loss, *_ = _mean([one.test_before - one.test_after for one in found])
    ranked, *_ = _mean([one.average_precision for one in found])
    best, *_ = _mean([one.best_f1 for one in found])
    encoder = arguments.encoder or "the one that ships"
    seen = "saw no label" if encoder == PLAIN else "saw labels of the new areas when fine-tuned"
    met = f1 >= TARGET_F1 and max(loss, test_loss) <= TARGET_LOSS
    return "\n".join(
        [
            *lines,
            "",
            f"{len(found)} areas, {arguments.shots} papers each; encoder: {encoder}, which {seen}.",
            f"new areas: mean F1 {f1:.3f} [{low:.3f}, {high:.3f}], average precision {ranked:.3f}, "
            f"F1 at the best threshold {best:.3f}",
            f"old areas: micro-F1 {-loss:+.4f}, on the test papers {-test_loss:+.4f}",
            f"target (F1 {TARGET_F1}, at most {TARGET_LOSS} lost): {'met' if met else 'missed'}",
        ]
    )


def _tags(model: Model, papers: Papers) -> tuple[Floats, Flags]:
    """Probabilities and given tags, both (papers, areas of the model)."""
    logits = model.logits(papers.embeddings, model.lexical.logits(papers.texts))
    probabilities = model.scale.probabilities(logits)
    return probabilities, probabilities >= model.thresholds


def _micro(given: Flags, truth: Flags) -> float:
    return float(share(2 * (given & truth).sum(), given.sum() + truth.sum()))


def _mean(values: list[float]) -> tuple[float, float, float]:
    """With the percentile interval of resampled areas."""
    drawn = np.random.default_rng(0).choice(values, (2000, len(values))).mean(1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(np.mean(values)), float(low), float(high)


def _log(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
