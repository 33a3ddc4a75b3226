"""No command, nor the service, nor the Python API looks up or calls a host, not even natively."""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from importlib import import_module
from pathlib import Path

import pytest
from running import running_service

from tagstract.cli.main import COMMANDS
from tagstract.labels.corrections import Corrections
from tagstract.model_folder.store import DEFAULT_FOLDER
from tagstract.telemetry import OFF

pytestmark = pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "serving" / "sample_feed.txt"
CALLS = "trace=connect,sendto,sendmsg,sendmmsg,openat"
LOCAL = re.compile(r'inet_addr\("127\.|inet_pton\(AF_INET6, "::1"')
OUTSIDE = re.compile(r"sa_family=AF_INET6?\b")
LOOK_UP = re.compile(r"htons\(53\)|systemd/resolve")  # of a name that is not in /etc/hosts

API = """
import tagstract
tagger = tagstract.load()
[paper] = tagger.tag([{"abstract": "We train robots to walk by reinforcement learning. " * 5}])
assert paper.status == "tagged"
"""


class Watched:
    """A home of its own, and a command under strace in it."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.home.mkdir()
        self._trace = folder / "trace"
        self.environment = {k: v for k, v in os.environ.items() if k not in OFF}
        self.environment |= {
            "HOME": str(self.home),
            "BENTOML_HOME": str(self.home / "bentoml"),
            "TAGSTRACT_CACHE": str(folder / "cache"),
        }
        self.strace = [
            "strace", "-f", "--seccomp-bpf", "-qq", "-o", str(self._trace), "-e", CALLS, "--",
        ]  # fmt: skip

    def run(self, *arguments: str) -> None:
        done = subprocess.run(
            [*self.strace, sys.executable, *arguments],
            env=self.environment, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        self.check()

    def check(self) -> None:
        """Nothing that has run under strace asked for a host, or called one."""
        trace = self._trace.read_text(errors="replace").splitlines()
        assert any("openat(" in line for line in trace)
        asked = [line for line in trace if LOOK_UP.search(line)]
        called = [line for line in trace if OUTSIDE.search(line) and not LOCAL.search(line)]
        assert (asked, called) == ([], [])
        assert not (self.home / ".cache" / "Microsoft").exists()


@pytest.fixture
def watched(tmp_path):
    return Watched(tmp_path)


# Every command, as someone would use them one after the other; RUNS[command] are its calls.
RUNS: dict[str, list[str]] = {
    "tag": [
        "tag SAMPLE --explain -o tagged.jsonl",
        "tag SAMPLE --speed fast --state state -o digest.html",
        "tag SAMPLE -o tagged.xlsx",
    ],
    "feed report": ["feed report tagged.jsonl -o report.html"],
    "keys add": ["keys add ada --keys keys.json"],
    "keys list": ["keys list --keys keys.json"],
    "keys revoke": ["keys revoke ada --keys keys.json"],
    "serve": ["serve --settings"],
    "labels stats": ["labels stats labelled.jsonl"],
    "labels check": ["labels check labelled.jsonl --report checked.html"],
    "labels suggest": ["labels suggest SAMPLE -o suggested.jsonl"],
    "labels import": ["labels import --from corrections.sqlite -o corrections.jsonl"],
    "labels export": ["labels export SAMPLE --to label-studio -o tasks.json"],
    "taxonomy init": ["taxonomy init areas.csv -o areas.yaml"],
    "taxonomy check": ["taxonomy check areas.yaml"],
    "taxonomy change": ["taxonomy change areas.yaml changes.yaml -o changed.yaml"],
    "labels annotations": ["labels annotations labelled.jsonl --out annotated"],
    "train head": ["train labelled.jsonl --version 1", "train labelled.jsonl --version 2"],
    "evaluate": ["evaluate labelled.jsonl --json"],
    "models list": ["models list"],
    "models show": ["models show"],
    "models promote": [
        "models promote ai-research-areas:1 --force",
        "models promote ai-research-areas:2 --force",
    ],
    "models diff": ["models diff ai-research-areas:1 default SAMPLE"],
    "models rollback": ["models rollback"],
    "models card": ["models card card --training Twice."],
}
ELSEWHERE = {
    # They call the Hub, as they are asked to; tests/test_hub.py has a stand-in for it.
    *("models push", "models pull", "train mpnet"),
    "train full",  # below, with a base of its own
    # Steps of a training on several machines, by the libraries of `train full`.
    *("train tune", "train refit", "train pack", "train unpack", "train cascade", "train float"),
}

COMMANDS_IN_ONE = """
import shlex, sys
from tagstract.cli.main import main
for line in sys.argv[1:]:
    status = main(shlex.split(line))
    if status not in (0, 1):
        sys.exit(f"{line}: {status}")
