"""Several labelled sets in one training: weights, and corrections that overrule files."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from tagstract.cli.main import main
from tagstract.labels import load_taxonomy, read_labelled
from tagstract.labels.corrections import Corrections
from tagstract.labels.reading import Overruling
from tagstract.model_folder import Model
from tagstract.training.data.training_data import TrainingData
from tagstract.training.heads.linear import fit_move, fit_sparse_move
from tagstract.training.transformer.batches import repeated


def paper(number: int, *labels: str) -> dict:
    return {"id": f"p{number}", "abstract": f"We prune network {number}.", "labels": list(labels)}


def written(path: Path, *papers: dict) -> str:
    path.write_text("".join(json.dumps(one) + "\n" for one in papers))
    return str(path)


def test_corrections_overrule_files_and_weights_go_by_file(tmp_path):
    ours = written(tmp_path / "ours.jsonl", paper(1, "efficiency"), paper(2, "code"))
    crowd = written(tmp_path / "crowd.jsonl", paper(1, "robotics"), paper(3, "code"))
    corrected = Overruling("corrections", [paper(1, "alignment"), paper(4, "nonsense")], 2.0)
    found = read_labelled(
        [ours, crowd], load_taxonomy(), weights={crowd: 0.5}, overruling=corrected
    )
    labels = {one["id"]: given for one, given in zip(found.papers, found.labels, strict=True)}
    assert labels == {"p1": ["alignment"], "p2": ["code"], "p3": ["code"]}
    weights = dict(zip(labels, found.weights, strict=True))
    assert weights == {"p1": 2.0, "p2": 1.0, "p3": 0.5}
    # A label of another taxonomy is told of, and the two files no longer contradict each other.
    assert any("unknown label 'nonsense'" in str(one) for one in found.problems)
    assert not any("the same abstract" in str(one) for one in found.problems)
    assert found.notes[-1] == "corrections: labels of 1 papers, 1 in place of those in the files"


def test_a_weight_of_two_is_the_paper_twice():
    random = np.random.default_rng(0)
    features, targets = random.normal(size=(30, 4)), (random.random((30, 2)) > 0.6)
    targets = targets.astype(np.float32)
    twice = np.concatenate([np.arange(30), np.arange(10)])
    counts = np.where(np.arange(30) < 10, 2, 1).astype(np.float32)
    for fit in (fit_move, fit_sparse_move):
        rows = sparse.csr_matrix(features) if fit is fit_sparse_move else features
        weighted = fit(rows, np.zeros((30, 2)), targets, 1.0, 0.0, counts)
        doubled = fit(rows[twice], np.zeros((40, 2)), targets[twice], 1.0, 0.0)
        np.testing.assert_allclose(weighted.weight, doubled.weight, atol=0.02)


def test_in_the_full_mode_a_weight_is_how_often_a_paper_comes():
    counts = np.array([1, 0.5, 2, 1.5], dtype=np.float32)
    epochs = [repeated(counts, epoch) for epoch in range(10)]
    times = np.bincount(np.concatenate(epochs), minlength=4)
    np.testing.assert_array_equal(times, [10, 5, 20, 15])
    np.testing.assert_array_equal(repeated(np.ones(7, np.float32), 3), np.arange(7))


def test_training_with_corrections_says_what_they_replace(tmp_path, starter, capsys):
    place, mine = tmp_path / "corrections.sqlite", tmp_path / "mine.jsonl"
    papers = [
        {**one, "abstract": f"{one['abstract']} Variant.", "labels": ["alignment"]}
        for one in starter[:30]
    ]
    written(mine, *papers)
    store = Corrections(place)
    store.add([{**papers[0], "labels": ["code"], "by": "ann"}])
    store.add([{**papers[0], "labels": ["robotics"], "by": "bob"}])
    out = tmp_path / "model"
    words = ["train", str(mine), "--corrections", str(place), "--out", str(out)]
    assert main([*words, "--weight", f"{mine}=0.5", "--weight", "corrections=3"]) == 0
    said = capsys.readouterr().err
    assert "ann says code, bob says robotics; the newest counts" in said
    assert "labels of 1 papers, 1 in place of those in the files" in said
    assert Model.load(out).facts.papers == 30
    assert len(store.read().corrections) == 2  # the history stays


@pytest.mark.parametrize("weight", ["x", "none.jsonl=2", "FILE=0", "FILE=many", "corrections=1"])
def test_a_weight_that_can_be_none_is_one_line(tmp_path, capsys, weight):
    mine = written(tmp_path / "mine.jsonl", paper(1, "code"))
    assert main(["train", mine, "--weight", weight.replace("FILE", mine)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_weights_are_part_of_the_digest(tmp_path):
    mine = written(tmp_path / "mine.jsonl", paper(1, "code"), paper(2, "efficiency"))
    taxonomy = load_taxonomy()
    plain, heavy = (
        TrainingData.of(read_labelled([mine], taxonomy, weights=weights), taxonomy)
        for weights in ({}, {mine: 2.0})
    )
    assert plain.digest != heavy.digest
