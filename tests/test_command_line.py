"""The words of a call: commands, actions, and `train` with its modes said in three ways."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from tagstract.cli.main import COMMANDS, main
from tagstract.cli.parsing import module_of
from tagstract.cli.train import implied_action
from tagstract.labels import InputError
from tagstract.labels.storage.new_folder import new_folder

ACTIONS = [
    (command, action)
    for command in COMMANDS
    for action in getattr(import_module(f"tagstract.cli.{command}"), "ACTIONS", ())
]


@pytest.mark.parametrize(("command", "action"), ACTIONS)
def test_every_action_is_listed_and_explains_itself(command, action, capsys):
    with pytest.raises(SystemExit, match="0"):
        main([command, "--help"])
    assert f"  {action} " in capsys.readouterr().out
    with pytest.raises(SystemExit, match="0"):
        main([command, action, "--help"])
    shown = capsys.readouterr().out
    assert shown.startswith(f"usage: tagstract {command} {action} ")
    assert module_of(command, action).__doc__.split()[0] in shown


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["a.jsonl"], ["head", "a.jsonl"]),
        (["--mode", "full", "a.jsonl", "--seed", "1"], ["full", "a.jsonl", "--seed", "1"]),
        (["a.jsonl", "--mode=head", "--model", "m"], ["head", "a.jsonl", "--model", "m"]),
        (["./full"], ["head", "./full"]),
    ],
)
def test_training_without_an_action_is_the_mode_that_is_named(words, meant):
    assert implied_action(words) == meant


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["train"], "the following arguments are required: action"),
        (["train", "--mode", "quick", "a.jsonl"], "invalid choice: 'quick'"),
        (["train", "head", "a.jsonl", "--epochs", "3"], "--epochs goes with --mode full"),
        (["train", "full", "a.jsonl", "--model=x"], "--model goes with --mode head"),
        (["train", "full", "a.jsonl", "--bogus"], "unrecognized arguments: --bogus"),
        (["models", "shwo"], "invalid choice: 'shwo'"),
        (["nothing"], "invalid choice: 'nothing'"),
    ],
)
def test_a_wrong_call_is_one_line(words, message, capsys):
    try:
        status = main(words)
    except SystemExit as stop:
        status = stop.code
    error = capsys.readouterr().err
    assert status == 2 and message in error and error.count("\n") == 1


def test_help_loads_no_model_and_no_framework():
    code = "import importlib, pkgutil, sys, tagstract.cli as cli\n"
    code += "for one in pkgutil.walk_packages(cli.__path__, 'tagstract.cli.'):\n"
    code += "    importlib.import_module(one.name)\n"
    code += "print(*sys.modules)"
    line = [sys.executable, "-c", code]
    loaded = set(subprocess.run(line, capture_output=True, text=True, check=True).stdout.split())
    assert "tagstract.cli.train.full" in loaded
    assert not {"bentoml", "numpy", "onnxruntime", "starlette", "sklearn", "torch"} & loaded


def test_a_new_folder_is_there_whole_or_not_at_all(tmp_path):
    out = tmp_path / "out"
    with pytest.raises(KeyError), new_folder(out) as folder:
        (folder / "half").touch()
        raise KeyError
    assert not list(tmp_path.iterdir())
    out.mkdir()  # an empty one is as good as none
    with new_folder(out) as folder:
        (folder / "whole").touch()
        assert not list(out.iterdir())
    assert [path.name for path in out.iterdir()] == ["whole"]
    with pytest.raises(InputError, match="already exists"), new_folder(out):
        pass
    with (
        pytest.raises(InputError, match="its parent folder does not exist"),
        new_folder(out / "a/b"),
    ):
        pass


def test_a_new_folder_names_what_could_not_be_written(tmp_path):
    out = tmp_path / "out"
    with pytest.raises(InputError, match=r"out: can't be written"), new_folder(out) as folder:
        (folder / "missing" / "file").touch()
    with pytest.raises(InputError, match=r"/proc/nowhere: can't be written"), new_folder(out):
        Path("/proc/nowhere").mkdir()
