"""Score a model on labelled papers, next to TF-IDF + logistic regression."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tagstract.cli.messages import print_problems
from tagstract.cli.options import add_model, add_speed
from tagstract.labels.errors import OK, SOME_FAILED, InputError
from tagstract.labels.extras import need
from tagstract.labels.speed import Speed

if TYPE_CHECKING:
    from tagstract.labels import LabelledSet
    from tagstract.training.evaluation.comparison import Evaluation
    from tagstract.training.evaluation.groups import Grouping

RESAMPLES, MIN_RESAMPLES = 2000, 100
WIDTH = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("files", nargs="+", metavar="LABELLED",
        help="labelled files, in any format that `tag` reads")  # fmt: skip
    add_model(parser)
    add_speed(parser)
    add("--by", metavar="FIELD",
        help="figures also by a field of the papers, such as `categories`: its first word,"
        " or the first of its list")  # fmt: skip
    add("--papers", nargs="+", default=[], metavar="FILE",
        help="files with the field of --by, for papers that lack it, joined by `id`")  # fmt: skip
    add("--json", action="store_true", help="print one JSON object")
    add("--report", metavar="FILE.html", type=Path, help="write an HTML report")
    add("--to-card", metavar="SET",
        help="also put the figures into the card of the model folder that --model names, under"
        " this name of the set; the folder is sealed anew")  # fmt: skip
    add("--labelled-by", metavar="TEXT",
        help="with --to-card: who labelled the set, such as 'two annotators'")  # fmt: skip
    add("--resamples", metavar="N", type=int, default=RESAMPLES,
        help="bootstrap resamples for the intervals (default: %(default)s)")  # fmt: skip
    add("--seed", metavar="N", type=int, default=0, help="bootstrap seed (default: %(default)s)")


def run(arguments: argparse.Namespace) -> int:
    _check(arguments)
    need("retrain")
    from tagstract.labels import read_labelled
    from tagstract.model_folder import Model, resolve
    from tagstract.training.evaluation.comparison import evaluate, to_json

    model = Model.load(resolve(arguments.model), speed=Speed(arguments.speed))
    labelled = read_labelled(arguments.files, model.taxonomy)
    print_problems(labelled)
    grouping = _grouping(arguments, labelled)
    evaluation = evaluate(model, labelled, arguments.resamples, arguments.seed, grouping)
    if evaluation.seen:
        print(
            f"warning: {model.tag} was trained on {evaluation.seen:,} of these "
            f"{len(labelled):,} papers; their scores are too optimistic",
            file=sys.stderr,
        )
    if arguments.to_card:
        from tagstract.training.sealing.resealing import add_set

        add_set(model.folder, arguments.to_card, evaluation, arguments.labelled_by)
    if arguments.report:
        from tagstract.training.evaluation.report import write_report

        write_report(arguments.report, evaluation, arguments.files)
    if arguments.json:
        print(json.dumps(to_json(evaluation), indent=2, ensure_ascii=False, allow_nan=False))
    else:
        print(summary(evaluation))
        if arguments.report:
            print(f"\nreport: {arguments.report}")
    return SOME_FAILED if labelled.problems else OK


def summary(evaluation: Evaluation) -> str:
    """The areas, worst last, then the figures: what stands at the end is what is seen first."""
    from tagstract.training.evaluation.group_tables import tags_lines

    ours, theirs = evaluation.model, evaluation.baseline
    found = f"{ours.metrics.n:,} papers" + (
        f" ({evaluation.left_out:,} bad records left out)" if evaluation.left_out else ""
    )
    return "\n".join(
        [
            *_areas(evaluation),
            *_groups(evaluation),
            "",
            f"{ours.name} on {found}, beside {theirs.name};",
            "in brackets, 95 % intervals",
            "",
            *_figures(evaluation),
            "",
            "calibration error: lower is better",
            "",
            *tags_lines(evaluation.tags),
        ]
    )


def _grouping(arguments: argparse.Namespace, labelled: LabelledSet) -> Grouping | None:
    if arguments.by is None or not labelled.papers:
        return None
    from tagstract.labels.field_values import field_values
    from tagstract.training.evaluation.groups import Grouping

    return Grouping(arguments.by, field_values(labelled.papers, arguments.by, arguments.papers))


def _groups(evaluation: Evaluation) -> list[str]:
    """Figures by file and by field, where there are such."""
    from tagstract.training.evaluation.group_tables import breakdown_lines, file_lines

    lines: list[str] = []
    if evaluation.by is not None:
        lines += ["", *breakdown_lines(evaluation.by)]
    if evaluation.files:
        lines += ["", *file_lines(evaluation.files)]
    return lines


def _figures(evaluation: Evaluation) -> list[str]:
    from tagstract.training.evaluation.bootstrap import difference_text, value_text
    from tagstract.training.evaluation.comparison import FIGURE_NAMES

    lines = [f"{'':29} {'model':21} {'TF-IDF + LR':21} difference"]
    for figure, name in FIGURE_NAMES.items():
        cells = [
            value_text(getattr(result.metrics, figure), result.intervals[figure])
            for result in (evaluation.model, evaluation.baseline)
        ]
        paired = difference_text(evaluation.paired[figure])
        lines.append(f"{name:29} {cells[0]:21} {cells[1]:21} {paired}")
    return lines


def _areas(evaluation: Evaluation) -> list[str]:
    from tagstract.training.evaluation.bootstrap import value_text

    ours, theirs = evaluation.model, evaluation.baseline
    known = [area for area, interval in ours.area_intervals.items() if interval is not None]
    scores = ours.metrics.per_area
    lines = [f"{'area':29} papers  precision  recall  {'F1':21}  TF-IDF + LR"]
    for area in sorted(known, key=lambda area: -scores[area].f1):
        found = scores[area]
        name = area if len(area) <= 28 else f"{area[:27]}…"
        lines.append(
            f"{name:29} {found.support:6}  {found.precision:9.3f}  {found.recall:6.3f}  "
            f"{value_text(found.f1, ours.area_intervals[area]):21}  "
            f"{theirs.metrics.per_area[area].f1:11.3f}"
        )
    if len(known) < len(scores):
        lines.append(f"{len(scores) - len(known)} more areas that no paper has or gets")
    return lines


def _check(arguments: argparse.Namespace) -> None:
    """Refuse what can't work before anything slow is done."""
    if arguments.resamples < MIN_RESAMPLES:
        raise InputError(f"--resamples is {arguments.resamples}; use at least {MIN_RESAMPLES}")
    if arguments.seed < 0:
        raise InputError(f"--seed is {arguments.seed}; use 0 or more")
    _check_card(arguments)
    if arguments.papers and arguments.by is None:
        raise InputError("--papers needs --by FIELD, the field to group by")
    if arguments.report:
        from tagstract.labels.storage.atomic import check_place

        if arguments.report.suffix.lower() not in (".html", ".htm"):
            raise InputError(
                "reports are HTML; use a name that ends in .html", str(arguments.report)
            )
        check_place(arguments.report)


def _check_card(arguments: argparse.Namespace) -> None:
    """Refuse a card that can't be written: figures in it are those of a folder at full speed."""
    if arguments.labelled_by and not arguments.to_card:
        raise InputError("--labelled-by is for --to-card; name the set by --to-card SET")
    if arguments.to_card is None:
        return
    if not arguments.to_card.strip():
        raise InputError("--to-card is empty; give a name of the set")
    if arguments.model is None or not Path(arguments.model).is_dir():
        raise InputError("--to-card writes into a model folder; name one by --model DIR")
    if arguments.speed != Speed.BEST.value:
        raise InputError(f"--to-card is for --speed {Speed.BEST.value}; leave --speed out")
