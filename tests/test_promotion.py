"""The gate: what it lets through, what it refuses, and what a promotion leaves behind."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tagstract.cli.main import main
from tagstract.labels import InputError
from tagstract.model_folder import format as files
from tagstract.model_folder import resolve
from tagstract.model_folder.held_out import HeldOutPapers
from tagstract.model_folder.store import DEFAULT_FOLDER, register
from tagstract.model_folder.store.promotions import events, live_version, promote, roll_back, served
from tagstract.training.evaluation.gate import Judged, better_than_guessing, judge
from tagstract.training.evaluation.measures import Scores

ROOT = Path(__file__).parents[1]
AREAS = ("graphs", "speech", "vision", "proteins")


def judged(name: str, mistakes: float, papers: int = 120, seed: int = 0, milliseconds=20.0):
    """A model that is wrong about so many of its tags, on papers with one area each."""
    random = np.random.default_rng(1)
    truth = np.eye(len(AREAS), dtype=bool)[random.integers(0, len(AREAS), papers)]
    wrong = np.random.default_rng(seed).random(papers) < mistakes
    given = np.where(wrong[:, None], np.roll(truth, 1, axis=1), truth)
    probabilities = np.where(given, 0.9 - 0.1 * mistakes, 0.05)
    baseline = np.where(np.arange(papers)[:, None] % 3 == 0, np.roll(truth, 1, axis=1), truth)
    return Judged(name, Scores(probabilities, given, truth), baseline, milliseconds)


def findings(candidate: Judged, live: Judged | None) -> list[str]:
    return list(judge(candidate, live, AREAS).findings)


def test_what_is_as_good_or_better_passes():
    assert findings(judged("m:2", 0.10), judged("m:1", 0.12, seed=1)) == []
    assert findings(judged("m:2", 0.05), judged("m:1", 0.30)) == []
    assert findings(judged("m:1", 0.10), None) == []


def test_what_is_worse_is_refused_with_the_reason():
    [first, *rest] = findings(judged("m:2", 0.30), judged("m:1", 0.02))
    assert first.startswith("micro-F1 is 0.")
    assert "below m:1" in first
    assert any(one.startswith("F1 of ") for one in rest)
    [slow] = findings(judged("m:2", 0.1, milliseconds=90.0), judged("m:1", 0.1))
    assert slow == "it takes 4.5 times as long as m:1"
    below = findings(judged("m:1", 0.55), None)
    assert [one for one in below if "below TF-IDF alone" in one]


def test_a_model_of_shuffled_labels_is_no_better_than_guessing():
    shuffled = judged("m:2", 0.0)
    order = np.random.default_rng(3).permutation(120)
    scores = Scores(shuffled.scores.probabilities[order], shuffled.scores.given[order],
                    shuffled.scores.truth)  # fmt: skip
    assert not better_than_guessing(scores)
    found = findings(replace(shuffled, scores=scores, baseline=None), None)
    assert found == ["it is not significantly better than giving every paper the most common areas"]


def stored(model, tmp_path, version: str, mistakes: float, starter, name="mine", shift=0) -> str:
    """The default model as a version that made so many mistakes on the starter papers."""
    folder = shutil.copytree(DEFAULT_FOLDER, tmp_path / f"{name}-{version}")
    (folder / files.CALIBRATION).write_text(
        (folder / files.CALIBRATION).read_text() + " " * (1 + int(100 * mistakes) + shift)
    )
    papers = [{**one, "abstract": f"{one['abstract']} Variant."} for one in starter[:60]]
    ids = model.taxonomy.ids
    truth = np.array([[area in paper["labels"] for area in ids] for paper in papers])
    wrong = np.random.default_rng(0).random(len(papers)) < mistakes
    given = np.where(wrong[:, None], np.roll(truth, 7, axis=1), truth)
    HeldOutPapers(ids, papers, np.where(given, 0.9, 0.01), given, given, truth).save(folder)
    return register(folder, files.seal(folder, replace(model.facts, name=name, version=version)))


def listed(capsys) -> dict[str, dict]:
    capsys.readouterr()
    assert main(["models", "list", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    return {f"{row['name']}:{row['version']}": row for row in rows}


def test_one_model_is_served_whatever_its_name(model, tmp_path, starter, capsys):
    good = stored(model, tmp_path, "1", 0.0, starter)
    other = stored(model, tmp_path, "7", 0.0, starter, "other", 1)
    assert main(["models", "promote", "mine:1"]) == 0
    assert main(["models", "promote", "7"]) == 0  # the version alone
    assert served() == other
    assert resolve(None) == resolve(other)
    assert live_version("mine") == "1"
    rows = listed(capsys)
    assert [tag for tag, row in rows.items() if row["live"]] == [other]
    assert {tag for tag, row in rows.items() if row["promoted"]} == {good, other}
    assert main(["models", "show"]) == 0
    assert json.loads(capsys.readouterr().out)["model"] == other
    assert main(["models", "rollback"]) == 0
    assert f"{good} is live again" in capsys.readouterr().out
    assert (served(), resolve(None)) == (good, resolve(good))
    assert main(["models", "rollback"]) == 0
    assert f"{model.tag} is live again" in capsys.readouterr().out
    assert resolve(None) == DEFAULT_FOLDER


def test_a_worse_version_is_refused_and_force_is_recorded(model, tmp_path, starter, capsys):
    good = stored(model, tmp_path, "1", 0.0, starter)
    bad = stored(model, tmp_path, "2", 0.7, starter)
    assert main(["models", "promote", good]) == 0
    capsys.readouterr()
    assert main(["models", "promote", bad]) == 2
    said = capsys.readouterr()
    assert said.err.count("\n") == 1
    assert f"{bad} is not promoted: micro-F1 is 0." in said.err
    assert "60 held-out papers; candidate mine:2, live: mine:1" in said.out
    assert served() == good
    assert main(["models", "promote", bad, "--force", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["promoted"], document["passed"], document["papers"]) == (True, False, 60)
    assert served() == bad
    assert events()[-1].forced
    assert events()[-1].findings[0].startswith("micro-F1")
    assert listed(capsys)[bad]["forced"]


def test_papers_of_the_users_own_decide_where_they_are_given(model, tmp_path, starter, capsys):
    promote(stored(model, tmp_path, "1", 0.0, starter))
    second = stored(model, tmp_path, "2", 0.0, starter, shift=1)
    mine = tmp_path / "mine.jsonl"
    mine.write_text("".join(json.dumps(record) + "\n" for record in starter[60:64]))
    assert main(["models", "promote", second, "--on", str(mine)]) == 2
    assert "all of these papers were used in training" in capsys.readouterr().err
    new = [{**one, "abstract": f"Abstract: {one['abstract']}"} for one in starter[60:100]]
    mine.write_text("".join(json.dumps(record) + "\n" for record in new))
    assert main(["models", "promote", second, "--on", str(mine)]) == 0
    out = capsys.readouterr().out
    assert "40 held-out papers" in out
    assert "milliseconds a paper" in out
    assert served() == second


def test_without_papers_to_compare_on_it_says_what_to_give(model, tmp_path, capsys):
    folder = shutil.copytree(DEFAULT_FOLDER, tmp_path / "model")
    (folder / files.CALIBRATION).write_text((folder / files.CALIBRATION).read_text() + " ")
    tag = register(folder, files.seal(folder, replace(model.facts, version="9")))
    assert main(["models", "promote", tag]) == 2
    said = capsys.readouterr().err
    assert "pass labelled papers that it was not trained on with --on, or use --force" in said
    assert main(["models", "promote", tag, "--force"]) == 0
    assert events()[-1].findings[0].startswith("not compared")


def test_a_history_of_an_older_tagstract_is_taken_over(tmp_path):
    home = Path(os.environ["BENTOML_HOME"]) / "tagstract"
    home.mkdir(exist_ok=True)
    (home / "ai-research-areas.json").write_text('{"promoted": ["1.0.0", "2.0.0"]}')
    assert served() == "ai-research-areas:2.0.0"
    assert roll_back() == "ai-research-areas:1.0.0"
    promote("mine:1")
    assert [event.tag for event in events()][-1] == "mine:1"
    (home / "served.json").write_text('{"events": [{"action": "promote"}]}')
    with pytest.raises(InputError, match="is damaged"):
        served()


CHANGE_FOR_EVER = """
import sys
from tagstract.model_folder.store.promotions import promote, roll_back
print("ready", flush=True)
while True:
    promote("mine:2")
    roll_back()
"""


def test_a_kill_at_any_moment_leaves_the_history_as_it_was(tmp_path):
    promote("mine:1")
    for _ in range(4):
        command = [sys.executable, "-c", CHANGE_FOR_EVER]
        child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
        child.stdout.readline()
        count = len(events())
        while len(events()) < count + 3:
            assert child.poll() is None
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        assert served() in ("mine:1", "mine:2")
        while served() == "mine:2":
            roll_back()
    assert {event.tag for event in events()} == {"mine:1", "mine:2"}
