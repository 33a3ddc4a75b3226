"""`tagstract models push` and `pull`, against a stand-in for the Hugging Face Hub."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hub_server import hub_server

from tagstract.model_folder import format as files
from tagstract.model_folder.store import DEFAULT_FOLDER, register

ROOT = Path(__file__).parents[1]
REPO = "example-lab/research-areas"


@pytest.fixture(scope="module")
def hub():
    with hub_server() as server:
        yield server


def tagstract(*arguments: str, hub_url: str, home: Path, token: str = "") -> subprocess.Popen:
    """The command in a process of its own: huggingface_hub reads its settings once."""
    environment = {**os.environ, "HF_ENDPOINT": hub_url, "HF_HOME": str(home), "HF_TOKEN": token,
                   "HF_HUB_DISABLE_XET": "1", "BENTOML_HOME": str(home / "bento")}  # fmt: skip
    command = [sys.executable, "-m", "tagstract", "models", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


def test_a_version_goes_to_the_hub_and_comes_back_the_same(hub, tmp_path, model, monkeypatch):
    monkeypatch.setenv("BENTOML_HOME", str(tmp_path / "bento"))
    folder = shutil.copytree(DEFAULT_FOLDER, tmp_path / "model")
    (folder / files.HELD_OUT).write_bytes(b"texts of the user")
    tag = register(folder, files.seal(folder, replace(model.facts, version="1.0.0")))
    there = {"hub_url": hub.url, "home": tmp_path, "token": hub.token}
    pushed = tagstract("push", tag, REPO, **there)
    assert pushed.returncode == 0, pushed.stderr
    assert pushed.stdout.strip() == f"{hub.url}/{REPO}"
    held = hub.repositories[REPO].commits[-1]
    assert set(held) == {path.name for path in DEFAULT_FOLDER.iterdir()} | {"README.md"}
    assert held[files.ENCODER] == (folder / files.ENCODER).read_bytes()
    head = yaml.safe_load(held["README.md"].decode().split("---")[1])
    assert (head["library_name"], head["license"]) == ("tagstract", "apache-2.0")
    results = head["model-index"][0]["results"][0]["metrics"]
    assert results[0]["value"] == round(model.metrics["model"]["micro_f1"], 4)
    assert hub.repositories[REPO].tags == {"1.0.0": 1}

    other = {**there, "home": tmp_path / "other"}
    pulled = tagstract("pull", REPO, "--revision", "1.0.0", **other)
    assert (pulled.returncode, pulled.stdout.strip()) == (0, tag), pulled.stderr
    again = tagstract("pull", REPO, **other)
    assert again.returncode == 2
    assert "is already in the model store" in again.stderr


def test_what_the_hub_refuses_or_lacks_is_one_line(hub, tmp_path):
    there = {"hub_url": hub.url, "home": tmp_path}
    for arguments, expected in (
        (["push", "default", "no-owner"], "use OWNER/NAME"),
        (["push", "default", "example-lab/other"], "set HF_TOKEN"),
        (["pull", "example-lab/nothing"], "no such repository"),
    ):
        done = tagstract(*arguments, **there)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
        assert expected in done.stderr
    done = tagstract("pull", REPO, hub_url="http://127.0.0.1:9", home=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert "can't be reached" in done.stderr


def test_a_changed_file_on_the_hub_is_refused(hub, tmp_path, model):
    there = {"hub_url": hub.url, "home": tmp_path, "token": hub.token}
    repo = "example-lab/changed"
    assert tagstract("push", "default", repo, **there).returncode == 0
    hub.repositories[repo].commits[-1][files.CALIBRATION] += b" "
    done = tagstract("pull", repo, **there)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert "is damaged" in done.stderr
