"""Labels in the layouts that people have: every one is read as the same two labelled papers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from layouts.papers import PAPERS, Invented, lines_of
from layouts.tables import table

from tagstract.labels import load_taxonomy, read_labelled

TAXONOMY = load_taxonomy()
AREAS = ("time-series", "speech-audio", "robotics")
LABELS = {PAPERS[0].number: ["time-series", "robotics"], PAPERS[1].number: ["speech-audio"]}
NAMES = {area.id: area.name for area in TAXONOMY.areas}


def given(paper: Invented) -> list[str]:
    return LABELS[paper.number]


def tabular(columns: list[str], cells: Callable[[Invented], list[str]]) -> str:
    names = ["title", "abstract", *columns]
    return table(names, lambda paper: [paper.title, paper.abstract, *cells(paper)])


def joined(separator: str, column: str = "labels", lead: str = "") -> str:
    return tabular([column], lambda paper: [lead + separator.join(given(paper))])


def one_hot(yes: str, no: str, column: str = "{}") -> str:
    return tabular(
        [column.format(area) for area in AREAS],
        lambda paper: [yes if area in given(paper) else no for area in AREAS],
    )


def written(write: Callable[[Invented], Any]) -> str:
    return tabular(["labels"], lambda paper: [str(write(paper))])


def objects(fields: Callable[[Invented], dict[str, Any]]) -> bytes:
    return lines_of(
        [{"title": paper.title, "abstract": paper.abstract, **fields(paper)} for paper in PAPERS]
    )


def several(paper: Invented) -> list[str]:
    return [*given(paper), ""][:2]


LONG = "title,abstract,label\n" + "".join(
    f'"{paper.title}","{paper.abstract}",{area}\n' for paper in PAPERS for area in given(paper)
)
LAYOUTS: dict[str, str | bytes] = {
    **{f"joined by {mark!r}": joined(mark) for mark in
       ("; ", ", ", "|", " / ", " & ", " and ", " · ", " + ", " || ", "\n", " ")},
    "hashtags": joined(" #", lead="#"),
    "bullets": joined("\n- ", lead="- "),
    **{f"a column {name}": joined(";", name) for name in
       ("Label", "TAGS", "Research Areas", "Kategorien", "Étiquettes", "Themes", "gold")},
    **{f"one-hot {yes}, {no}": one_hot(yes, no) for yes, no in
       (("1", "0"), ("1.0", "0.0"), ("TRUE", "FALSE"), ("Yes", "No"), ("x", ""), ("✓", ""),
        ("ja", "nein"), ("+", "-"))},
    **{f"one-hot {column}": one_hot("1", "0", column) for column in
       ("label_{}", "labels/{}", "area: {}", "is_{}", "topic.{}", "label[{}]")},
    "names": written(lambda paper: "; ".join(NAMES[area] for area in given(paper))),
    "capitals": written(lambda paper: "; ".join(NAMES[area].upper() for area in given(paper))),
    "underscores": written(lambda paper: "; ".join(given(paper)).replace("-", "_")),
    "a JSON list": written(lambda paper: json.dumps(given(paper))),
    "a Python list": written(given),
    "a Python set": written(lambda paper: "{" + repr(given(paper))[1:-1] + "}"),
    "a NumPy array": written(lambda paper: repr(given(paper)).replace(",", "")),
    "Label Studio's choices": written(lambda paper: json.dumps({"choices": given(paper)})),
    "label1, label2": tabular(["label1", "label2"], several),
    "Label 1, Label 2": tabular(["Label 1", "Label 2"], several),
    "primary, secondary": tabular(["primary_label", "secondary_label"], several),
    "a row for each label": LONG,
    "a list": objects(lambda paper: {"labels": given(paper)}),
    "objects": objects(lambda paper: {"tags": [{"id": 1, "name": NAMES[a]} for a in given(paper)]}),
    "scored objects": objects(
        lambda paper: {"labels": [{"label": a, "score": 0.9} for a in given(paper)]}),
    "true and false": objects(lambda paper: {"labels": {a: a in given(paper) for a in AREAS}}),
    "spaCy's cats": objects(
        lambda paper: {"cats": {a: float(a in given(paper)) for a in AREAS}}),
    "two annotators": objects(
        lambda paper: {"annotations": [{"by": who, "labels": given(paper)} for who in "AB"]}),
    "doccano": lines_of(
        [{"id": 1, "text": f"{p.title}\n{p.abstract}", "label": given(p)} for p in PAPERS]),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_gives_its_labels(tmp_path, name):
    data = LAYOUTS[name]
    path = tmp_path / "labelled"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    found = read_labelled([path], TAXONOMY)
    assert found.problems == []
    assert [sorted(labels) for labels in found.labels] == [sorted(given(p)) for p in PAPERS]


def test_a_label_that_is_none_is_a_problem_whatever_it_is_joined_by(tmp_path):
    path = tmp_path / "labelled.csv"
    path.write_text(tabular(["labels"], lambda paper: ["robotics and gardening"]))
    found = read_labelled([path], TAXONOMY)
    assert len(found.problems) == 2
    assert "unknown label 'robotics and gardening'" in found.problems[0].message
