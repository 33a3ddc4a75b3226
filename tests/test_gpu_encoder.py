"""The encoder on a GPU, chosen where there is one. A stand-in takes its place: ONNX Runtime on the
CPU, with the model and the batches that a GPU would get."""

import json
import logging

import numpy as np
import pytest

from tagstract.cli.main import main
from tagstract.labels import InputError
from tagstract.labels.speed import Speed
from tagstract.model_folder import Model, gpu
from tagstract.model_folder import format as files
from tagstract.model_folder.encoder import Encoder
from tagstract.model_folder.store import DEFAULT_FOLDER


@pytest.fixture
def stand_in(monkeypatch):
    monkeypatch.setattr(gpu, "PROVIDERS", ["CPUExecutionProvider"])


def test_without_a_gpu_the_cpu_is_used(monkeypatch, caplog):
    gpu._note.cache_clear()
    assert gpu.open_gpu_session(DEFAULT_FOLDER / files.ENCODER) is None
    assert caplog.text == ""  # who has no GPU need not hear of one


def test_a_gpu_that_can_not_be_used_is_one_line(monkeypatch, caplog):
    gpu._note.cache_clear()
    monkeypatch.setattr(gpu, "PROVIDERS", ["CPUExecutionProvider", "CPUExecutionProvider"])
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            assert gpu.open_gpu_session(DEFAULT_FOLDER / files.CARD) is None
    [record] = caplog.records
    assert record.message.startswith("the GPU is not used: ")


def test_the_gpu_gives_what_the_cpu_gives(stand_in, model, starter):
    papers = starter[:24]
    there = Model.load(DEFAULT_FOLDER)
    here, other = model.score(papers), there.score(papers)
    # Float products in place of int8: what is left is the rounding of int8.
    assert np.abs(here.probabilities - other.probabilities).max() < 0.15
    given = model.scale.given(here.probabilities), there.scale.given(other.probabilities)
    assert (given[0] != given[1]).sum() <= 0.1 * given[0].sum()
    assert here.in_scope == other.in_scope


def test_an_answer_does_not_depend_on_its_neighbours(stand_in, starter):
    model = Model.load(DEFAULT_FOLDER)
    alone = [model.probabilities([paper])[0] for paper in starter[:8]]
    np.testing.assert_allclose(model.probabilities(starter[:8]), alone, atol=1e-5)


def test_texts_of_one_length_run_together(stand_in, monkeypatch):
    encoder = Encoder(DEFAULT_FOLDER / files.ENCODER, DEFAULT_FOLDER / files.TOKENIZER, 256)
    shapes = []
    run = encoder._run
    monkeypatch.setattr(encoder, "_run", lambda tokens: shapes.append(len(tokens)) or run(tokens))
    embeddings = encoder.embed(
        ["one two three", "a much longer text of more words", "four five six"]
    )
    assert sorted(shapes) == [1, 2] and embeddings.shape == (3, encoder.width)


def test_a_batch_has_a_bound():
    tokens = [[1] * 256] * 150 + [[1] * 8]
    assert sorted(map(len, gpu.batches(tokens))) == [1, 22, 64, 64]
    assert sorted(row for rows in gpu.batches(tokens) for row in rows) == list(range(151))


def test_fast_stages_run_there_too(stand_in, starter):
    here = Model.load(DEFAULT_FOLDER, speed=Speed.FAST).probabilities(starter[:24])
    assert here.shape == (24, here.shape[1]) and np.isfinite(here).all()


def test_models_show_tells_the_device(capsys):
    assert main(["models", "show"]) == 0
    assert json.loads(capsys.readouterr().out)["runs_on"] == "cpu"


def test_the_environment_keeps_it_off(stand_in, monkeypatch):
    monkeypatch.setenv(gpu.DEVICE, "cpu")
    assert gpu.open_gpu_session(DEFAULT_FOLDER / files.ENCODER) is None
    monkeypatch.setenv(gpu.DEVICE, "tpu")
    with pytest.raises(InputError, match="TAGSTRACT_DEVICE: 'tpu' is no device; give auto or cpu"):
        gpu.open_gpu_session(DEFAULT_FOLDER / files.ENCODER)
