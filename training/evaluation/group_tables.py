"""The figures of groups of papers as plain text, at most 100 columns wide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tagstract.training.evaluation.bootstrap import difference_text, value_text
from tagstract.training.evaluation.groups import MIN_GROUP, Breakdown, GivenTags, Group

_NAME = 17


def tags_lines(tags: GivenTags | None) -> list[str]:
    """How reliable the given tags are, as a whole and by probability."""
    if tags is None:
        return ["given tags: none"]
    lines = [
        f"given tags: {tags.count:,}, mean probability {tags.confidence:.3f}, "
        f"{tags.accuracy:.3f} of them right,",
        f"difference {difference_text(tags.gap)}; by probability:",
    ]
    return lines + [
        f"  {one.low:.1f} to {one.high:.1f}: {one.count:6,} tags, mean probability "
        f"{one.confidence:.3f}, right {one.accuracy:.3f}"
        for one in tags.bins
    ]


def group_lines(title: str, groups: Sequence[Group]) -> list[str]:
    """A table with a line for each group."""
    head = (
        f"{'papers':>6}  {'micro-F1':20} {'tags':>6} {'prob.':>6} {'right':>6}  {'difference':23}"
    )
    lines = [f"{title[:_NAME]:{_NAME}} {head} no tag"]
    for group in groups:
        tags, lost = group.tags, group.without_tags
        cells = f"{0:6} {'-':>6} {'-':>6}  {'-':23}"
        if tags is not None:
            cells = (
                f"{tags.count:6} {tags.confidence:6.3f} {tags.accuracy:6.3f}  "
                f"{difference_text(tags.gap):23}"
            )
        lines.append(
            f"{_shortened(group.name):{_NAME}} {group.papers:6}  "
            f"{value_text(group.micro_f1, group.interval):20} {cells} "
            + ("     -" if lost is None else f"{lost:6.1%}")
        )
    return lines


def file_lines(groups: Sequence[Group]) -> list[str]:
    """The table of several files."""
    return group_lines("file", [replace(one, name=Path(one.name).name) for one in groups])


def breakdown_lines(found: Breakdown) -> list[str]:
    """The tables of the groups that a field makes."""
    lines = group_lines(found.field, found.groups)
    if found.small_groups:
        lines.append(
            f"{found.small_groups} more groups of fewer than {MIN_GROUP} papers, "
            f"{found.small_papers} papers together"
        )
    if found.without_value:
        lines.append(f"{found.without_value} papers without '{found.field}'")
    if found.other_fields:
        lines += ["", f"{'papers of no area':30} papers  without tags"]
        lines += [
            f"{one.name[:30]:30} {one.papers:6}  {value_text(one.without_tags, one.interval)}"
            for one in found.other_fields
        ]
    return lines


def _shortened(name: str) -> str:
    return name if len(name) <= _NAME else f"{name[: _NAME - 1]}…"
