"""`tagstract feed report`: what rose and fell, with which certainty, and when a feed drifted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from scipy.stats import false_discovery_control
from scipy.stats.contingency import chi2_contingency

from tagstract.cli.main import main
from tagstract.labels import load_taxonomy
from tagstract.model_folder.store import shipped_tag
from tagstract.serving.feed_report.profile import Profile
from tagstract.serving.feed_report.trends import adjusted, compare, two_proportions
from tagstract.serving.output import write_output

MODEL = shipped_tag()


def paper(areas: list[str], reason: str = "out-of-scope", probability: float = 0.9) -> dict:
    return {
        "title": "Hearing the hive",
        "tags": [{"area": area, "probability": probability} for area in areas],
        "status": "tagged" if areas else "abstained",
        "reason": None if areas else reason,
        "truncated": False,
        "model": MODEL,
    }


def feed(path: Path, robots: int, agents: int, outside: int, probability: float = 0.9) -> Path:
    papers = [paper(["robotics"], probability=probability)] * robots
    papers += [paper(["agents"])] * agents + [paper([])] * outside
    papers += [paper([], "duplicate"), {**paper([]), "status": "error", "reason": "broken"}]
    path.write_text("".join(json.dumps(record) + "\n" for record in papers))
    return path


def test_the_z_test_is_the_chi_square_test_of_two_proportions():
    expected = chi2_contingency([[30, 70], [55, 145]], correction=False).pvalue
    assert two_proportions(30, 100, 55, 200) == pytest.approx(expected)
    assert two_proportions(1, 100, 0, 100) is None
    assert two_proportions(0, 0, 5, 100) is None


def test_benjamini_and_hochberg_as_scipy_has_it():
    values = [0.01, 0.04, 0.03, 0.5, 0.002]
    assert adjusted(values) == pytest.approx(false_discovery_control(values))
    assert adjusted([0.01, None, 0.04]) == [0.02, None, 0.04]


def test_the_same_feed_shows_no_drift():
    profile = Profile("week", 400)
    profile.areas.update({"robotics": 100, "agents": 80})
    found = compare(profile, profile)
    assert [trend.direction for trend in found.areas] == ["", ""]
    assert found.stability == 0
    assert found.drift == ""


def test_the_last_feed_is_compared_with_those_before_it(tmp_path, capsys):
    weeks = [feed(tmp_path / f"{n}.jsonl", robots=100, agents=50, outside=10) for n in (1, 2)]
    last = feed(tmp_path / "3.jsonl", robots=30, agents=90, outside=60, probability=0.6)
    assert main(["feed", "report", *map(str, weeks), str(last)]) == 0
    shown = capsys.readouterr().out
    assert "3.jsonl: 180 papers, 120 tagged, 60 out of scope" in shown
    assert "Drift from earlier feeds is probable: more papers get no tags" in shown
    assert "fell  Robotics                         62.5 % →   16.7 %" in shown
    assert "Against earlier feeds (320 papers): 2 of 2 areas changed" in shown
    assert "Against training (" in shown
    assert "Benjamini-Hochberg" in shown


def test_a_day_without_papers_is_left_out_and_said(tmp_path, capsys):
    empty = tmp_path / "sunday.jsonl"
    empty.touch()
    saturday, monday = (feed(tmp_path / f"{day}.jsonl", 5, 5, 1) for day in ("sat", "mon"))
    assert main(["feed", "report", str(saturday), str(empty), str(monday)]) == 0
    said = capsys.readouterr()
    assert f"left out: {empty}: holds no tagged papers" in said.err
    assert "sunday" not in said.out
    assert main(["feed", "report", str(saturday), str(empty)]) == 2
    assert f"{empty}: holds no tagged papers" in capsys.readouterr().err


def test_the_page_holds_the_same(tmp_path, capsys):
    one = feed(tmp_path / "<b>1.jsonl", robots=100, agents=50, outside=10)
    two = feed(tmp_path / "2.jsonl", robots=30, agents=90, outside=60)
    output = tmp_path / "report.html"
    assert main(["feed", "report", str(one), str(two), "-o", str(output)]) == 0
    page = output.read_text()
    assert '<span class="fell">fell</span>' in page
    assert "Drift from earlier feeds is probable" in page
    assert "<b>1" not in page
    for outside in ("<script", "src=", "url(", "http"):
        assert outside not in page.replace("http-equiv", "")


def test_every_table_of_tagged_papers_can_be_reported(tmp_path, capsys):
    papers = [paper(["robotics", "agents"])] * 6 + [paper([])] * 2
    reports = set()
    for ending in ("jsonl", "json", "csv", "xlsx", "parquet"):
        path = tmp_path / f"a.{ending}"
        write_output(path, papers, load_taxonomy(), "")
        assert main(["feed", "report", str(path)]) == 0
        reports.add(capsys.readouterr().out.replace(path.name, "a").replace(" ", ""))
    assert len(reports) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"title": "x", "abstract": "y"}\n', "a.jsonl:1: is not a tagged paper"),
        ('{"tags": 5, "status": "tagged"}\n', "a.jsonl:1: 'tags' can't be read"),
        ('{"tags": [], "status": "error"}\n', "holds no tagged papers"),
    ],
)
def test_what_is_no_tagged_feed_is_refused_in_one_line(tmp_path, capsys, text, message):
    (tmp_path / "a.jsonl").write_text(text)
    assert main(["feed", "report", str(tmp_path / "a.jsonl")]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
