"""A taxonomy of the user's own: what its model learns, what it says of itself, and its rules."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from running import answers_of
from scipy import sparse

from tagstract.cli.main import main
from tagstract.model_folder import Model
from tagstract.model_folder.abstention import Rules
from tagstract.serving.tagger import Tagger
from tagstract.training.data.folds import stratified_folds
from tagstract.training.heads.linear import fit_move, fit_sparse_move, row_features, to_weights
from tagstract.training.heads.own_calibration import fit_own_scale
from tagstract.training.heads.ridge import fit_ridge

AREAS = {
    "bees": ("Beekeeping", "Hives, queens, honey and the bees that make it.",
             "hive queen swarm honey comb forager brood nectar drone apiary"),
    "bread": ("Baking bread", "Sourdough, flour, ovens and crusts.",
              "dough flour yeast crust oven loaf knead gluten rye proofing"),
    "boats": ("Sailing boats", "Hulls, sails, keels and the wind.",
              "hull keel sail mast rudder wind harbour rigging tide helm"),
    "agents": ("Estate agents", "Brokers who sell flats and houses for their owners.",
               "flat broker rent tenant viewing lease landlord mortgage house buyer"),
}  # fmt: skip


def papers_of(areas: list[str], papers: int, seed: int) -> list[dict]:
    """Abstracts that name words of their area between words of all."""
    random = np.random.default_rng(seed)
    common = [
        "the",
        "study",
        "of",
        "a",
        "and",
        "what",
        "we",
        "found",
        "in",
        "this",
        "one",
        "year",
        "after",
        "some",
        "work",
        "with",
    ]
    found = []
    for number in range(papers):
        area = areas[number % len(areas)]
        words = random.choice(AREAS[area][2].split(), 12)
        text = " ".join(
            x for word in words for x in (random.choice(common), random.choice(common), word)
        )
        found.append({"title": f"On {words[0]} {number}", "abstract": f"{text}.", "labels": [area]})
    return found


@pytest.fixture(scope="module")
def taxonomy(tmp_path_factory) -> Path:
    areas = [
        {"id": area, "name": name, "description": text} for area, (name, text, _) in AREAS.items()
    ]
    group = {"id": "all", "name": "All", "areas": areas}
    path = tmp_path_factory.mktemp("own") / "own.yaml"
    path.write_text(yaml.safe_dump({"version": 1, "name": "own", "groups": [group]}))
    return path


def train(folder: Path, taxonomy: Path, papers: list[dict], *options: str) -> Model:
    path = folder / "papers.jsonl"
    path.write_text("".join(json.dumps(paper) + "\n" for paper in papers))
    out = folder / "model"
    assert main(["train", str(path), "--taxonomy", str(taxonomy), "--out", str(out), *options]) == 0
    return Model.load(out)


def test_forty_papers_of_four_areas_are_enough(tmp_path, taxonomy, capsys):
    model = train(tmp_path, taxonomy, papers_of(list(AREAS), 40, seed=0))
    said = capsys.readouterr().err
    assert (
        "'agents' has another description in ai-research-areas" in said
        and "trained from scratch" in said
    )
    assert "one area per paper" in said
    test = papers_of(list(AREAS), 20, seed=1)
    for paper, tagged in zip(test, answers_of(Tagger(model), test), strict=True):
        assert [tag["area"] for tag in tagged["tags"]] == paper["labels"], tagged
    # The figures are those of these areas, from these papers.
    assert model.metrics["how"] == "by 10-fold cross-validation on these 40 papers"
    assert set(model.metrics["model"]["per_area"]) == set(AREAS)
    assert model.metrics["model"]["micro_f1"] > 0.8


def test_figures_of_a_few_papers_are_not_measured(tmp_path, taxonomy, capsys):
    model = train(tmp_path, taxonomy, papers_of(["bees", "bread"], 6, seed=0))
    said = capsys.readouterr().err
    assert "figures not measured: 6 papers" in said and "micro-F1" not in said
    assert "new areas with no paper: trained on their descriptions only: boats, agents" in said
    assert model.metrics["model"] is None
    assert "not measured" in (tmp_path / "model" / "MODEL_CARD.md").read_text()
    # An area without a paper is known by its description.
    sailing = {
        "title": "A keel for a sailing boat",
        "abstract": "How hulls and sails meet the wind.",
    }
    probabilities = model.probabilities([sailing])[0]
    assert model.taxonomy.ids[int(probabilities.argmax())] == "boats"


def test_descriptions_count(tmp_path, taxonomy):
    document = yaml.safe_load(taxonomy.read_text())
    for area in document["groups"][0]["areas"]:
        area["description"] = "zzz"
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "own.yaml").write_text(yaml.safe_dump(document))
    papers = papers_of(list(AREAS), 8, seed=0)
    described = train(tmp_path / "a", taxonomy, papers)
    undescribed = train(tmp_path / "b", tmp_path / "b" / "own.yaml", papers)
    assert np.abs(described.weight - undescribed.weight).max() > 0


def test_rules_come_from_the_papers_or_the_user(tmp_path, taxonomy):
    short = [{**paper, "abstract": " ".join(paper["abstract"].split()[:6]) + "."}
             for paper in papers_of(list(AREAS), 24, seed=0)]  # fmt: skip
    model = train(tmp_path, taxonomy, short)
    assert model.rules.english_only and model.rules.min_words < 10 and model.scope is None
    (tmp_path / "other").mkdir()
    any_language = train(tmp_path / "other", taxonomy, short, "--any-language", "--min-words", "3")
    assert any_language.rules == Rules(3, english_only=False, min_probability=0.0)


def test_evaluate_gives_the_tags_that_tag_gives(tmp_path, model, starter, capsys):
    """A text too short for the tagger has no tags in the figures either."""
    papers = [starter[0], {**starter[1], "title": "", "abstract": "Robots grasp cups."}]
    path = tmp_path / "papers.jsonl"
    path.write_text("".join(json.dumps(paper) + "\n" for paper in papers))
    assert main(["evaluate", str(path), "--json", "--resamples", "100"]) == 0
    assert json.loads(capsys.readouterr().out)["coverage"] == 0.5
    assert [len(paper["tags"]) > 0 for paper in answers_of(Tagger(model), papers)] == [True, False]


def test_the_same_training_gives_the_same_bytes(tmp_path, taxonomy):
    """Whatever the seed of Python's hashes is: that of this process is random."""
    papers = papers_of(list(AREAS), 24, seed=0)
    here = train(tmp_path, taxonomy, papers, "--version", "1")
    subprocess.run(
        [sys.executable, "-m", "tagstract", "train", tmp_path / "papers.jsonl",
         "--taxonomy", taxonomy, "--out", tmp_path / "again", "--version", "1"],
        env={**os.environ, "PYTHONHASHSEED": "1"}, check=True, capture_output=True,
    )  # fmt: skip
    assert Model.load(tmp_path / "again").digest == here.digest