"""


def commands() -> set[str]:
    """Every command that the command line has, with its action."""
    names = set()
    for name in COMMANDS:
        module = import_module(f"tagstract.cli.{name}")
        actions = list(getattr(module, "ACTIONS", ()))
        if not actions:
            parser = argparse.ArgumentParser()
            module.add_arguments(parser)
            choices = [one.choices for one in parser._actions]
            actions = [action for one in choices if isinstance(one, dict) for action in one]
        names |= {f"{name} {action}" for action in actions} or {name}
    return names


def test_no_command_is_left_out():
    assert commands() == {*RUNS, *ELSEWHERE}


def test_no_command_asks_for_a_host(watched, tmp_path, starter, monkeypatch):
    monkeypatch.chdir(tmp_path)
    papers = "".join(json.dumps(record) + "\n" for record in starter[:40])
    Path("labelled.jsonl").write_text(papers)
    Path("areas.csv").write_text("name,description\nTides,The sea\nBirds,Birdsong and flight\n")
    Path("changes.yaml").write_text("changes:\n- rename: {from: tides, to: seas}\n")
    Corrections(tmp_path / "corrections.sqlite").add([{**starter[0], "by": "ada"}])
    shutil.copytree(DEFAULT_FOLDER, "card")
    lines = [line.replace("SAMPLE", str(SAMPLE)) for lines in RUNS.values() for line in lines]
    watched.run("-c", COMMANDS_IN_ONE, *lines)


def test_the_python_api_asks_for_no_host(watched):
    watched.run("-c", API)


FULL = ["--mode", "full", "--epochs", "1", "--max-tokens", "16", "--version", "1"]


def test_training_asks_for_no_host(watched, tmp_path, starter, tiny_base):
    path = tmp_path / "many.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in starter[:120]))
    base, out = ["--base", str(tiny_base)], ["--out", str(tmp_path / "new")]
    watched.run("-m", "tagstract", "train", str(path), *FULL, *base, *out)


SERVERS = {
    "tagstract serve": ([], "from tagstract.cli.main import main; main()"),
    "bentoml serve": (
        ["tagstract.serving.service:Tagstract", "--working-dir", str(ROOT)],
        "from bentoml_cli.cli import cli; cli()",
    ),
}


@pytest.mark.parametrize("server", SERVERS)
def test_the_service_asks_for_no_host(watched, server, tmp_path):
    arguments, code = SERVERS[server]
    # The service stays the child of the test, and strace watches it from aside.
    strace = [watched.strace[0], "-D", *watched.strace[1:], sys.executable, "-c", code]
    command = f"import os, sys; os.execvp('strace', [*{strace!r}, *sys.argv[1:]])"
    options = {"command": command, "env": watched.environment, "cwd": ROOT}
    with running_service(tmp_path / "log", *arguments, **options) as (_, address):

        def call(path: str, body: bytes | None = None) -> bytes:
            with urllib.request.urlopen(f"http://{address}{path}", body, timeout=60) as answer:
                return answer.read()

        paper = {"abstract": "We train robots to walk. " * 10}
        papers = json.dumps({"papers": [paper]}).encode()
        assert json.loads(call("/explain", papers))[0]["evidence"]
        assert len(json.loads(call("/tag", papers))) == len(json.loads(call("/feed", papers))) == 1
        corrections = {"corrections": [{**paper, "labels": ["robotics"], "by": "ada"}]}
        assert json.loads(call("/feedback", json.dumps(corrections).encode()))["stored"] == 1
        for path in ("/", "/ui", "/areas", "/model", "/metrics", "/readyz", "/schema.json"):
            call(path)
    watched.check()
