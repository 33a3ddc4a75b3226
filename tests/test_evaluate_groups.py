"""Figures of parts of the labelled papers, and the reliability of given tags."""

import json
from pathlib import Path

import numpy as np
import pytest

from tagstract.cli.main import main
from tagstract.labels import InputError, load_taxonomy
from tagstract.labels.field_values import field_values, first_value
from tagstract.labels.research_fields import field_of
from tagstract.training.evaluation.groups import Grouping, by_field, by_source, given_tags
from tagstract.training.evaluation.measures import Scores
from tests.test_evaluate import StandIn

AREAS = load_taxonomy().ids


def scores(rows: list[tuple[list[float], list[int]]], threshold: float = 0.5) -> Scores:
    """From probabilities and labels of each paper."""
    probabilities = np.array([one for one, _ in rows])
    return Scores(probabilities, probabilities >= threshold, np.array([t for _, t in rows]) > 0)


def test_reliability_compares_the_mean_probability_of_tags_with_how_many_are_right():
    found = given_tags(scores([([0.9, 0.7], [1, 0]), ([0.8, 0.1], [1, 1]), ([0.2, 0.1], [0, 0])]))
    assert found is not None
    assert (found.count, found.confidence, found.accuracy) == pytest.approx((3, 0.8, 2 / 3))
    assert found.gap.difference == pytest.approx(0.8 - 2 / 3)
    assert found.gap.low < found.gap.difference < found.gap.high
    assert [(one.low, one.count, one.accuracy) for one in found.bins] == [
        (pytest.approx(0.6), 2, 0.5),
        (pytest.approx(0.8), 1, 1),
    ]
    assert given_tags(scores([([0.1, 0.2], [1, 0])])) is None


def test_the_interval_of_reliability_holds_the_truth_of_calibrated_tags():
    random = np.random.default_rng(1)
    held = 0
    for seed in range(40):
        probabilities = random.random((150, 4))
        truth = random.random((150, 4)) < probabilities
        found = given_tags(Scores(probabilities, probabilities >= 0.4, truth), 300, seed)
        held += found.gap.low <= 0 <= found.gap.high
    assert held >= 35


def test_a_field_makes_groups_of_twenty_papers_and_keeps_papers_of_no_area_apart():
    right, wrong = ([0.9, 0.1], [1, 0]), ([0.9, 0.1], [0, 1])
    foreign, tagged_foreign = ([0.2, 0.1], [0, 0]), ([0.8, 0.1], [0, 0])
    lost = ([0.2, 0.1], [1, 0])
    rows = [right] * 15 + [wrong] * 5 + [lost] * 5 + [right] * 3
    rows += [foreign] * 3 + [tagged_foreign, foreign]
    values = ["cs.CL"] * 25 + ["cs.CV"] * 3 + ["hep-th"] * 2 + ["quant-ph"] * 2 + [None]
    found = by_field(scores(rows), Grouping("categories", values), 200)
    [group] = found.groups
    assert (group.name, group.papers) == ("cs.CL", 25)
    assert group.micro_f1 == pytest.approx(2 * 15 / (20 + 25))
    assert group.interval.low < group.micro_f1 < group.interval.high
    assert group.without_tags == pytest.approx(0.2)
    assert (group.tags.count, group.tags.accuracy) == (20, 0.75)
    assert (found.small_groups, found.small_papers, found.without_value) == (3, 7, 1)
    [physics] = found.other_fields
    assert (physics.name, physics.papers, physics.without_tags) == ("physics", 4, 0.75)


def test_files_are_groups_in_their_order_whatever_their_size():
    both = scores([([0.9], [1]), ([0.9], [0]), ([0.9], [1])])
    found = by_source(both, ["b", "a", "b"])
    assert [(one.name, one.papers) for one in found] == [("b", 2), ("a", 1)]
    assert [one.tags.accuracy for one in found] == [1, 0]
    assert by_source(both, ["a"] * 3) == []


@pytest.mark.parametrize(
    ("value", "first"),
    [
        ("cs.CL cs.AI", "cs.CL"),
        (["cs.CV", "cs.LG"], "cs.CV"),
        (["astro-ph astro-ph.GA"], "astro-ph"),
        ("cs.LG; stat.ML", "cs.LG"),
        (2024, "2024"),
        ([], None),
        ("  ", None),
        (None, None),
    ],
)
def test_the_first_word_of_a_field_or_of_its_list_counts(value, first):
    assert first_value(value) == first


