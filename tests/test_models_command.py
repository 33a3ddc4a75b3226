"""`tagstract models`: versions in BentoML's real model store."""

import json
import shutil
from dataclasses import replace

import pytest

from tagstract.cli.main import main
from tagstract.model_folder import Model, ModelFacts, resolve
from tagstract.model_folder import format as files
from tagstract.model_folder.store import DEFAULT_FOLDER, register
from tagstract.model_folder.store.promotions import promote


@pytest.fixture
def two_versions(model, tmp_path):
    """The default model under two other versions, in the store."""
    tags = []
    for version in ("1.0.0", "2.0.0"):
        folder = shutil.copytree(DEFAULT_FOLDER, tmp_path / version)
        facts = replace(model.facts, version=version)
        tags.append(register(folder, files.seal(folder, facts)))
    return tags


def test_without_a_promotion_the_shipped_model_is_live(capsys):
    assert main(["models", "list", "--json"]) == 0
    [row] = json.loads(capsys.readouterr().out)
    assert (row["live"], row["ships"]) == (True, True)
    assert main(["models", "rollback"]) == 2
    assert "nothing is promoted" in capsys.readouterr().err


def test_promote_and_rollback_move_the_live_model(two_versions, capsys):
    first, second = two_versions
    assert main(["models", "promote", first]) == 0
    assert Model.load(resolve(None)).tag == first
    assert main(["models", "promote", "ai-research-areas:latest"]) == 0
    assert Model.load(resolve(None)).tag == second
    capsys.readouterr()
    main(["models", "list"])
    assert "* ai-research-areas:2.0.0" in capsys.readouterr().out
    assert main(["models", "rollback"]) == 0
    assert f"{first} is live again" in capsys.readouterr().out
    assert main(["models", "rollback"]) == 0
    assert resolve(None) == DEFAULT_FOLDER


def test_the_shipped_model_can_be_promoted_over_others(two_versions, model, capsys):
    main(["models", "promote", two_versions[0]])
    main(["models", "promote", model.tag])
    capsys.readouterr()
    assert main(["models", "list", "--json"]) == 0
    live = [row for row in json.loads(capsys.readouterr().out) if row["live"]]
    assert [(row["version"], row["ships"]) for row in live] == [(model.version, True)]


def test_what_can_not_be_live_is_told(two_versions, model, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = shutil.copytree(tmp_path / "1.0.0", tmp_path / "plain:1")
    facts = {**json.loads((folder / "model.json").read_text()), "version": "3.0.0"}
    del facts["own_sha256"]
    (folder / "model.json").write_text(json.dumps(facts))
    assert main(["models", "promote", "plain:1"]) == 2
    assert "not in the model store" in capsys.readouterr().err
    promote("ai-research-areas:4.0.0")
    assert main(["models", "list"]) == 0
    assert "! ai-research-areas:4.0.0" in capsys.readouterr().out


def test_show_tells_metrics_and_thresholds(model, capsys):
    assert main(["models", "show"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["model"] == model.tag
    assert set(shown["thresholds"]) == set(model.taxonomy.ids)
    assert shown["metrics"]["model"]["micro_f1"] > 0


def test_what_is_not_there_is_one_line(two_versions, capsys):
    for arguments in (["promote", "ai-research-areas:7"], ["promote", "nothing"], ["show", "no:1"]):
        assert main(["models", *arguments]) == 2
        assert capsys.readouterr().err.count("\n") == 1
    with pytest.raises(Exception, match="is already in the model store"):
        register(DEFAULT_FOLDER, ModelFacts("ai-research-areas", "2.0.0", 256))
