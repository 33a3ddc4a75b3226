"""`--speed`: on every way out, with evidence, and for models that have no cheap stages."""

import json
import os
import shutil
import urllib.request
from dataclasses import replace
from pathlib import Path

import pytest
from running import running_service

import tagstract
from tagstract.cli.main import main
from tagstract.labels.speed import Speed
from tagstract.model_folder import Model
from tagstract.model_folder import format as files
from tagstract.model_folder.store import DEFAULT_FOLDER

SPEEDS = [speed.value for speed in Speed]


@pytest.fixture
def feed(tmp_path, starter) -> Path:
    path = tmp_path / "feed.jsonl"
    papers = [*starter[:2], {"title": "A note"}, "not an object"]
    path.write_text("".join(json.dumps(paper) + "\n" for paper in papers))
    return path


@pytest.fixture
def without_stages(tmp_path) -> Path:
    """A model as `tagstract train` makes one: it has no cheap stages."""
    folder = tmp_path / "own"
    shutil.copytree(DEFAULT_FOLDER, folder)
    facts = files.check(folder)
    for name in (files.CASCADE, files.CASCADE_ENCODER):
        (folder / name).unlink()
    files.seal(folder, replace(facts, name="own", version="1"))
    return folder


@pytest.mark.parametrize("speed", SPEEDS)
def test_every_line_says_which_speed_answered(feed, tmp_path, speed):
    out = tmp_path / "tagged.jsonl"
    assert main(["tag", str(feed), "-o", str(out), "--quiet", "--speed", speed]) == 1
    papers = [json.loads(line) for line in out.read_text().splitlines()]
    assert [paper["status"] for paper in papers] == ["tagged", "tagged", "abstained", "error"]
    assert [paper["speed"] for paper in papers] == [speed] * 4


def test_every_format_says_which_speed_answered(feed, tmp_path):
    import pyarrow.parquet as pq

    for ending in (".parquet", ".csv", ".json", ".md", ".html"):
        out = tmp_path / f"tagged{ending}"
        assert main(["tag", str(feed), "-o", str(out), "--quiet", "--speed", "fast"]) == 1
        if ending == ".parquet":
            assert pq.read_table(out).column("speed").to_pylist() == ["fast"] * 4
        elif ending == ".csv":
            head, first = out.read_text(encoding="utf-8-sig").splitlines()[:2]
            assert "speed" in head and "fast" in first
        elif ending == ".json":
            assert {paper["speed"] for paper in json.loads(out.read_text())} == {"fast"}
        else:
            assert f"Tagged by {Model.load(DEFAULT_FOLDER).tag} at speed fast." in out.read_text()


def test_the_service_answers_at_the_speed_of_its_setting(tmp_path, starter):
    environment = {**os.environ, "TAGSTRACT_SPEED": "fast"}
    with running_service(tmp_path / "log", env=environment) as (_, address):
        for path in ("/tag", "/explain"):
            body = json.dumps({"papers": starter[:2]}).encode()
            headers = {"content-type": "application/json"}
            request = urllib.request.Request(f"http://{address}{path}", body, headers)
            with urllib.request.urlopen(request, timeout=60) as answer:
                papers = json.loads(answer.read())
            assert [paper["speed"] for paper in papers] == ["fast", "fast"]
        with urllib.request.urlopen(f"http://{address}/model", timeout=60) as answer:
            assert json.loads(answer.read())["speed"] == "fast"


@pytest.mark.parametrize("speed", SPEEDS)
def test_evidence_is_the_same_at_every_speed(starter, speed):
    """One network reads the paper with and without a sentence: the full model."""
    best = tagstract.load(explain=True).tag(starter[:3])
    answers = tagstract.load(explain=True, speed=speed).tag(starter[:3])
    for one, other in zip(best, answers, strict=True):
        for area in one.evidence.keys() & other.evidence.keys():
            assert one.evidence[area] == other.evidence[area]
        assert other.evidence


def test_a_model_without_stages_answers_in_full_and_says_so_once(feed, tmp_path, without_stages):
    import subprocess
    import sys

    out = tmp_path / "tagged.jsonl"
    command = ["tag", str(feed), "-o", str(out), "--quiet", "--model", str(without_stages)]
    done = subprocess.run(
        [sys.executable, "-m", "tagstract", *command, "--speed", "fast"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    said = "own:1 has no fast stages, so it runs at speed 'best', not 'fast'\n"
    assert done.stderr.startswith(said) and done.stderr.count(said) == 1
    assert {json.loads(line)["speed"] for line in out.read_text().splitlines()} == {"best"}


def test_a_paper_costs_less_than_a_run_where_stages_answer(starter):
    full, fast = (Model.load(DEFAULT_FOLDER, speed=one) for one in (Speed.BEST, Speed.FAST))
    assert full.cost == fast.cost == 1.0
    fast.score(starter[:5], full=True)
    fast.score(starter[:100])
    assert 0 < fast.cost < 1
