"""The one-GPU pipeline, on a CPU: pack papers, train teacher and student, unpack, seal a model."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from tagstract.cli.main import main
from tagstract.model_folder import Model
from tagstract.model_folder.cascade import Speed
from tagstract.training.gpu import network as fast
from tagstract.training.gpu import run


def written(path, records) -> str:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return str(path)


def test_the_fast_network_says_what_transformers_says(tiny_base):
    from safetensors.torch import load_file
    from transformers import BertModel

    config = json.loads((tiny_base / "config.json").read_text())
    ours = fast.load(
        load_file(tiny_base / "model.safetensors"), config, torch.full((3,), 0.1)
    ).eval()
    ids = torch.arange(5, 29).reshape(2, 12)
    mask = torch.ones(2, 12, dtype=torch.bool)
    mask[1, 7:] = False
    seen = {}
    ours.head.register_forward_hook(lambda _, given, __: seen.update(mean=given[0]))
    with torch.no_grad():
        ours(ids, mask)
        theirs = BertModel.from_pretrained(tiny_base).eval()
        hidden = theirs(input_ids=ids, attention_mask=mask.long()).last_hidden_state
    weight = mask[..., None].float()
    torch.testing.assert_close(
        seen["mean"], (hidden * weight).sum(1) / weight.sum(1), atol=1e-4, rtol=1e-4
    )


def test_relative_positions_have_the_buckets_of_mpnet():
    from transformers.models.mpnet.modeling_mpnet import MPNetEncoder

    distance = torch.arange(-300, 300)
    torch.testing.assert_close(
        fast.bucket(distance), MPNetEncoder.relative_position_bucket(distance, num_buckets=32)
    )


@pytest.fixture(scope="module")
def sealed(tmp_path_factory, tiny_base, starter):
    """A model folder that came all the way, and the folder of its arrays."""
    home = tmp_path_factory.mktemp("gpu")
    labelled = written(home / "labelled.jsonl", starter[:60])
    held = written(home / "held.jsonl", starter[60:100])
    more = written(home / "more.jsonl", starter[100:140])
    packed, trained = home / "packed", home / "trained"
    bases = ["--base", str(tiny_base), "--teacher-base", str(tiny_base)]
    papers = [labelled, "--held-out", held]
    line = ["train", "pack", *papers, "--unlabelled", more, *bases, "--out", str(packed)]
    assert main(line) == 0
    run.main([str(packed), "--minutes", "0.05", "--teachers", "1", "--small"])
    line = ["train", "unpack", str(packed), *papers, "--base", str(tiny_base)]
    assert main([*line, "--out", str(trained)]) == 0
    line = ["train", "full", *papers, "--trained", str(trained), "--version", "1"]
    assert main([*line, "--out", str(home / "model")]) == 0
    return home / "model", packed, trained


def test_the_packed_student_becomes_a_model(sealed, starter):
    model = Model.load(sealed[0])
    assert model.metrics["papers"] == 40
    assert model.probabilities(starter[:2]).shape == (2, len(model.taxonomy.ids))


def test_the_teachers_judge_every_paper(sealed):
    soft, labels = np.load(sealed[1] / "soft.npy"), np.load(sealed[1] / "labels.npz")
    assert len(soft) == 140 and np.isfinite(soft).all()
    assert (labels["kind"] == run.HELD).sum() == 40


def test_the_packed_papers_give_the_model_a_cascade(sealed, starter, tmp_path):
    folder, packed = shutil.copytree(sealed[0], tmp_path / "model"), sealed[1]
    held = written(tmp_path / "held.jsonl", starter[60:100])
    line = ["train", "cascade", str(folder), "--packed", str(packed), "--held-out", held]
    assert main([*line, "--minutes", "0.1"]) == 0
    model = Model.load(folder, speed=Speed.FAST)
    assert model.speed is Speed.FAST and model.cascade is not None
    bag = model.cascade.bag
    assert len(bag.table) == (bag.rows >= 0).sum() + len(bag.pairs) > 20
    assert len(model.cascade.encoder.embed_tokens([[2, 7, 9, 3]])[0]) == 32
    assert np.isfinite(model.probabilities(starter[100:110])).all()


def test_a_cascade_is_not_calibrated_on_papers_of_its_training(sealed, starter, tmp_path, capsys):
    wrong = written(tmp_path / "wrong.jsonl", starter[:40])
    line = ["train", "cascade", str(sealed[0]), "--packed", str(sealed[1]), "--held-out", wrong]
    assert main(line) == 2
    assert "40 of 40 papers were not held out in training" in capsys.readouterr().err


def test_the_trained_network_is_kept_as_a_base(sealed, tmp_path):
    from tagstract.training.transformer.base import load_encoder, resolve_base

    out = tmp_path / "float"
    assert main(["train", "float", str(sealed[2]), str(sealed[0]), "--out", str(out)]) == 0
    base = resolve_base(out)
    assert base.licence == "Apache-2.0" and base.description.endswith("fine-tuned before")
    assert Model.load(sealed[0]).tag in (out / "README.md").read_text()
    half, whole = (load_encoder(resolve_base(one))[0] for one in (out, sealed[2]))
    for ours, theirs in zip(half.parameters(), whole.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs.bfloat16().float())
    assert (out / "model.safetensors").stat().st_size < 0.6 * (
        sealed[2] / "model.safetensors"
    ).stat().st_size


def test_an_earlier_student_goes_on_without_teachers(sealed, tmp_path):
    packed = shutil.copytree(sealed[1], tmp_path / "packed")
    weights = load_file(packed / "student.safetensors")
    head = {name: weights[f"head.{name}"] for name in ("weight", "bias")}
    save_file(head, packed / "student" / "head.safetensors")
    (packed / "student.safetensors").unlink()
    run.main([str(packed), "--minutes", "0.05", "--go-on"])
    assert load_file(packed / "student.safetensors").keys() == weights.keys()
