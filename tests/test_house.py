"""What import-linter's contracts (pyproject.toml, run by `make test`) do not see."""

import ast
import tomllib
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent
MAX_LINES = 50
"""Of a function."""

ROOMS = {"cli", "labels", "model_folder", "serving", "training"}
MAX_FILES = 14
"""Modules of a room beside its folders; a registry of formats may have more."""


def sources(*rooms: str) -> list[Path]:
    return [path for room in rooms for path in (ROOT / room).rglob("*.py")]


def test_rooms_are_imported_by_their_full_name():
    """`import labels` works in a checkout and would load a second copy."""
    for path in sources(*ROOMS, "tests", "benchmarks"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            wrong = [name for name in names if name.split(".")[0] in ROOMS]
            assert not wrong, f"{path}:{node.lineno}: import tagstract.{wrong[0]}"


def test_every_package_is_installed():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    inits = [path for path in sources(*ROOMS) if path.name == "__init__.py"]
    packages = {".".join(["tagstract", *path.relative_to(ROOT).parent.parts]) for path in inits}
    assert set(settings["packages"]) == {"tagstract", *packages}
    folders = {path.parent for path in sources(*ROOMS)}
    assert folders == {path.parent for path in inits}
    assert {link.name for link in (ROOT / "tagstract").iterdir() if link.is_symlink()} == ROOMS


def test_a_function_fits_a_screen():
    """Its lines without the docstring."""
    long = {}
    for path in sources(*ROOMS, "benchmarks", "deploy"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                first = node.body[0]
                has_docstring = ast.get_docstring(node) is not None
                about = (first.end_lineno or 0) - first.lineno + 1 if has_docstring else 0
                lines = (node.end_lineno or 0) - node.lineno + 1 - about
                if lines > MAX_LINES:
                    long[f"{path.relative_to(ROOT)}: {node.name}"] = lines
    assert long == {}


def test_no_room_is_crowded():
    files = Counter(
        path.parent
        for path in sources(*ROOMS)
        if path.name != "__init__.py" and path.parent.name != "formats"
    )
    assert {str(room): count for room, count in files.items() if count > MAX_FILES} == {}


def test_no_module_needs_posix_to_be_imported():
    """`pyproject.toml` lets Windows install the package; there, these don't exist."""
    posix = {"fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty"}
    for path in sources(*ROOMS, "tagstract"):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [alias.name for alias in node.names]
                names = [node.module or ""] if isinstance(node, ast.ImportFrom) else names
                assert not posix & set(names), f"{path}:{node.lineno}: import it where it is used"
