"""No command, nor the service, nor the Python API looks up or calls a host, not even natively."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from running import running_service

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
            env=self.environment, capture_output=True, text=True, cwd=ROOT,
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


@pytest.fixture
def labelled(tmp_path, starter):
    path = tmp_path / "labelled.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in starter[:12]))
    return str(path)


@pytest.mark.parametrize(
    "command",
    [
        ["tag", str(SAMPLE)],
        ["evaluate", "LABELLED", "--json"],
        ["models", "list"],
        ["labels", "check", "LABELLED"],
        ["labels", "suggest", str(SAMPLE)],
        ["serve", "--settings"],
    ],
    ids=lambda command: " ".join(
        command[:2] if command[0] in ("models", "labels") else command[:1]
    ),
)
def test_a_command_asks_for_no_host(watched, labelled, command):
    command = [labelled if word == "LABELLED" else word for word in command]
    watched.run("-m", "tagstract", *command)


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
        papers = {"papers": [{"abstract": "We train robots to walk. " * 10}]}
        request = urllib.request.Request(f"http://{address}/explain", json.dumps(papers).encode())
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert json.load(answer)[0]["evidence"]
    watched.check()
