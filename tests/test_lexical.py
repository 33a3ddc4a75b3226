"""The lexical head: titles count twice, telling words count more; and a model refitted with it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from tagstract.cli.main import main
from tagstract.labels import InputError, load_taxonomy, read_labelled
from tagstract.model_folder import Model, lexical_text
from tagstract.training.data.training_data import TrainingData
from tagstract.training.heads.tfidf import fit_lexical
from tagstract.training.modes.refit import refit


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


def test_a_refitted_model_keeps_its_transformer(tmp_path, tiny_base, starter):
    file = tmp_path / "labelled.jsonl"
    file.write_text("".join(json.dumps(record) + "\n" for record in starter[:120]))
    arguments = ["--mode", "full", "--base", str(tiny_base), "--epochs", "1", "--version", "1"]
    kept = ["--encoder-out", str(tmp_path / "encoder")]
    assert main(["train", str(file), *arguments, *kept, "--out", str(tmp_path / "old")]) == 0
    old = Model.load(tmp_path / "old")
    taxonomy = load_taxonomy()
    data = TrainingData.of(read_labelled([str(file)], taxonomy), taxonomy)
    out = tmp_path / "new"
    out.mkdir()
    refit(old, data, "2", out)
    new = Model.load(out)
    assert new.version == "2" and new.facts.refitted_from == old.tag
    assert (out / "encoder.onnx").read_bytes() == (old.folder / "encoder.onnx").read_bytes()
    # Nothing was changed in between, so it is the same model once more.
    papers = starter[200:210]
    np.testing.assert_allclose(new.probabilities(papers), old.probabilities(papers), atol=1e-3)
    again = tmp_path / "again"
    again.mkdir()
    refit(old, data, "3", again, tmp_path / "encoder")
    exported = Model.load(again)
    assert exported.metrics["export"] == old.metrics["export"]
    np.testing.assert_allclose(exported.probabilities(papers), old.probabilities(papers), atol=1e-3)
    other = tmp_path / "other"
    other.mkdir()
    with pytest.raises(InputError, match="is not the encoder of"):
        refit(old, data, "4", other, redrawn(tmp_path / "encoder", tmp_path / "redrawn"))
    fewer = TrainingData(data.papers[1:], data.labels[1:], taxonomy)
    with pytest.raises(InputError, match="other papers"):
        refit(old, fewer, "3", Path(tmp_path))
