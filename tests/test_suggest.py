"""`tagstract labels suggest`: which papers to label next."""

import json
from pathlib import Path

import numpy as np

from tagstract.cli.main import main
from tagstract.serving.active_learning import choose, uncertainty


def test_the_unsure_and_unlike_come_first():
    sure, torn, torn_too, other = [0.99, 0.01, 0], [0.5, 0.5, 0], [0.5, 0.49, 0], [0, 0.1, 0.5]
    probabilities = np.array([sure, torn_too, torn, other])
    assert uncertainty(probabilities).argmax() == 2
    thresholds = np.full(3, 0.5)
    # The second of two that are alike waits.
    assert choose(probabilities, thresholds, 2) == [2, 3]
    assert sorted(choose(probabilities, thresholds, 9)) == [0, 1, 2, 3]
    assert choose(np.zeros((0, 3)), thresholds, 2) == []


def test_suggestions_are_a_labelled_file_of_papers_the_model_does_not_know(
    tmp_path, starter, model, capsys
):
    new = [{"id": str(n), "abstract": f"{starter[n]['abstract'][:300]} Variant."} for n in range(8)]
    feed = tmp_path / "feed.jsonl"
    records = [*starter[:3], *new, new[0], {"title": "no abstract"}]
    feed.write_text("".join(json.dumps(record) + "\n" for record in records))
    output = tmp_path / "next.jsonl"
    assert main(["labels", "suggest", str(feed), "-n", "5", "-o", str(output)]) == 1
    assert "left out: 'abstract' and 'title' are both missing" in capsys.readouterr().err
    suggested = [json.loads(line) for line in output.read_text().splitlines()]
    assert len({paper["id"] for paper in suggested}) == 5
    assert {paper["id"] for paper in suggested} <= {paper["id"] for paper in new}
    assert all(set(paper["labels"]) <= set(model.taxonomy.ids) for paper in suggested)
    output.write_text("".join(json.dumps(p) + "\n" for p in suggested if p["labels"]))
    assert main(["labels", "check", str(output)]) == 0


def test_a_call_that_cannot_work_is_one_line(tmp_path, capsys):
    assert main(["labels", "suggest", str(tmp_path / "none.jsonl")]) == 2
    assert main(["labels", "suggest", "x", "-n", "0"]) == 2
    assert main(["labels", "suggest", "x", "-o", "y.csv"]) == 2
    assert capsys.readouterr().err.count("\n") == 3


TUTORIAL = Path(__file__).parents[1] / "docs" / "tutorial"


def suggested(tmp_path, *arguments: str) -> list[dict]:
    output = tmp_path / "next.jsonl"
    feed, taxonomy = str(TUTORIAL / "feed.jsonl"), str(TUTORIAL / "areas.yaml")
    command = ["labels", "suggest", feed, "--taxonomy", taxonomy, "-o", str(output), *arguments]
    assert main(command) == 0
    return [json.loads(line) for line in output.read_text().splitlines()]


def test_areas_of_ones_own_are_suggested_for_and_never_guessed_from_ours(tmp_path):
    """Before anything is labelled each description has its turn; then the labels count."""
    first = suggested(tmp_path, "-n", "6")
    # A description may be most like a note of another area.
    assert len({paper["id"].partition("-")[0] for paper in first}) >= 4
    assert all("labels" not in paper for paper in first)
    later = suggested(tmp_path, "-n", "4", "--labelled", str(TUTORIAL / "papers.jsonl"))
    ids = {"soil", "tides", "bees", "bridges", "bread", "birdsong"}
    assert all(set(paper["labels"]) <= ids for paper in later)
    assert len({paper["id"] for paper in later}) == 4
