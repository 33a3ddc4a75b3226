"""Scoring a model on labelled papers: what it says, and what it refuses."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from lxml import html

from tagstract.cli.evaluate import summary
from tagstract.cli.main import main
from tagstract.labels import InputError, LabelledSet, Taxonomy, load_taxonomy, read_labelled
from tagstract.model_folder import paper_key
from tagstract.model_folder.model import Decided
from tagstract.model_folder.scale import Scale
from tagstract.training.evaluation.comparison import evaluate, to_json


@dataclass
class StandIn:
    """What a `Model` offers here; finds an area where the abstract names it."""

    tag: str = "ai-research-areas:7"
    taxonomy: Taxonomy = field(default_factory=load_taxonomy)
    seen: frozenset[int] = frozenset()

    @classmethod
    def load(cls, folder: Path, speed: str = "best") -> "StandIn":
        return cls()

    @property
    def thresholds(self):
        return np.full(len(self.taxonomy.ids), 0.7)

    @property
    def baseline(self):
        areas = len(self.taxonomy.ids)
        return Scale(np.ones(areas), np.zeros(areas), np.full(areas, 0.5))

    def decide(self, papers):
        probabilities = self.probabilities(papers)
        return Decided(probabilities, probabilities >= self.thresholds, [None] * len(papers))

    def probabilities(self, papers):
        named = np.array([[area in p["abstract"] for area in self.taxonomy.ids] for p in papers])
        return np.where(named, 0.9, 0.01)

    def baseline_probabilities(self, papers):
        """Knows one area and gives it to all."""
        return np.tile(np.where(np.array(self.taxonomy.ids) == "code", 0.6, 0.02), (len(papers), 1))


PAPERS = [
    {"id": 7, "title": "Cuts", "abstract": "On efficiency and code.", "labels": "efficiency;code"},
    {"title": "Maps", "abstract": "On robotics.", "labels": "robotics;code"},
    {"abstract": "On robotics and privacy, privately.", "labels": "robotics"},
    {"abstract": "On video and nothing else.", "labels": "video"},
]


@pytest.fixture
def stand_in(monkeypatch):
    monkeypatch.setattr("tagstract.model_folder.Model", StandIn)
    monkeypatch.setattr("tagstract.model_folder.resolve", lambda name: Path("anywhere"))


@pytest.fixture
def labelled(tmp_path: Path, stand_in) -> Path:
    path = tmp_path / "papers.jsonl"
    path.write_text("".join(json.dumps(paper) + "\n" for paper in PAPERS))
    return path


def evaluation_of(path: Path, resamples: int = 200):
    model = StandIn()
    return evaluate(model, read_labelled([path], model.taxonomy), resamples, seed=3)


def test_the_json_holds_what_the_contract_names(labelled, capsys):
    assert main(["evaluate", str(labelled), "--json", "--resamples", "200", "--seed", "3"]) == 0
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert err == ""
    # Six labels, five of them found, one tag too many.
    assert found["micro_f1"] == pytest.approx(10 / 12)
    assert (found["n"], found["coverage"], found["precision_at_1"]) == (4, 1, 0.75)
    for name in ("macro_f1", "average_precision", "ece", "ece_tags"):
        assert 0 <= found[name] <= 1
        assert found["intervals"][name]["low"] <= found["intervals"][name]["high"]
    code = found["per_area"]["code"]
    assert (code["precision"], code["recall"], code["support"]) == (1, 0.5, 2)
    assert code["interval"]["low"] < code["f1"] < code["interval"]["high"]
    assert found["per_area"]["agents"]["interval"] is None
    baseline = found["baseline"]
    assert baseline["name"] == "TF-IDF + logistic regression"
    assert baseline["micro_f1"] == pytest.approx(4 / 10)
    assert found["paired"]["micro_f1"]["difference"] == pytest.approx(10 / 12 - 4 / 10)
    assert (found["model"], found["seed"], found["resamples"]) == ("ai-research-areas:7", 3, 200)
    assert found == to_json(evaluation_of(labelled))


def test_bad_records_are_told_and_left_out(labelled, capsys):
    labelled.write_text(labelled.read_text() + '{"abstract": "Late.", "labels": ["cod"]}\n')
    assert main(["evaluate", str(labelled), "--json", "--resamples", "100"]) == 1
    out, err = capsys.readouterr()
    assert err.startswith(f"{labelled}:5: unknown label 'cod'; did you mean 'code'?")
    assert (json.loads(out)["n"], json.loads(out)["left_out"]) == (4, 1)


def test_papers_of_the_training_are_counted_and_said(labelled, tmp_path, monkeypatch, capsys):
    seen = frozenset(paper_key(paper) for paper in PAPERS[1:3])
    monkeypatch.setattr(StandIn, "load", classmethod(lambda cls, _, speed: cls(seen=seen)))
    report = tmp_path / "r.html"
    call = ["evaluate", str(labelled), "--json", "--resamples", "100", "--report", str(report)]
    assert main(call) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["seen"] == 2
    assert err == (
        "warning: ai-research-areas:7 was trained on 2 of these 4 papers; "
        "their scores are too optimistic\n"
    )
    assert "trained on 2 of these papers" in report.read_text()


def test_labels_are_checked_against_the_taxonomy_of_the_model(labelled, tmp_path, monkeypatch):
    own = tmp_path / "own.yaml"
    areas = "".join(f"    - {{id: {i}, name: {i}, description: x}}\n" for i in ("code", "robotics"))
    own.write_text(f"version: 1\nname: own\ngroups:\n- id: g\n  name: G\n  areas:\n{areas}")
    monkeypatch.setattr(
        StandIn, "load", classmethod(lambda cls, _, speed: cls("own:1", load_taxonomy(own)))
    )
    assert main(["evaluate", str(labelled), "--resamples", "100"]) == 1


def test_the_summary_puts_the_worst_area_last_and_fits_100_columns(labelled):
    lines = summary(evaluation_of(labelled)).splitlines()
    assert max(map(len, lines)) <= 100
    areas = [line.split()[0] for line in lines[1:6]]
    assert areas == ["efficiency", "video", "robotics", "code", "privacy"]
    assert lines[6] == "50 more areas that no paper has or gets"
    micro = next(line for line in lines if line.startswith("micro-F1"))
    assert "0.833 [" in micro and "0.400 [" in micro and "+0.433 [" in micro


def test_the_worst_mistakes_say_what_was_missed_and_added(labelled):
    worst = evaluation_of(labelled).worst
    missed, added = worst
    assert (missed.title, missed.given, missed.missed) == (
        "Maps",
        [("robotics", 0.9)],
        [("code", 0.01)],
    )
    assert (added.added, added.labels, added.title, added.id) == (
        [("privacy", 0.9)],
        ["robotics"],
        "",
        "",
    )
    # One label at 0.01, one tag at 0.9, 53 areas at 0.01 that are rightly not given.
    assert missed.loss == pytest.approx(-np.log(0.01) - np.log(0.9) - 53 * np.log(0.99))
    assert missed.loss > added.loss


def test_curves_hold_the_best_precision_at_each_recall(labelled):
    found = evaluation_of(labelled).model
    code = found.area_curves["code"]
    # One of its papers is alone at 0.9; the other comes in with all that are at 0.01.
    assert (code.recall.tolist(), code.precision.tolist()) == ([0.5, 1], [1, 0.5])
    assert code.at_thresholds == (0.5, 1)
    assert found.area_curves["agents"] is None
    assert found.micro_curve.at_thresholds == (5 / 6, 5 / 6)
    assert (np.diff(found.micro_curve.recall) > 0).all()


def test_a_set_without_papers_is_refused(tmp_path, stand_in):
    with pytest.raises(InputError, match="no labelled papers to score"):
        evaluate(StandIn(), LabelledSet())
    (tmp_path / "none.jsonl").write_text('{"abstract": "x"}\n')
    assert main(["evaluate", str(tmp_path / "none.jsonl")]) == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--resamples", "5"], "--resamples is 5; use at least 100"),
        (["--seed", "-1"], "--seed is -1; use 0 or more"),
        (["--report", "report.pdf"], "report.pdf: reports are HTML; use a name that ends in .html"),
        (
            ["--report", "/no/such/folder/r.html"],
            "/no/such/folder/r.html: its folder does not exist",
        ),
    ],
)
def test_a_call_that_cannot_work_is_one_line_before_any_work(labelled, capsys, options, message):
    assert main(["evaluate", str(labelled), *options]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert message in err


def test_the_report_is_written_beside_what_is_printed(labelled, tmp_path, capsys):
    report = tmp_path / "report.html"
    assert main(["evaluate", str(labelled), "--resamples", "100", "--report", str(report)]) == 0
    assert f"report: {report}" in capsys.readouterr().out
    page = report.read_text()
    assert "4 labelled papers of papers.jsonl" in page
    assert not list(tmp_path.glob(".tagstract*"))


def test_the_model_that_ships_is_scored_and_drawn(model, starter, tmp_path, capsys):
    """The whole way, with the real model, on papers it was trained on and one it was not."""
    own = {**starter[0], "abstract": starter[0]["abstract"] + " A last remark on the above."}
    papers = tmp_path / "papers.jsonl"
    papers.write_text("".join(json.dumps(record) + "\n" for record in [own, *starter[1:24]]))
    report = tmp_path / "report.html"
    call = ["evaluate", str(papers), "--json", "--resamples", "100", "--report", str(report)]
    assert main(call) == 0
    out, err = capsys.readouterr()
    assert err.startswith(f"warning: {model.tag} was trained on 23 of these 24 papers;")
    assert err.count("\n") == 1
    found = json.loads(out)
    assert (found["model"], found["n"], found["seen"]) == (model.tag, 24, 23)
    assert set(found["per_area"]) == set(model.taxonomy.ids)
    assert found["micro_f1"] > 0.8
    assert found["intervals"]["micro_f1"]["high"] >= found["micro_f1"] > found["ece"] > 0
    given = model.probabilities(starter[1:24]) >= model.thresholds
    assert found["coverage"] >= given.any(1).sum() / 24
    page = html.fromstring(report.read_text())
    assert page.findtext("head/title") == f"Evaluation of {model.tag}"
    assert f"{found['micro_f1']:.3f}" in page.xpath("string(//p[@class='lead'])")
