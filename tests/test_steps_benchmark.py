"""The benchmark of single steps of a training, with a tiny base on the starter set."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
import torch

from benchmarks.steps import losses, material
from benchmarks.steps.__main__ import main
from benchmarks.steps.steps import STEPS


@pytest.fixture
def call(tmp_path, tiny_base, starter, monkeypatch):
    monkeypatch.setattr(material, "CHOOSE", 30)
    labelled, fresh = tmp_path / "labelled.jsonl", tmp_path / "fresh.jsonl"
    labelled.write_text("".join(json.dumps(record) + "\n" for record in starter[:240]))
    fresh.write_text("".join(json.dumps(record) + "\n" for record in starter[240:320]))
    return [
        *("--labelled", str(labelled), "--papers", "80", "--scored", "80", "--epochs", "1"),
        *("--tokens", "32"),
        *("--unlabelled", str(fresh), "--max-unlabelled", "64"),
        *("--max-tokens", "64", "--base", str(tiny_base), "--teacher", str(tiny_base)),
        *("--folder", str(tmp_path / "kept")),
    ]


def table(text: str) -> dict[str, list[str]]:
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines()[4:]]
    return {row[0]: row[1:] for row in rows}


def test_every_step_has_its_row_beside_the_recipe(call, tmp_path, capsys):
    assert main(call) == 0
    first = table(capsys.readouterr().out)
    assert list(first) == ["lexical head alone", *(step.title for step in STEPS.values())]
    assert first["the recipe"][2] == ""
    # Each of them changes what is learned.
    logits = {path.read_bytes() for path in (tmp_path / "kept").glob("*.npy")}
    assert len(logits) == len(list((tmp_path / "kept").glob("*.npy"))) == len(STEPS) + 1
    for title in list(first)[2:]:
        assert re.fullmatch(r"[+-]0\.\d{4} \([+-]0\.\d{4} to [+-]0\.\d{4}\)", first[title][2])

    assert main([*call, "--only", "focal"]) == 0
    again = capsys.readouterr()
    assert table(again.out)["focal loss"][:5] == first["focal loss"][:5]
    assert "epoch" not in again.err  # its logits were kept


def test_a_step_that_lacks_what_it_needs_is_named(call, capsys):
    without = call[: call.index("--teacher")]
    assert main([*without, "--only", "student"]) == 2
    assert capsys.readouterr().err == "the step 'student' needs --teacher\n"
    without = [
        word for word in call if word not in ("--unlabelled", call[call.index("--unlabelled") + 1])
    ]
    assert main([*without, "--only", "student"]) == 2
    assert capsys.readouterr().err == "the step 'student' needs --unlabelled\n"
    assert main([*call, "--only", "magic"]) == 2
    assert capsys.readouterr().err.startswith("no step 'magic'; there are plain, layers")


def test_what_cannot_be_used_is_said_before_anything_is_trained(call, capsys):
    assert main([*call, "--unlabelled", "/nowhere.jsonl"]) == 2
    assert "/nowhere.jsonl" in capsys.readouterr().err
    assert main([*call, "--teacher", "/nowhere"]) == 2
    assert capsys.readouterr().err.startswith("/nowhere")
    assert main([*call, "--scored", "10"]) == 2
    assert capsys.readouterr().err.endswith("of 240 papers would be held out; 60 are needed\n")


def test_focal_and_asymmetric_losses_look_away_from_what_is_easy():
    targets = torch.tensor([[1.0, 0.0]])
    sure, unsure = torch.tensor([[4.0, -4.0]]), torch.tensor([[0.0, 0.0]])
    plain = torch.nn.functional.binary_cross_entropy_with_logits(sure, targets, reduction="sum")
    assert losses.focal(sure, targets) < plain / 100
    assert losses.focal(unsure, targets) == pytest.approx(2 * np.log(2) / 4)
    # An area that a paper has counts in full; one that it has not counts nothing below the shift.
    assert losses.asymmetric(sure, targets) == pytest.approx(np.log(1 + np.exp(-4)), rel=1e-4)
    wrong = losses.asymmetric(torch.tensor([[4.0, 4.0]]), targets)
    assert wrong > 50 * losses.asymmetric(sure, targets)


def test_areas_that_come_together_share_a_little():
    targets = np.array([[1, 1, 0], [1, 0, 0], [0, 0, 1]], np.float32)
    smooth = losses.smoothed_by_company(targets)
    # Half of the papers with the first area have the second one.
    assert smooth[1] == pytest.approx([1.0, 0.05, 0.0])
    assert smooth[2] == pytest.approx([0.0, 0.0, 1.0])


def test_labels_that_a_head_is_sure_are_wrong_are_softened():
    targets = np.array([[1], [1], [1], [0], [0], [0]], np.float32)
    chances = np.array([[0.9], [0.8], [0.02], [0.1], [0.2], [0.95]])
    cleaned = losses.doubted(targets, chances)
    assert cleaned.ravel() == pytest.approx([1, 1, 0.02, 0, 0, 0.95])
