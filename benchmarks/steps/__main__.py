"""`python -m benchmarks.steps --labelled FILE... [--unlabelled FILE...] [--teacher FOLDER]`."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from sklearn.metrics import average_precision_score

from benchmarks.steps.material import Material
from benchmarks.steps.steps import STEPS, kept
from tagstract.labels import TagstractError, load_taxonomy, read_labelled
from tagstract.training.evaluation.bootstrap import Draws, draw, paired
from tagstract.training.evaluation.measures import Metrics, measure
from tagstract.training.heads.combined import HeldOut, crossed_scores
from tagstract.training.transformer.recipe import Recipe

HEAD = ("step", "transformer alone, AP", "micro-F1", "to the recipe", "macro-F1", "P@1", "minutes")


def parser() -> argparse.ArgumentParser:
    result = argparse.ArgumentParser(
        prog="python -m benchmarks.steps",
        description="Train on a part of the labelled papers with one thing changed at a time.",
    )
    add = result.add_argument
    add("--labelled", nargs="+", required=True, metavar="FILE")
    add("--papers", type=int, default=3000, metavar="N", help="to train on (default: %(default)s)")
    add("--scored", type=int, default=2000, metavar="N", help="held out (default: %(default)s)")
    add("--epochs", type=int, default=3, metavar="N", help="(default: %(default)s)")
    add("--tokens", type=int, default=96, metavar="N",
        help="of a paper in training (default: %(default)s)")  # fmt: skip
    add("--max-tokens", type=int, default=256, metavar="N",
        help="of a paper that is scored (default: %(default)s)")  # fmt: skip
    add("--unlabelled", nargs="+", default=[], metavar="FILE", help="for the steps that need some")
    add("--max-unlabelled", type=int, default=6000, metavar="N", help="(default: %(default)s)")
    add("--teacher", metavar="FOLDER", help="a stronger base, for the steps that need one")
    add("--base", metavar="FOLDER", help="in place of the packaged base")
    add("--only", metavar="NAME,...", help=f"of {', '.join(STEPS)}; default: all that can be done")
    add("--folder", type=Path, default=Path("build/steps"), help="keeps logits and checkpoints")
    return result


def main(words: list[str] | None = None) -> int:
    arguments = parser().parse_args(words)
    try:
        names = _names(arguments)
        material = _material(arguments)
        rows = _rows(names, material)
    except TagstractError as error:
        print(error, file=sys.stderr)
        return 2
    sizes = f"{len(material.train)} papers to train on, {arguments.epochs} epochs"
    sizes += f" at {arguments.tokens} tokens"
    print(f"{sizes}; {len(material.score)} scored, with the lexical head beside the transformer\n")
    print("\n".join([line(HEAD), line(["---"] * len(HEAD)), *rows]))
    return 0


def _material(arguments: argparse.Namespace) -> Material:
    taxonomy = load_taxonomy()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    return Material.of(
        read_labelled(arguments.labelled, taxonomy),
        taxonomy,
        arguments.papers,
        arguments.scored,
        recipe=Recipe(
            epochs=arguments.epochs,
            train_tokens=arguments.tokens,
            max_tokens=arguments.max_tokens,
        ),
        base=arguments.base,
        unlabelled=tuple(arguments.unlabelled),
        max_unlabelled=arguments.max_unlabelled,
        teacher=arguments.teacher,
        folder=arguments.folder,
        log=lambda text: print(text, file=sys.stderr, flush=True),
    )


def _rows(names: Sequence[str], material: Material) -> list[str]:
    """A line a step, each told as soon as it is known."""
    reference: tuple[Metrics, Draws] | None = None
    rows = []
    for name in names:
        started = time.monotonic()
        logits = kept(material, name, STEPS[name].run)[: len(material.score)]
        minutes = (time.monotonic() - started) / 60
        scores, lexical = crossed_scores(HeldOut(logits, material.lexical, material.truth), 0)
        if reference is None:
            rows.append(_row("lexical head alone", None, measure(lexical, material.taxonomy.ids)))
        found = measure(scores, material.taxonomy.ids), draw(scores)
        difference = paired(found, reference)["micro_f1"] if reference else None
        reference = reference or found
        gain = ""
        if difference is not None:
            low, high = difference.low, difference.high
            gain = f"{difference.difference:+.4f} ({low:+.4f} to {high:+.4f})"
        alone = average_precision_score(material.truth.ravel(), logits.ravel())
        rows.append(_row(STEPS[name].title, alone, found[0], gain, minutes))
        material.log(rows[-1])
    return rows


def _row(
    title: str,
    alone: float | None,
    metrics: Metrics,
    difference: str = "",
    minutes: float | None = None,
) -> str:
    figures = (metrics.micro_f1, metrics.macro_f1, metrics.precision_at_1)
    micro, macro, first = (f"{figure:.4f}" for figure in figures)
    shown = "" if alone is None else f"{alone:.4f}"
    # A run that was kept costs nothing.
    spent = f"{minutes:.1f}" if minutes is not None and minutes > 0.3 else ""
    return line((title, shown, micro, difference, macro, first, spent))


def line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _names(arguments: argparse.Namespace) -> list[str]:
    """The steps that are asked for, the plain one first."""
    has = {"": True, "unlabelled": bool(arguments.unlabelled)}
    has["teacher"] = bool(arguments.teacher and arguments.unlabelled)
    if not arguments.only:
        return [name for name, step in STEPS.items() if has[step.needs]]
    asked = [name.strip() for name in arguments.only.split(",") if name.strip() != "plain"]
    for name in asked:
        if name not in STEPS:
            raise TagstractError(f"no step '{name}'; there are {', '.join(STEPS)}")
        if not has[STEPS[name].needs]:
            lacks = "unlabelled" if not arguments.unlabelled else "teacher"
            raise TagstractError(f"the step '{name}' needs --{lacks}")
    return ["plain", *asked]


if __name__ == "__main__":
    raise SystemExit(main())
