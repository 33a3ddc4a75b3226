"""Whole feeds: resuming after a kill, duplicates, what earlier runs saw, several files."""

from __future__ import annotations

import json
import os
import pty
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tagstract.cli.main import main
from tagstract.labels import load_taxonomy
from tagstract.labels.io.paper import paper_of
from tagstract.model_folder.format import seal
from tagstract.model_folder.store import DEFAULT_FOLDER
from tagstract.serving.batch import CHUNK, Journal
from tagstract.serving.batch.duplicates import keys_of

TAGSTRACT = [sys.executable, "-m", "tagstract"]


def jsonl(path: Path, records: list[dict]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def read(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def tag(*arguments: object) -> int:
    return main(["tag", *map(str, arguments)])


def same_paper(one: dict, other: dict, files=("a.csv", "b.csv")) -> bool:
    keys = [
        set(keys_of(paper_of(record), file))
        for record, file in zip((one, other), files, strict=True)
    ]
    return bool(keys[0] & keys[1])


ABSTRACT = "Bees hum before they swarm. We listen to a hive for a year and say when it will."


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"id": "arxiv:2601.01234"}, {"id": "http://arxiv.org/abs/2601.01234v3"}),
        ({"id": "2601.01234v1"}, {"url": "https://arxiv.org/pdf/2601.01234v2.pdf"}),
        ({"doi": "10.1000/ABC.5"}, {"doi": "https://doi.org/10.1000/abc.5"}),
        (
            {"id": "openalex:W77", "title": "Hearing the hive"},
            {"id": "openalex:W77", "title": "Hearing the swarm"},
        ),
        (
            {"title": "Hearing the Hive: Swarms", "authors": ["Ada Lovelace", "B. Bee"]},
            {"title": "Hearing the hive - swarms", "authors": "Lovelace, A.; Bee, B."},
        ),
        (
            {"title": "Hearing the Hive: Swarms", "abstract": ABSTRACT},
            {"title": "HEARING THE HIVE: SWARMS", "abstract": ABSTRACT + " Rain is noise."},
        ),
        ({"id": "7", "title": "Hearing the Hive"}, {"id": 7, "title": "Hearing the hive"}),
    ],
)
def test_the_same_paper_is_recognised(one, other):
    assert same_paper(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"id": "1", "title": "Hearing the Hive"}, {"id": "1", "title": "Pruning by Ear"}),
        ({"id": "p1", "title": "Hearing the Hive"}, {"id": "p1", "title": "Pruning by Ear"}),
        (
            {"title": "Editorial", "authors": ["A. Lovelace"]},
            {"title": "Editorial", "authors": ["A. Lovelace"]},
        ),
        (
            {"title": "Hearing the Hive: Swarms", "authors": ["Ada Lovelace"]},
            {"title": "Hearing the Hive: Swarms", "authors": ["Grace Hopper"]},
        ),
    ],
)
def test_different_papers_stay_apart(one, other):
    assert not same_paper(one, other)


def test_an_id_is_one_paper_within_its_file():
    assert same_paper({"id": "p1", "title": "A"}, {"id": "p1", "title": "B"}, ("a.csv", "a.csv"))


def test_a_duplicate_is_tagged_once_and_marked(tmp_path, capsys, starter):
    again = {**starter[0], "id": "other", "duplicate_of": "the user's own"}
    feed = jsonl(tmp_path / "feed.jsonl", [starter[0], starter[1], again])
    output = tmp_path / "out.jsonl"
    assert tag(feed, "-o", output) == 0
    first, _, second = read(output)
    assert first["status"] == "tagged"
    assert (second["status"], second["reason"], second["tags"]) == ("abstained", "duplicate", [])
    assert second["duplicate_of"] == first["id"]
    assert second["input.duplicate_of"] == "the user's own"
    assert "1 of them duplicates" in capsys.readouterr().err


