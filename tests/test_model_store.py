"""The model store under kills, at many calls at once, and with what others have left in it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tagstract.cli.main import main
from tagstract.labels import InputError
from tagstract.model_folder import Model, ModelFacts, resolve
from tagstract.model_folder import format as files
from tagstract.model_folder.store import DEFAULT_FOLDER, NAME, register, stored
from tagstract.model_folder.store.promotions import promotions

ROOT = Path(__file__).parents[1]

STORE_FOR_EVER = """
import sys
from dataclasses import replace
from pathlib import Path
from tagstract.model_folder import format as files
from tagstract.model_folder.store import register
folder = Path(sys.argv[1])
facts = files.check(folder)
print("ready", flush=True)
for number in range(10_000):
    register(folder, replace(facts, version=f"{sys.argv[2]}.{number}"))
"""


def sealed(folder: Path, version: str) -> tuple[Path, ModelFacts]:
    """The default model under another version, in a plain folder."""
    shutil.copytree(DEFAULT_FOLDER, folder)
    facts = files.seal(folder, replace(files.check(folder), version=version))
    return folder, facts


def listed(capsys) -> list[dict]:
    capsys.readouterr()
    assert main(["models", "list", "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_stop_while_a_version_is_stored_hides_none_and_leaves_nothing(number, tmp_path, capsys):
    folder, facts = sealed(tmp_path / "model", "1.0.0")
    register(folder, facts)
    for kill in range(4):
        command = [sys.executable, "-c", STORE_FOR_EVER, str(folder), f"2.{kill}"]
        child = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        child.stdout.readline()
        time.sleep(0.4 + 0.13 * kill)
        child.send_signal(number)
        child.wait(20)
        child.stdout.close()
    rows = listed(capsys)
    assert [row for row in rows if "is incomplete" in row.get("problem", "")] == []
    assert "1.0.0" in {row["version"] for row in rows}
    assert len(rows) >= 3
    whole = {path.name for path in DEFAULT_FOLDER.iterdir()}
    for place in stored(NAME):
        assert {path.name for path in place.iterdir()} == whole | {"model.yaml"}
    # What a kill has left aside goes with the next version.
    building = Path(os.environ["BENTOML_HOME"]) / "tagstract" / "building"
    for left in building.iterdir():
        assert number == signal.SIGKILL
        os.utime(left, (0, 0))
    register(*sealed(tmp_path / "next", "3.0.0"))
    assert list(building.iterdir()) == []
    assert Model.load(resolve(f"{NAME}:latest")).version == "3.0.0"


def test_what_an_older_copy_has_left_half_there_is_told_and_replaced(tmp_path, capsys):
    register(*sealed(tmp_path / "whole", "1.0.0"))
    wreck = Path(os.environ["BENTOML_HOME"]) / "models" / NAME / "2.0.0"
    wreck.mkdir()
    (wreck / "encoder.onnx").write_bytes(b"half")
    problems = {row["version"]: row.get("problem", "") for row in listed(capsys)}
    assert "is incomplete" in problems["2.0.0"]
    assert problems["1.0.0"] == ""
    assert main(["models", "promote", f"{NAME}:1.0.0"]) == 0
    assert main(["models", "promote", f"{NAME}:2.0.0"]) == 2
    assert f"which has {NAME}:1.0.0" in capsys.readouterr().err
    register(*sealed(tmp_path / "again", "2.0.0"))
    assert Model.load(resolve(f"{NAME}:2.0.0")).version == "2.0.0"


def test_bentoml_itself_finds_the_versions(tmp_path):
    import bentoml

    register(*sealed(tmp_path / "one", "1.0.0"))
    register(*sealed(tmp_path / "two", "2.0.0"))
    assert {str(model.tag) for model in bentoml.models.list(NAME)} == {
        f"{NAME}:1.0.0",
        f"{NAME}:2.0.0",
    }
    assert bentoml.models.get(f"{NAME}:latest").tag.version == "2.0.0"


@pytest.mark.parametrize(
    "tag",
    ["a:b:c", "a:..", "..:a", "A b", "x" * 5000, "a:", ":", "a:*", "ai-research-areas:1", "\0"],
)
def test_a_mistyped_tag_is_one_line(tag, tmp_path, capsys):
    register(*sealed(tmp_path / "model", "1.0.0"))
    with pytest.raises(InputError):
        resolve(tag)
    assert main(["models", "promote", tag]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_of_many_promotions_at_once_none_is_lost(tmp_path):
    tags = [register(*sealed(tmp_path / version, version)) for version in ("1.0.0", "2.0.0")]
    script = (
        "import sys\nfrom tagstract.model_folder.store.promotions import promote\n"
        "sys.stdin.read(1)\n"
        "for _ in range(20):\n    promote('n:' + sys.argv[1])\n"
        "    promote('n:' + sys.argv[1] + 'b')"
    )
    children = [
        subprocess.Popen([sys.executable, "-c", script, f"v{one}"], stdin=subprocess.PIPE, cwd=ROOT)
        for one in range(4)
    ]
    for child in children:
        child.communicate(b"x")
    assert len(promotions()) == 160
    threads = [threading.Thread(target=main, args=(["models", "promote", tag],)) for tag in tags]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(event.tag for event in promotions()[160:]) == sorted(tags)


def test_a_version_is_taken_by_its_whole_name_only(tmp_path):
    register(*sealed(tmp_path / "model", "10.0.0"))
    with pytest.raises(InputError, match="not in the model store"):
        resolve(f"{NAME}:1")
