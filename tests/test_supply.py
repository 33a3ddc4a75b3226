"""What the container holds: pinned by hash, and nothing of the checkout that it does not need."""

from __future__ import annotations

import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_every_package_of_the_container_is_pinned_by_hash():
    lines = (ROOT / "deploy" / "requirements.lock").read_text().splitlines()
    pinned = {}
    for line in lines:
        if not line.startswith("#"):
            found = re.fullmatch(r"(\S+)==(\S+) --hash=sha256:[0-9a-f]{64}", line)
            assert found, line
            pinned[_plain(found[1])] = found[2]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = list(project["dependencies"])
    for extra in ("serve", "parquet", "retrain", "postgres"):
        wanted += project["optional-dependencies"][extra]
    missing = {_plain(re.match(r"[\w.-]+", one)[0]) for one in wanted} - set(pinned)
    assert missing <= {"tagstract"}


def test_the_image_is_built_from_what_it_needs_alone():
    lines = (ROOT / ".dockerignore").read_text().split("\n")
    assert "*" in lines
    kept = {line[1:] for line in lines if line.startswith("!")}
    for needed in ("pyproject.toml", "README.md", "tagstract", "deploy/requirements.lock"):
        assert any(fnmatch(needed, pattern) for pattern in kept)
    for heavy in (".git", ".venv", "build", "tests", "benchmarks"):
        assert heavy not in kept
    text = (ROOT / "deploy" / "Containerfile").read_text()
    assert "COPY" not in text
    assert "--require-hashes" in text
    assert re.search(r"^USER (?!root)", text, re.M)


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
