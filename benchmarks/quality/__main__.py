"""`python -m benchmarks.quality --labelled TRAIN... --test TEST...`."""

from __future__ import annotations

import argparse
import platform
import sys
from pathlib import Path

from benchmarks.quality import annif, linear, ours, setfit
from benchmarks.quality.chart import chart
from benchmarks.quality.split import Split, read_splits
from benchmarks.quality.system import Options, System, cached
from benchmarks.quality.table import Row, TestSet, page, tables
from tagstract.labels import TagstractError, load_taxonomy
from tagstract.labels.taxonomy import DEFAULT_PATH
from tagstract.training.evaluation.bootstrap import RESAMPLES

BOTH_READINGS = ("tfidf-lr", "tfidf-svm")

SYSTEMS = {
    "tfidf-lr": System(
        "TF-IDF + LR",
        lambda _: {**linear.TFIDF, **linear.LR},
        linear.train_lr,
        linear.score_tfidf,
    ),
    "tfidf-svm": System(
        "TF-IDF + linear SVM",
        lambda _: {**linear.TFIDF, **linear.SVM},
        linear.train_svm,
        linear.score_tfidf,
    ),
    "frozen-lr": System(
        "frozen MiniLM + LR",
        lambda _: {"C": linear.FROZEN_CS, "tokens": linear.FROZEN_TOKENS, "held out": True},
        linear.train_frozen,
        linear.score_frozen,
    ),
    "setfit": setfit.SYSTEM,
    "annif": annif.SYSTEM,
    "ours": ours.SYSTEM,
}


def parser() -> argparse.ArgumentParser:
    result = argparse.ArgumentParser(
        prog="python -m benchmarks.quality",
        description="Train peers, score them and ours on the same papers, and print both.",
    )
    add = result.add_argument
    add("--labelled", nargs="+", required=True, metavar="FILE", help="to train on")
    add("--test", nargs="+", required=True, metavar="FILE", help="to score on, each by itself")
    add("--taxonomy", default=str(DEFAULT_PATH), metavar="FILE")
    add("--only", metavar="NAME,...", help=f"of {', '.join(SYSTEMS)}; default: all")
    add("--again", default="", metavar="NAME,...", help="run these again, whatever was kept")
    add("--model", metavar="NAME_OR_DIR", help="ours; default: the model that ships")
    add(
        "--retrain", action="store_true", help="train ours in this run, not before it: half an hour"
    )
    add("--setfit-steps", type=int, default=Options.setfit_steps, metavar="N")
    add("--limit", type=int, metavar="N", help="papers of each side, for a quick look")
    add("--shuffle", action="store_true", help="control: labels dealt out anew, nothing to learn")
    add("--resamples", type=int, default=RESAMPLES, metavar="N", help="behind the intervals")
    add(
        "--write",
        type=Path,
        metavar="FILE.md",
        help="write the tables, and beside them a picture of each",
    )
    add("--folder", type=Path, default=Options.folder, help="keeps scores (default: %(default)s)")
    return result


def main(words: list[str] | None = None) -> int:
    arguments = parser().parse_args(words)
    try:
        names = _names(arguments.only) if arguments.only else list(SYSTEMS)
        again = _names(arguments.again)
        splits = read_splits(
            arguments.labelled,
            arguments.test,
            load_taxonomy(arguments.taxonomy),
            arguments.limit,
            arguments.shuffle,
        )
        options = Options(
            arguments.model, arguments.retrain, arguments.setfit_steps, arguments.folder
        )
        sets = [TestSet(split, []) for split in splits]
        failed = False
        for name in names:
            try:
                for place, one in enumerate(sets):
                    fresh = place == 0 and name in again
                    one.rows.extend(rows_of(name, one.split, options, arguments.resamples, fresh))
            except TagstractError as error:  # one peer that fails takes no other with it
                _log(f"{name}: left out: {error}")
                failed = True
        sets = [one for one in sets if one.rows]
        if sets:
            print(tables(sets))
        if sets and arguments.write:
            arguments.write.write_text(page(sets, _machine()), encoding="utf-8")
            for one in sets:
                picture = arguments.write.with_name(one.picture(arguments.write.stem))
                picture.write_text(chart(one.rows), encoding="utf-8")
    except TagstractError as error:
        _log(str(error))
        return 2
    return int(failed)


def rows_of(name: str, split: Split, options: Options, resamples: int, again: bool) -> list[Row]:
    """The row of a system on one set of test papers; two for some, calibrated in two ways."""
    system = SYSTEMS[name]
    run = cached(name, system, split, options, _log, again)
    rest = (split.taxonomy.ids, resamples)
    rows = [Row.of(name, system.title, run, run.scores(split.truth), *rest)]
    if name in BOTH_READINGS:
        title, scores = f"{system.title}, one threshold", run.scores(split.truth, True)
        rows.append(Row.of(f"{name}, one", title, run, scores, *rest))
    return rows


def _names(given: str) -> list[str]:
    names = [name.strip() for name in given.split(",") if name.strip()]
    for name in names:
        if name not in SYSTEMS:
            raise TagstractError(f"no system '{name}'; there are {', '.join(SYSTEMS)}")
    return names


def _machine() -> str:
    from tagstract.model_folder.encoder import threads_to_use

    name = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return f"{threads_to_use()} cores of {name}"


def _log(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
