"""`docs/tutorial.md` is run as it stands, by a shell."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def script(port: int) -> str:
    """All commands of the tutorial in their order, each shown before it runs."""
    text = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, re.S)
    return "set -ev\ntrap 'kill $!' ERR\n" + "".join(blocks).replace("3000", str(port))


def test_the_tutorial_runs_as_it_stands(tmp_path):
    shutil.copytree(ROOT / "docs" / "tutorial", tmp_path / "docs" / "tutorial")
    programs = tmp_path / "bin"
    programs.mkdir()
    command = programs / "tagstract"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tagstract "$@"\n')
    command.chmod(0o755)
    (programs / "python").symlink_to(sys.executable)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "BENTOML_HOME": str(tmp_path / "store"),
        "TAGSTRACT_CACHE": str(tmp_path / "cache"),
        "TAGSTRACT_RELOAD_SECONDS": "0.3",
    }
    done = subprocess.run(
        ["bash", "-c", script(port)],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
    )
    said = done.stdout
    assert done.returncode == 0, said
    assert "6 areas, 0 faults" in said
    assert "48 papers, 0 bad records" in said
    assert "field-notes:1 is live\n" in said
    assert "1 papers into corrections.jsonl" in said
    assert "12 of 36 papers; correct their labels" in said
    assert "field-notes:2 is not promoted: " in said
    assert "refused, with exit status 2" in said
    assert "field-notes:3 is live\n" in said
    assert "papers change from field-notes:1 to field-notes:3" in said
    assert "field-notes:1 is live again" in said
    after_promotion, after_rollback = re.findall(r"^\* (field-notes:\d)", said, re.M)
    assert (after_promotion, after_rollback) == ("field-notes:3", "field-notes:1")
    assert "Traceback" not in said + (tmp_path / "docs/tutorial/service.log").read_text()
