"""The service as `deploy/Containerfile` runs it: as a user without rights, on a read-only root.

A container engine does little more with `--read-only --tmpfs /tmp --cap-drop ALL --security-opt
no-new-privileges`: a root of its own, mounts, an id, no capabilities. Here `unshare`, `mount`,
`chroot` and `setpriv` do it, so the test needs root but no engine.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from running import SERVE, running_service

from tagstract.labels.corrections import Corrections

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "serving" / "sample_feed.txt"
USER = 10001
VOLUME = "/var/lib/tagstract"

CONTAINER = f"""
set -eu
root=$1 volume=$2
shift 2
mount -t tmpfs -o mode=755 tmpfs "$root"
for path in /usr /bin /sbin /lib /lib64 /etc {sys.base_prefix} {ROOT} {sys.prefix}; do
    [ -e "$path" ] && [ ! -e "$root$path" ] || continue
    if [ -L "$path" ]; then cp -P "$path" "$root$path"; continue; fi
    mkdir -p "$root$path"
    mount --rbind "$path" "$root$path"
    mount -o remount,bind,ro "$root$path"
done
mkdir -p "$root/tmp" "$root/dev" "$root/proc" "$root{VOLUME}"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount --rbind /dev "$root/dev"
mount --rbind /proc "$root/proc"
mount --bind "$volume" "$root{VOLUME}"
mount -o remount,ro "$root"
exec env -C / chroot "$root" setpriv --reuid {USER} --regid {USER} --clear-groups --no-new-privs \\
    --inh-caps=-all --bounding-set=-all "$@"
"""


@pytest.fixture
def contained(tmp_path):
    """The start of a command that runs in the container; its volume is `tmp_path / "volume"`."""
    tools = ("unshare", "mount", "chroot", "setpriv")
    if os.geteuid() != 0 or not all(map(shutil.which, tools)):
        pytest.skip("needs root, and util-linux's unshare and setpriv")
    (tmp_path / "root").mkdir()
    (tmp_path / "volume").mkdir(mode=0o700)
    os.chown(tmp_path / "volume", USER, USER)
    command = ["unshare", "--mount", "--propagation", "private", "sh", "-c", CONTAINER, "sh",
               str(tmp_path / "root"), str(tmp_path / "volume")]  # fmt: skip
    if subprocess.run([*command, "true"], capture_output=True).returncode:
        pytest.skip("this system lets not even root mount")
    return command


ENVIRONMENT = {
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
    "BENTOML_HOME": VOLUME,
    "HOME": f"/home/{USER}",  # which is not there, so nothing can be kept in it
}


def test_it_serves_without_rights_and_writes_to_its_volume_alone(contained, tmp_path):
    start = [*contained, sys.executable, "-c", SERVE]
    command = f"import os, sys; os.execvp('unshare', [*{start!r}, *sys.argv[1:]])"
    options = {"command": command, "env": ENVIRONMENT}
    log = tmp_path / "log"
    with running_service(log, "--host", "0.0.0.0", **options) as (process, address):

        def call(path: str, body: bytes) -> list | dict:
            with urllib.request.urlopen(f"http://{address}{path}", body, timeout=60) as answer:
                return json.load(answer)

        status = Path(f"/proc/{process.pid}/status").read_text()
        about = dict(line.split(":\t") for line in status.splitlines() if ":\t" in line)
        assert about["Uid"].split() == [str(USER)] * 4
        assert {int(about[f"Cap{kind}"], 16) for kind in ("Eff", "Prm", "Bnd")} == {0}
        assert about["NoNewPrivs"] == "1"
        assert len(call("/feed?explain=true", SAMPLE.read_bytes())) > 8
        paper = {"abstract": "We train robots to walk. " * 10, "labels": ["robotics"], "by": "ada"}
        assert call("/feedback", json.dumps({"corrections": [paper]}).encode())["stored"] == 1
        with urllib.request.urlopen(f"http://{address}/metrics", timeout=60) as answer:
            assert b'tagstract_papers_total{call="/feed"' in answer.read()
    text = log.read_text()
    assert "Read-only" not in text and "denied" not in text, text
    stored = Corrections(tmp_path / "volume" / "tagstract" / "corrections.sqlite")
    assert [one.by for one in stored.read().corrections] == ["ada"]


def test_its_command_line_works_in_it_too(contained):
    command = [*contained, sys.executable, "-c", SERVE, "models", "list"]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "* ai-research-areas:" in done.stdout
    touch = [*contained, "touch", "/etc/x", "/x", f"{sys.prefix}/x"]
    assert subprocess.run(touch, capture_output=True, text=True).stderr.count("Read-only") == 3
