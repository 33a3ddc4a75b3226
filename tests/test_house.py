"""Who may import whom: labels, training, a model folder, serving; serving stays light."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HEAVY = {"torch", "transformers", "datasets"}
ROOMS = {"labels", "model_folder", "serving", "training"}
FORBIDDEN = {
    "labels": {"tagstract.training", "tagstract.model_folder", "tagstract.serving", *HEAVY},
    "model_folder": {"tagstract.training", "tagstract.serving", *HEAVY},
    "training": {"tagstract.serving"},
    "serving": {"tagstract.training", *HEAVY},
}


@pytest.mark.parametrize("room", FORBIDDEN)
def test_a_room_imports_only_from_its_left(room):
    for path in (ROOT / room).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                parts = name.split(".")
                told = f"{path}:{node.lineno} imports {name}"
                assert parts[0] not in ROOMS, f"{told}; its name is tagstract.{name}"
                assert not {parts[0], ".".join(parts[:2])} & FORBIDDEN[room], told
