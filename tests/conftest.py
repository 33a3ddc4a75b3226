"""What several tests share: the model that ships, and a tiny transformer to train."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from tagstract.labels import STARTER_PATH
from tagstract.model_folder import Model
from tagstract.model_folder import format as files
from tagstract.model_folder.store import DEFAULT_FOLDER

# BentoML reads where its store is once in a process.
STORE = Path(tempfile.mkdtemp(prefix="tagstract-store-"))
atexit.register(shutil.rmtree, STORE, ignore_errors=True)
os.environ["BENTOML_HOME"] = str(STORE)
os.environ["BENTOML_DO_NOT_TRACK"] = "True"


@pytest.fixture(scope="session")
def model() -> Model:
    """The default model, loaded once."""
    return Model.load(DEFAULT_FOLDER)


@pytest.fixture(scope="session")
def embeddings(tmp_path_factory) -> Path:
    """The default model's embeddings, which all tests of all workers share: the papers that most
    trainings rehearse are embedded once a run."""
    facts = files.read_json(DEFAULT_FOLDER / files.FACTS)
    digest = facts["files"][files.ENCODER][:16]
    home = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        home = home.parent
    (home / "embeddings").mkdir(exist_ok=True)
    return home / "embeddings" / f"embeddings-{digest}-{facts['max_tokens']}.sqlite"


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory, monkeypatch, embeddings):
    """An empty model store and a cache of each test's own: none touches the user's."""
    for part in ("models", "tagstract"):
        shutil.rmtree(STORE / part, ignore_errors=True)
    (STORE / "models").mkdir()
    cache = tmp_path_factory.mktemp("cache")
    (cache / embeddings.name).symlink_to(embeddings)
    monkeypatch.setenv("TAGSTRACT_CACHE", str(cache))


@pytest.fixture(scope="session")
def starter() -> list[dict]:
    """The records of the starter labelled set."""
    return [json.loads(line) for line in STARTER_PATH.read_text().splitlines()]


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory, starter) -> Path:
    """A real BERT of two narrow layers with random weights and a tokenizer of its own."""
    import torch
    from tokenizers import BertWordPieceTokenizer
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("tiny-base")
    pieces = BertWordPieceTokenizer()
    pieces.train_from_iterator(
        [record["abstract"] for record in starter], vocab_size=2000, show_progress=False
    )
    special = {name: f"[{name[:-6].upper()}]" for name in
               ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token")}  # fmt: skip
    PreTrainedTokenizerFast(
        tokenizer_object=pieces._tokenizer, model_max_length=64, **special
    ).save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=2000,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
    )
    BertModel(config).save_pretrained(folder)
    return folder
