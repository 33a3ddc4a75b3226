"""The light install: no torch, no network, and a quick answer to --help."""

import resource
import subprocess
import sys
from pathlib import Path

SAMPLE = Path(__file__).parent.parent / "serving" / "sample_feed.txt"

WITHOUT = """
import socket, sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("torch", "transformers", "datasets", "onnx"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Refuse())
def refuse(*arguments):
    raise AssertionError(f"the network was opened: {arguments}")
socket.socket.connect = socket.getaddrinfo = refuse
from tagstract.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


def run(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", WITHOUT, *arguments], capture_output=True, text=True
    )


def test_tagging_needs_no_torch_and_no_network():
    done = run("tag", str(SAMPLE))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 12


def test_the_head_mode_needs_no_torch(tmp_path, starter):
    import json

    labelled = tmp_path / "labelled.jsonl"
    labelled.write_text("".join(json.dumps(record) + "\n" for record in starter[:8]))
    done = run("train", str(labelled), "--out", str(tmp_path / "new"))
    assert done.returncode == 0, done.stderr
    done = run("tag", str(SAMPLE), "--model", str(tmp_path / "new"))
    assert (done.returncode, done.stdout.count("\n")) == (0, 12)


def test_the_full_mode_without_the_train_extra_says_what_to_install(tmp_path, starter):
    import json

    labelled = tmp_path / "labelled.jsonl"
    labelled.write_text("".join(json.dumps(record) + "\n" for record in starter[:30]))
    done = run("train", str(labelled), "--mode", "full")
    assert done.returncode == 2
    assert "tagstract[train]" in done.stderr
    assert done.stderr.count("\n") == 1


def test_help_answers_within_the_time_it_may_take():
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-c", "from tagstract.cli.main import main; main()", "--help"],
        capture_output=True,
        text=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert "tag papers of feed files" in done.stdout
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert spent < 0.4
