"""The benchmark of speed, on a part of the starter set, with the peers that the tests have."""

from __future__ import annotations

import json

import numpy as np
import pytest

from benchmarks.growth import main as growth
from benchmarks.measured import cost_of
from benchmarks.speed.__main__ import main
from benchmarks.speed.chart import Dot, chart
from benchmarks.speed.heads import fit_linear
from benchmarks.speed.material import Material, Papers, best_threshold, micro_f1


@pytest.fixture
def call(tmp_path, starter):
    """The words of a call on sixty papers."""
    for name, records in (("train", starter[::2]), ("test", starter[1:120:2])):
        text = "".join(json.dumps(record) + "\n" for record in records)
        (tmp_path / f"{name}.jsonl").write_text(text)
    train, test = (str(tmp_path / f"{name}.jsonl") for name in ("train", "test"))
    return [test, "--papers", "60", "--labelled", test, "--train", train, "--rounds", "2",
            "--folder", str(tmp_path / "kept")]  # fmt: skip


def test_every_peer_has_its_row_and_rounds_are_kept(call, tmp_path, capsys):
    out = tmp_path / "speed.md"
    assert main([*call, "--only", "tfidf,ours-best,ours-fast", "--out", str(out)]) == 0
    first = capsys.readouterr()
    rows = [line.split("|")[1].strip() for line in first.out.splitlines()[2:]]
    assert rows == ["TF-IDF + LR", "Tagstract, best", "Tagstract, fast"]
    assert first.out.strip() in out.read_text()
    assert out.with_suffix(".svg").read_text().count("<circle") == 3
    figures = json.loads(out.with_suffix(".json").read_text())
    assert len(figures["ours-fast"]["rounds"]) == 2
    for one in figures["ours-best"]["rounds"]:
        assert one["rate"] > 1 and one["one_ms"] > 0 and one["memory_mb"] > 50
        assert one["start"] > 0.1 and one["start_cpu"] > 0.1
    assert figures["ours-best"]["f1"]["test.jsonl"] > figures["tfidf"]["f1"]["test.jsonl"] > 0.1

    assert main([*call, "--only", "tfidf,ours-best,ours-fast"]) == 0
    second = capsys.readouterr()
    assert (second.out, second.err) == (first.out, "")


def test_a_peer_that_is_not_there_is_left_out_in_one_line(call, monkeypatch, capsys):
    monkeypatch.setattr("benchmarks.speed.run._has", lambda module: module != "sklearn")
    assert main([*call, "--only", "tfidf"]) == 0
    assert capsys.readouterr().err == "tfidf: left out: sklearn not installed\n"


def test_too_few_papers_are_refused(call, capsys):
    assert main([*call, "--papers", "61"]) == 2
    assert "holds 60 papers with abstracts; --papers 61" in capsys.readouterr().err


def test_material_comes_back_as_it_was(tmp_path):
    truth = np.array([[True, False], [False, True]])
    bare = Papers("a", ["T", ""], ["x", "y"], ["T. x", "y"], np.zeros((0, 2), bool))
    labelled = Papers("b", ["T", ""], ["x", "y"], ["T. x", "y"], truth)
    material = Material(["one", "two"], bare, [labelled], labelled)
    material.save(tmp_path)
    again = Material.load(tmp_path)
    assert again.digest == material.digest
    assert again.labelled[0].records == [
        {"title": "T", "abstract": "x"},
        {"title": "", "abstract": "y"},
    ]


def test_the_threshold_is_the_best_one():
    truth = np.array([[True, False], [True, False], [False, True]])
    scores = np.array([[0.9, 0.2], [0.4, 0.5], [0.1, 0.35]])
    threshold = best_threshold(scores, truth)
    tried = [micro_f1(scores >= one, truth) for one in scores.ravel()]
    assert micro_f1(scores >= threshold, truth) == max(tried)
    assert micro_f1(truth, truth) == 1.0 and micro_f1(~truth, truth) == 0.0


def test_an_area_that_no_paper_has_is_never_given():
    features = np.random.default_rng(0).normal(size=(80, 4))
    truth = np.stack([features[:, 0] > 0, np.zeros(80, bool)], axis=1)
    given = fit_linear(features, truth).given(features)
    assert not given[:, 1].any() and micro_f1(given, truth) > 0.8


def test_the_names_in_the_plot_do_not_cover_each_other():
    dots = [Dot(f"system {number}", 100.0 + number, [0.8], number == 0) for number in range(4)]
    lines = chart(dots, ["test.jsonl"]).split("<text ")
    heights = [float(line.split('y="')[1].split('"')[0]) for line in lines[1:] if "system" in line]
    assert min(abs(a - b) for a in heights for b in heights if a != b) >= 12
    assert len(set(heights)) == 4


def test_growth_repeats_papers_without_duplicates(tmp_path, starter, capsys):
    feed = tmp_path / "feed.jsonl"
    feed.write_text("".join(json.dumps(paper) + "\n" for paper in starter[:4]))
    assert growth([str(feed), "--papers", "4", "10", "--cores", "1", "--speed", "fast"]) == 0
    rows = capsys.readouterr().out.splitlines()[2:]
    assert [row.split("|")[1].strip() for row in rows] == ["4", "10"]
    assert all(float(row.split("|")[6]) > 50 for row in rows)


def test_a_command_that_fails_is_named():
    with pytest.raises(RuntimeError, match="no such thing"):
        cost_of(["python3", "-c", "raise SystemExit('no such thing')"])
