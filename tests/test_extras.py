"""Installing by need: what each part imports is declared, and a missing part says how to add it."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks import install_size
from tagstract.labels.extras import EXTRAS, install_command

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

PARTS = {
    ("cli", "labels", "model_folder", "serving"): (
        "serve",
        "parquet",
        "retrain",
        "postgres",
        "ray",
        "gpu",
    ),
    ("training",): ("retrain", "train", "search"),
}
"""Rooms and the extras that they may import from, besides the base."""

WITHOUT = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in sys.argv[1].split(","):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Missing())
from tagstract.cli.main import main
sys.exit(main(sys.argv[2:]))
"""


def distribution(requirement: str) -> str:
    return re.split(r"[^\w.-]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def declared(*extras: str) -> set[str]:
    optional = PROJECT["optional-dependencies"]
    lists = [PROJECT["dependencies"], *(optional[extra] for extra in extras)]
    return {distribution(one) for some in lists for one in some}


@pytest.mark.parametrize("rooms", PARTS)
def test_every_import_is_declared(rooms):
    known = packages_distributions()
    for path in (path for room in rooms for path in (ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for module in {name.split(".")[0] for name in names} - sys.stdlib_module_names:
                beside = (path.parent / f"{module}.py").exists()  # scripts for another machine
                if not beside and module not in ("tagstract", "circus"):  # BentoML's own part
                    found = {distribution(one) for one in known.get(module, [module])}
                    assert found & declared(*PARTS[rooms]), f"{path}:{node.lineno}: {module}"


def test_extras_bring_the_modules_that_are_looked_for():
    known = packages_distributions()
    for extra, (_, modules) in EXTRAS.items():
        for module in modules:
            assert {distribution(one) for one in known.get(module, [module])} & declared(extra), (
                extra,
                module,
            )


@pytest.mark.parametrize(
    ("origin", "command"),
    [
        ({}, "'tagstract[serve]'"),
        ({"url": "file:///a%20b", "dir_info": {"editable": True}}, "-e '/a b[serve]'"),
        ({"url": "file:///a/t.whl", "archive_info": {}}, "'tagstract[serve] @ file:///a/t.whl'"),
        (
            {"url": "https://h/t.git", "vcs_info": {"vcs": "git", "commit_id": "f00"}},
            "'tagstract[serve] @ git+https://h/t.git@f00'",
        ),
    ],
)
def test_the_command_installs_from_where_tagstract_came_from(origin, command, monkeypatch):
    here = SimpleNamespace(read_text=lambda name: json.dumps(origin))
    monkeypatch.setattr("importlib.metadata.distribution", lambda name: here)
    assert install_command("serve") == f"{sys.executable} -m pip install {command}"


def without(extra: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess:
    """Run a command where nothing of an extra is installed."""
    line = [sys.executable, "-c", WITHOUT, ",".join(EXTRAS[extra][1]), *arguments]
    return subprocess.run(line, capture_output=True, text=True, cwd=folder)


@pytest.fixture
def folder(tmp_path, starter):
    lines = "".join(json.dumps(record) + "\n" for record in starter[:30])
    (tmp_path / "labelled.jsonl").write_text(lines)
    (tmp_path / "feed.parquet").write_bytes(b"PAR1 and more PAR1")
    return tmp_path


@pytest.mark.parametrize(
    ("extra", "arguments"),
    [
        ("serve", ["serve"]),
        ("parquet", ["tag", "feed.parquet"]),
        ("parquet", ["tag", "labelled.jsonl", "-o", "tagged.parquet"]),
        ("retrain", ["train", "labelled.jsonl"]),
        ("retrain", ["evaluate", "labelled.jsonl"]),
        ("retrain", ["labels", "import", "--from", "corrections.sqlite", "-o", "new.jsonl"]),
        ("train", ["train", "labelled.jsonl", "--mode", "full"]),
        ("postgres", ["labels", "import", "--from", "postgresql://me@nowhere/x", "-o", "n.jsonl"]),
    ],
)
def test_a_missing_extra_is_told_with_the_command_that_installs_it(extra, arguments, folder):
    done = without(extra, *arguments, folder=folder)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert re.search(rf"install it with: \S+ -m pip install .*\[{extra}\]", done.stderr)


@pytest.mark.parametrize("extra", EXTRAS)
def test_tagging_needs_no_extra(extra, folder):
    done = without(extra, "tag", "labelled.jsonl", "-o", "tagged.html", folder=folder)
    assert done.returncode == 0, done.stderr
    assert "30 papers" in done.stderr


def test_the_base_is_small():
    """Megabytes; `python benchmarks/install_size.py` tells where they go."""
    assert install_size.installed() < 280
    assert "pyarrow" not in install_size.packages("serve")