def test_a_ridge_is_what_its_equations_say():
    """Against the solution in feature space: weighted, with an unpenalised mean."""
    random = np.random.default_rng(0)
    features, targets = random.normal(size=(30, 4)), random.normal(size=(30, 2))
    weights, centre = random.uniform(0.5, 2, 30), np.array([0.3, -0.1])
    few, one = (
        fit_ridge(features @ features.T, targets, weights, centre, strengths)
        for strengths in ([0.1, 2.0], [2.0])
    )
    shares = weights / weights.sum()
    centred = features - shares @ features
    left = centred.T @ (weights[:, None] * centred) + 2.0 * np.eye(4)
    wanted = np.linalg.solve(left, centred.T @ (weights[:, None] * (targets - centre)))
    predicted = centred @ wanted + centre
    for dual in (few[1], one[0]):
        np.testing.assert_allclose(features @ features.T @ dual.weights + dual.bias, predicted)


def test_each_fold_has_its_share_of_every_area():
    random = np.random.default_rng(0)
    truth = random.random((200, 5)) < [0.5, 0.2, 0.1, 0.05, 0.05]
    fold = stratified_folds(truth, 5, seed=0)
    counts = np.array([truth[fold == number].sum(0) for number in range(5)])
    assert (counts.max(0) - counts.min(0) <= np.maximum(2, 0.3 * counts.mean(0))).all(), counts


@pytest.mark.parametrize("single", [False, True])
def test_probabilities_of_own_areas_are_calibrated(single):
    random = np.random.default_rng(0)
    logits = random.normal(-1, 2, (2000, 4))
    if single:
        chance = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
        truth = np.array([random.multinomial(1, row) for row in chance]) > 0
    else:
        truth = random.random(logits.shape) < 1 / (1 + np.exp(-logits))
    scale = fit_own_scale(logits / 5, truth, single)
    probabilities = scale.probabilities(logits / 5)
    for low in (0.1, 0.4, 0.7):
        some = (probabilities > low) & (probabilities < low + 0.2)
        assert abs(truth[some].mean() - probabilities[some].mean()) < 0.05
    if single:
        assert (scale.given(probabilities).sum(1) <= 1).all()


def test_many_papers_move_the_words_as_few_do():
    """The two ways to fit a move find the same one."""
    random = np.random.default_rng(0)
    terms = sparse.random(80, 300, 0.1, "csr", random_state=0)
    targets = (random.random((80, 3)) < 0.3).astype(np.float32)
    start = random.normal(size=(80, 3))
    rows = row_features(terms)
    move = fit_move(rows, start, targets, 0.3, 0.5)
    other = fit_sparse_move(terms, start, targets, 0.3, 0.5)
    expected = terms @ to_weights(terms, rows, move.weight) + move.bias
    np.testing.assert_allclose(other.logits(terms), expected, atol=0.1)
