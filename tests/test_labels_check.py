"""`tagstract labels check`: wrong labels, papers that are there twice, areas with few papers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from tagstract.cli.main import main
from tagstract.training.labelling.near_duplicates import near_duplicates
from tagstract.training.labelling.suspects import find_suspects

TUTORIAL = Path(__file__).parents[1] / "docs" / "tutorial"


def test_what_confident_heads_contradict_is_suspect():
    truth = np.zeros((40, 2), dtype=bool)
    truth[:20, 0] = truth[20:, 1] = True
    probabilities = np.where(truth, 0.9, 0.05)
    truth[3] = [False, True]  # labelled wrong: the heads say otherwise
    probabilities[7] = [0.4, 0.3]  # only hard to tell
    [suspect] = find_suspects(probabilities, truth, ("graphs", "speech")) or [None]
    assert suspect is None
    probabilities[3] = [0.95, 0.01]
    [suspect] = find_suspects(probabilities, truth, ("graphs", "speech"))
    assert (suspect.row, suspect.doubted) == (3, [("speech", 0.01)])
    assert suspect.likely == [("graphs", 0.95)]


def test_two_versions_of_a_paper_are_a_pair_and_two_papers_are_not(starter):
    texts = [record["abstract"] for record in starter[:20]]
    version = texts[4].replace("We ", "Here we ").replace("show", "demonstrate")
    [pair] = near_duplicates([*texts, version])
    assert (pair.first, pair.second) == (4, 20)


def test_the_report_shows_the_texts_of_what_is_wrong(tmp_path, capsys):
    records = [json.loads(line) for line in (TUTORIAL / "papers.jsonl").read_text().splitlines()]
    train, test = tmp_path / "train.jsonl", tmp_path / "test.jsonl"
    twin = {**records[0], "id": "twin", "abstract": f"Again & again. {records[0]['abstract']}",
            "labels": ["bees"]}  # fmt: skip
    train.write_text("".join(json.dumps(one) + "\n" for one in records))
    test.write_text(json.dumps(twin) + "\n")
    report = tmp_path / "report.html"
    command = ["labels", "check", str(train), str(test), "--taxonomy", str(TUTORIAL / "areas.yaml")]
    assert main([*command, "--report", str(report)]) == 0
    said = capsys.readouterr().out
    assert "49 papers, 0 bad records" in said
    assert "papers with a suspect label" in said
    assert f"in {train} and {test}, with different labels" in said.replace(") (", ", ")
    page = report.read_text()
    assert "Again &amp; again." in page
    assert "in different files" in page
    assert "<script" not in page


def test_quick_reads_no_texts(tmp_path, capsys):
    command = ["labels", "check", str(TUTORIAL / "papers.jsonl"), "--quick"]
    assert main([*command, "--taxonomy", str(TUTORIAL / "areas.yaml")]) == 0
    assert capsys.readouterr().out == "48 papers, 0 bad records\n"
