"""The lexical head: titles count twice, telling words count more; and a model refitted with it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np

from tagstract.cli.main import main
from tagstract.model_folder import Model, lexical_text
from tagstract.training.heads.tfidf import fit_lexical


def test_a_title_is_read_twice():
    paper = {"title": "Bees  at work?", "abstract": "We watch them."}
    assert lexical_text(paper) == "Bees at work?. Bees at work? We watch them."
    assert lexical_text({"abstract": "We watch them."}) == "We watch them."


def test_a_word_that_tells_an_area_weighs_more_than_one_that_comes_by_chance():
    random = np.random.default_rng(0)
    common = [f"word{number}" for number in range(40)]
    texts, targets = [], np.zeros((200, 1), np.float32)
    for row in range(200):
        words = list(random.choice(common, 30))
        if row % 10 == 0:
            targets[row] = 1
            words += ["hive"]
        texts.append(" ".join(words))
    head = fit_lexical(texts, targets)
    weights = {
        term: abs(float(head.weight[column, 0]))
        for column, term in enumerate(head.terms)
        if " " not in term
    }
    assert max(weights, key=lambda term: weights[term]) == "hive"
    assert weights["hive"] > 10 * np.median([weights[term] for term in common])


def redrawn(base: Path, folder: Path) -> Path:
    """The same base with other random weights."""
    from transformers import AutoConfig, AutoModel

    shutil.copytree(base, folder)
    AutoModel.from_config(AutoConfig.from_pretrained(base)).save_pretrained(folder)
    return folder


def test_a_refitted_model_keeps_its_transformer(tmp_path, tiny_base, starter, capsys):
    file = tmp_path / "labelled.jsonl"
    file.write_text("".join(json.dumps(record) + "\n" for record in starter[:120]))
    arguments = ["--mode", "full", "--base", str(tiny_base), "--epochs", "1", "--version", "1"]
    kept = ["--encoder-out", str(tmp_path / "encoder")]
    assert main(["train", str(file), *arguments, *kept, "--out", str(tmp_path / "old")]) == 0
    old = Model.load(tmp_path / "old")
    refit = ["train", "refit", str(old.folder), str(file)]
    assert main([*refit, "--version", "2", "--out", str(tmp_path / "new")]) == 0
    new = Model.load(tmp_path / "new")
    assert new.version == "2" and new.facts.refitted_from == old.tag
    assert (new.folder / "encoder.onnx").read_bytes() == (old.folder / "encoder.onnx").read_bytes()
    # Nothing was changed in between, so it is the same model once more.
    papers = starter[200:210]
    np.testing.assert_allclose(new.probabilities(papers), old.probabilities(papers), atol=1e-3)
    again = ["--version", "3", "--out", str(tmp_path / "again"), "--encoder"]
    assert main([*refit, *again, str(tmp_path / "encoder")]) == 0
    exported = Model.load(tmp_path / "again")
    assert exported.metrics["export"] == old.metrics["export"]
    np.testing.assert_allclose(exported.probabilities(papers), old.probabilities(papers), atol=1e-3)
    other = ["--version", "4", "--out", str(tmp_path / "other")]
    redrawn_encoder = redrawn(tmp_path / "encoder", tmp_path / "redrawn")
    assert main([*refit, *other, "--encoder", str(redrawn_encoder)]) == 2
    assert "is not the encoder of" in capsys.readouterr().err
    file.write_text("".join(json.dumps(record) + "\n" for record in starter[1:120]))
    assert main([*refit, *other]) == 2
    assert "other papers" in capsys.readouterr().err and not (tmp_path / "other").exists()