def test_a_daily_job_gives_only_what_is_new_and_status_3_for_nothing(tmp_path, capsys, starter):
    feed, state, output = tmp_path / "feed.jsonl", tmp_path / "seen.db", tmp_path / "out.jsonl"
    jsonl(feed, starter[:3])
    assert tag(feed, "-o", output, "--state", state) == 0
    assert len(read(output)) == 3
    jsonl(feed, starter[1:5])
    assert tag(feed, "-o", output, "--state", state) == 0
    assert [paper["id"] for paper in read(output)] == [paper["id"] for paper in starter[3:5]]
    capsys.readouterr()
    assert tag(feed, "-o", output, "--state", state) == 3
    assert read(output) == []
    error = capsys.readouterr().err
    assert f"{feed}: NOTHING NEW since 20" in error
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "feed.jsonl", "out.jsonl", "seen.db",
    ]  # fmt: skip


def test_a_run_that_fails_is_not_remembered(tmp_path, capsys, starter):
    feed, state = jsonl(tmp_path / "feed.jsonl", starter[:2]), tmp_path / "seen.db"
    done = subprocess.run(
        f"{sys.executable} -m tagstract tag {feed} --state {state} >/dev/full",
        shell=True, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert done.returncode == 2
    assert tag(feed, "-o", tmp_path / "out.jsonl", "--state", state) == 0
    assert len(read(tmp_path / "out.jsonl")) == 2


def test_a_file_of_another_kind_is_no_state_file(tmp_path, capsys, starter):
    feed = jsonl(tmp_path / "feed.jsonl", starter[:1])
    before = feed.read_bytes()
    assert tag(feed, "--state", feed) == 2
    assert "is not a state file" in capsys.readouterr().err
    assert feed.read_bytes() == before


def test_one_bad_file_of_several_costs_that_file(tmp_path, capsys, starter):
    good = jsonl(tmp_path / "a.jsonl", starter[:2])
    bad = tmp_path / "b.jsonl"
    bad.write_bytes(b"%PDF-1.7 " + bytes(range(256)) * 40)
    output = tmp_path / "out.jsonl"
    assert tag(good, bad, tmp_path / "missing.jsonl", "-o", output) == 1
    assert len(read(output)) == 2
    error = capsys.readouterr().err
    assert f"left out: {bad}: is binary" in error
    assert "missing.jsonl: can't be read" in error
    assert tag(bad, bad, "-o", tmp_path / "none.jsonl") == 2
    assert not (tmp_path / "none.jsonl").exists()


def test_only_some_areas_are_given(tmp_path, capsys, starter):
    feed = jsonl(tmp_path / "feed.jsonl", starter[:3])
    output = tmp_path / "out.jsonl"

    def areas(*options: str) -> set[str]:
        assert tag(feed, "-o", output, *options) == 0
        return {tag["area"] for paper in read(output) for tag in paper["tags"]}

    every = areas()
    first, second, *_ = sorted(every)
    assert areas("--only", first, second) == {first, second}
    named = {area.id: area.name for area in load_taxonomy().areas}
    assert areas("--only", named[first].upper(), named[second]) == {first, second}
    assert areas("--except", f"{first},{second}") == every - {first, second}
    assert tag(feed, "--only", "robotcs") == 2
    assert (
        "there is no area or group 'robotcs'; did you mean 'robotics'?" in capsys.readouterr().err
    )


def test_standard_input_is_not_replaced(tmp_path, starter):
    feed = jsonl(tmp_path / "x.jsonl", starter[:1])
    before = feed.read_bytes()
    for command in ("tag - -o x.jsonl < x.jsonl", "tag x.jsonl >> x.jsonl"):
        done = subprocess.run(
            f"{sys.executable} -m tagstract {command}", shell=True, cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, capture_output=True,
        )  # fmt: skip
        assert done.returncode == 2
        assert b"feed of this command" in done.stderr
        assert feed.read_bytes() == before


def test_two_runs_never_write_one_output(tmp_path, capsys, starter):
    feed = jsonl(tmp_path / "feed.jsonl", starter[:1])
    output = tmp_path / "out.jsonl"
    with Journal(output, {}, resume=False):
        assert tag(feed, "-o", output) == 2
    assert "another run is writing it" in capsys.readouterr().err
    assert tag(feed, "-o", output) == 0


def test_a_run_killed_anywhere_resumes_to_the_same_bytes(tmp_path, starter):
    """The journal is cut as a kill leaves it; `benchmarks/kills.py` kills ten times."""
    feed = jsonl(tmp_path / "feed.jsonl", [*starter[:140], starter[3], {"year": 1}])
    whole, output = tmp_path / "whole.jsonl", tmp_path / "out.jsonl"
    journal = tmp_path / ".out.jsonl.partial"
    arguments = [str(feed), "--state", str(tmp_path / "seen.db")]
    process = subprocess.Popen([*TAGSTRACT, "tag", *arguments, "-o", output])
    limit = time.monotonic() + 90
    while not (journal.exists() and journal.read_bytes().count(b"\n") > 2 * CHUNK):
        assert time.monotonic() < limit
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not output.exists()
    assert tag(feed, "-o", whole) == 1
    done = journal.read_bytes()
    for cut in (len(done), *random.Random(7).sample(range(200, len(done)), 1)):
        journal.write_bytes(done[:cut])
        (tmp_path / "seen.db").unlink(missing_ok=True)
        assert tag(*arguments, "-o", output, "--resume") == 1
        assert output.read_bytes() == whole.read_bytes()
        assert not journal.exists()


def test_a_resumed_run_says_where_it_starts(tmp_path, capsys, starter):
    feed = jsonl(tmp_path / "feed.jsonl", starter[:3])
    output = tmp_path / "out.jsonl"
    assert tag(feed, "-o", output, "--resume") == 0
    assert "nothing to resume; starting at the first paper" in capsys.readouterr().err


def test_a_feed_that_changed_is_not_resumed(tmp_path, capsys, starter):
    papers = [{"id": str(i), "tags": []} for i in range(CHUNK)]
    records = starter[:CHUNK]
    with Journal(tmp_path / "out.jsonl", {"model": "m"}, resume=False, chunk=CHUNK) as journal:
        journal.add(records, papers)
    with Journal(tmp_path / "out.jsonl", {"model": "m"}, resume=True, chunk=CHUNK) as journal:
        assert journal.done == CHUNK
        assert [paper for _, paper in journal.replay(iter(records))] == papers
        with pytest.raises(Exception, match="record 2 of the feed has changed"):
            list(journal.replay(iter([records[0], records[2]])))
    with pytest.raises(Exception, match="another model"):
        Journal(tmp_path / "out.jsonl", {"model": "n"}, resume=True)


def test_another_model_of_the_same_name_does_not_go_on_with_a_run(
    tmp_path, capsys, monkeypatch, model, starter
):
    feed = jsonl(tmp_path / "feed.jsonl", starter[: CHUNK + 1])
    other = tmp_path / "other"
    shutil.copytree(DEFAULT_FOLDER, other)
    calibration = json.loads((other / "calibration.json").read_text())
    calibration["offset"][0] += 0.01
    (other / "calibration.json").write_text(json.dumps(calibration))
    seal(other, model.facts)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    arguments = [feed, "-o", tmp_path / "out.jsonl"]
    with monkeypatch.context() as patched:
        patched.setattr("tagstract.serving.output.write_output", stop)
        assert tag(*arguments) == 2
    assert "with --resume to continue" in capsys.readouterr().err
    assert tag(*arguments, "--model", other, "--resume") == 2
    assert "belongs to a run with another model; run without --resume" in capsys.readouterr().err
    assert tag(*arguments, "--resume") == 0


def run_on_terminal(*arguments: object) -> str:
    """What a call shows on a terminal as its standard error."""
    reader, writer = pty.openpty()
    process = subprocess.Popen(
        [*TAGSTRACT, "tag", *map(str, arguments)], stderr=writer, stdout=subprocess.DEVNULL
    )
    os.close(writer)
    shown = b""
    while True:
        try:
            part = os.read(reader, 4096)
        except OSError:  # how Linux ends a terminal
            part = b""
        if not part:
            break
        shown += part
    os.close(reader)
    assert process.wait(60) == 0
    return shown.decode()


def test_progress_is_for_people_who_look(tmp_path, capsys, starter):
    feed = jsonl(tmp_path / "feed.jsonl", starter[:70])
    shown = run_on_terminal(feed, "-o", tmp_path / "a.jsonl")
    assert "/70" in shown
    assert "left" in shown
    quiet = run_on_terminal(feed, "-o", tmp_path / "b.jsonl", "--quiet")
    assert quiet == ""
    assert tag(feed, "-o", tmp_path / "c.jsonl") == 0
    assert capsys.readouterr().err.count("\n") == 1