@pytest.mark.parametrize(
    ("category", "field"),
    [
        ("astro-ph.GA", "astronomy"),
        ("quant-ph", "physics"),
        ("physics.optics", "physics"),
        ("physics.med-ph", "biology and medicine"),
        ("math.NA", "mathematics"),
        ("q-fin.ST", "economics"),
        ("cs.DB", "databases"),
        ("cs.CL", "computing"),
        ("neurips2024", None),
    ],
)
def test_categories_belong_to_fields(category, field):
    assert field_of(category) == field


def test_papers_that_lack_the_field_are_found_by_their_id(tmp_path):
    more = tmp_path / "more.jsonl"
    records = [
        {"id": "2601.00001", "title": "A", "abstract": "x", "categories": ["cs.RO", "cs.AI"]},
        {"id": "arxiv:2601.00002", "title": "B", "abstract": "y", "categories": "math.NA"},
    ]
    more.write_text("".join(json.dumps(record) + "\n" for record in records))
    papers = [
        {"id": "arxiv:2601.00001", "abstract": "x"},
        {"id": "2601.00002", "abstract": "y", "categories": "cs.NA"},
        {"id": "2601.00003", "abstract": "z"},
        {"abstract": "z"},
    ]
    assert field_values(papers, "categories", [more]) == ["cs.RO", "cs.NA", None, None]
    with pytest.raises(InputError, match="no labelled paper has a field 'venue'"):
        field_values(papers, "venue", [more])


@pytest.fixture
def files(tmp_path: Path, monkeypatch) -> list[str]:
    """Two labelled files without categories, and one with categories alone."""
    monkeypatch.setattr("tagstract.model_folder.Model", StandIn)
    monkeypatch.setattr("tagstract.model_folder.resolve", lambda name: Path("anywhere"))
    first = [
        {"id": f"a{number}", "abstract": f"On robotics, {number}.", "labels": ["robotics"]}
        for number in range(22)
    ]
    second = [
        {"id": f"b{number}", "abstract": f"On stars, {number}.", "labels": []}
        for number in range(3)
    ] + [{"id": "b3", "abstract": "On video and code.", "labels": ["video"]}]
    fields = [{"id": one["id"], "abstract": "x", "categories": ["cs.RO"]} for one in first]
    fields += [{"id": one["id"], "abstract": "x", "categories": ["astro-ph"]} for one in second[:3]]
    for name, records in (("first", first), ("second", second), ("fields", fields)):
        text = "".join(json.dumps(record) + "\n" for record in records)
        (tmp_path / f"{name}.jsonl").write_text(text)
    return [str(tmp_path / f"{name}.jsonl") for name in ("first", "second", "fields")]


def test_evaluate_prints_figures_by_file_and_by_field(files, capsys):
    first, second, fields = files
    call = ["evaluate", first, second, "--by", "categories", "--papers", fields]
    assert main([*call, "--resamples", "100"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 100
    robots = next(line for line in lines if line.startswith("cs.RO"))
    assert robots.split()[1:3] == ["22", "1.000"]
    assert any(line.startswith("second.jsonl") and " 4 " in line for line in lines)
    assert "1 more groups of fewer than 20 papers, 3 papers together" in lines
    assert "1 papers without 'categories'" in lines
    assert any(line.startswith("astronomy") and "1.000 [" in line for line in lines)
    assert "given tags: 24, mean probability 0.900, 0.958 of them right," in lines

    assert main([*call, "--resamples", "100", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["given_tags"]["count"] == 24
    assert [(Path(one["name"]).name, one["papers"]) for one in found["files"]] == [
        ("first.jsonl", 22),
        ("second.jsonl", 4),
    ]
    assert [one["name"] for one in found["by"]["groups"]] == ["cs.RO"]
    assert found["by"]["other_fields"][0]["without_tags"] == 1


def test_a_field_that_no_paper_has_is_one_line(files, capsys):
    first, _, fields = files
    assert main(["evaluate", first, "--by", "venue"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert main(["evaluate", first, "--papers", fields]) == 2
    assert "--papers needs --by FIELD" in capsys.readouterr().err
