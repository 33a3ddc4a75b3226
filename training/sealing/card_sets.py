"""The part of a model card on labelled sets that took no part in training: one section a set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tagstract.training.evaluation.bootstrap import (
    Difference,
    Interval,
    difference_text,
    value_text,
)
from tagstract.training.evaluation.groups import MIN_GROUP

OUTSIDE = "outside"
"""In `metrics.json`: what `tagstract evaluate --to-card` has measured, by the name of the set."""

_ROWS = (
    ("micro_f1", "micro-F1"),
    ("macro_f1", "macro-F1"),
    ("precision_at_1", "precision at 1"),
    ("average_precision", "average precision"),
    ("coverage", "papers with areas that get a tag"),
    ("other_fields", "papers of other fields without tags"),
    ("ece_tags", "calibration error of given tags"),
)


def outside_sets(metrics: Mapping[str, Any]) -> str:
    """Markdown of all such sets; nothing where there are none."""
    return "".join(_set(name, one) for name, one in (metrics.get(OUTSIDE) or {}).items())


def _set(name: str, found: Mapping[str, Any]) -> str:
    who = f", labelled by {found['labelled_by']}" if found.get("labelled_by") else ""
    areas = found["with_areas"]
    text = f"""
### {name}

{found["n"]:,} papers{who}; {areas:,} have areas, {found["n"] - areas:,} are of other fields.
Measured by `tagstract evaluate`; in brackets, 95 % intervals. The baseline is TF-IDF + logistic
regression on the papers that the model was trained on.
"""
    if found["seen"]:
        seen = f"The model was trained on {found['seen']:,} of them: these figures are too good."
        text += f"\n**{seen}**\n"
    text += "\n" + _table(
        ["figure", "model", "baseline", "difference"], [_row(found, *one) for one in _ROWS]
    )
    if tags := found["given_tags"]:
        text += (
            f"\nIts {tags['count']:,} tags have a mean probability of "
            f"{tags['confidence']:.3f}, and {tags['accuracy']:.3f} of them are right\n"
            f"(difference {_difference(tags['gap'])}).\n"
        )
    return text + (_groups(found["by"]) if found["by"] else "")


def _row(found: Mapping[str, Any], key: str, name: str) -> list[str]:
    theirs = found["baseline"]
    return [
        name,
        value_text(found[key], _interval(found["intervals"][key])),
        value_text(theirs[key], _interval(theirs["intervals"][key])),
        _difference(found["paired"][key]),
    ]


def _groups(by: Mapping[str, Any]) -> str:
    text = ""
    if by["groups"]:
        head = [by["field"], "papers", "micro-F1", "mean probability of tags", "right", "no tag"]
        text += "\n" + _table(head, [_group(one) for one in by["groups"]])
    if by["small_groups"] or by["without_value"]:
        text += (
            f"\nNot shown: {by['small_groups']} groups of fewer than {MIN_GROUP} papers "
            f"({by['small_papers']} papers together),\nand {by['without_value']} papers without "
            "this field.\n"
        )
    if by["other_fields"]:
        rows = [
            [one["name"], str(one["papers"]), value_text(one["without_tags"], _interval(one))]
            for one in ({**one, **one["interval"]} for one in by["other_fields"])
        ]
        text += "\n" + _table(["papers of other fields", "papers", "without tags"], rows)
    return text


def _group(one: Mapping[str, Any]) -> list[str]:
    tags, lost = one["tags"], one["without_tags"]
    return [
        one["name"],
        str(one["papers"]),
        value_text(one["micro_f1"], _interval(one["interval"])),
        f"{tags['confidence']:.3f}" if tags else "-",
        f"{tags['accuracy']:.3f}" if tags else "-",
        "-" if lost is None else f"{lost:.1%}",
    ]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _interval(value: Mapping[str, float] | None) -> Interval | None:
    return Interval(value["low"], value["high"]) if value else None


def _difference(value: Mapping[str, float] | None) -> str:
    if value is None:
        return "-"
    return difference_text(Difference(value["difference"], value["low"], value["high"]))
