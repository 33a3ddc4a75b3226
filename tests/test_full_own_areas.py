"""The full mode on areas of the user's own, and the search for its settings."""

from __future__ import annotations

import json

import pytest
from test_own_areas import AREAS, papers_of
from test_own_areas import taxonomy as taxonomy

from tagstract.cli.main import main
from tagstract.model_folder import Model
from tagstract.model_folder.held_out import HeldOutPapers


@pytest.fixture(scope="module")
def call(tmp_path_factory, taxonomy, tiny_base):
    """A training in the full mode, without --out."""
    path = tmp_path_factory.mktemp("papers") / "papers.jsonl"
    papers = papers_of(list(AREAS), 160, seed=0)
    path.write_text("".join(json.dumps(paper) + "\n" for paper in papers))
    words = ["train", str(path), "--taxonomy", str(taxonomy), "--mode", "full"]
    return [*words, "--base", str(tiny_base)]


def test_rules_and_calibration_are_those_of_the_papers(call, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("TAGSTRACT_CACHE", str(tmp_path / "cache"))
    out = tmp_path / "model"
    assert main([*call, "--epochs", "2", "--any-language", "--out", str(out)]) == 0
    model, said = Model.load(out), capsys.readouterr().err
    assert "for 2 epochs on this machine" in said  # how long, before it takes so long
    assert model.scope is None and not model.rules.english_only and model.scale.single
    assert model.metrics["model"]["micro_f1"] > 0.5
    held = HeldOutPapers.load(out)
    assert held is not None and len(held) == 20 and held.areas == tuple(AREAS)


def test_few_papers_are_for_the_head_mode(call, tmp_path, capsys):
    [few] = [tmp_path / "few.jsonl"]
    few.write_text("".join(json.dumps(paper) + "\n" for paper in papers_of(list(AREAS), 40, 0)))
    assert main([call[0], str(few), *call[2:], "--out", str(tmp_path / "model")]) == 2
    assert "--mode head is the better one" in capsys.readouterr().err


def test_texts_stay_out_where_asked(call, tmp_path, monkeypatch):
    monkeypatch.setenv("TAGSTRACT_CACHE", str(tmp_path / "cache"))
    out = tmp_path / "model"
    assert main([*call, "--epochs", "1", "--without-texts", "--out", str(out)]) == 0
    assert HeldOutPapers.load(out) is None


def test_a_search_tries_the_recipe_first_and_goes_on(call, tmp_path, monkeypatch, capsys):
    """The second call knows what the first has tried, and trains nothing twice."""
    monkeypatch.setenv("TAGSTRACT_CACHE", str(tmp_path / "cache"))
    words = [*call, "--epochs", "2", "--search", "0.001", "--out"]
    assert main([*words, str(tmp_path / "first")]) == 0
    said = capsys.readouterr().err
    assert "recipe 1: the settings as they stand" in said
    assert "best of 1 recipes" in said and said.count("epoch 1/2:") == 1
    assert main([*words, str(tmp_path / "second")]) == 0
    assert "best of 1 recipes" in capsys.readouterr().err
    one, two = (Model.load(tmp_path / name) for name in ("first", "second"))
    assert (one.weight == two.weight).all()
