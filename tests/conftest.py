"""What several tests share: the model that ships, and a tiny transformer to train."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import secrets
import shutil
import tempfile
import time
from pathlib import Path

import psutil
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


RUN = "TAGSTRACT_TEST_RUN"
"""Marks every process of this run, those of the tests' services too."""
os.environ.setdefault(RUN, secrets.token_hex(8))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that leaves processes behind, such as the worker of a killed service."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        return
    limit = time.monotonic() + 10
    while (left := left_behind()) and time.monotonic() < limit:
        time.sleep(0.2)
    for process in left:
        print(f"left behind: {' '.join(process.info['cmdline'])}")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def left_behind() -> list[psutil.Process]:
    """Processes of this run other than pytest's own and Python's helpers."""
    own = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    helpers = ("sys.stdin.readline", "resource_tracker", "forkserver")
    found = []
    for process in psutil.process_iter(["cmdline"]):
        with contextlib.suppress(psutil.Error):
            line = " ".join(process.info["cmdline"] or ())
            if (
                process.environ().get(RUN) == os.environ[RUN]
                and process.pid not in own
                and process.status() != psutil.STATUS_ZOMBIE
                and not any(helper in line for helper in helpers)
            ):
                found.append(process)
    return found


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
