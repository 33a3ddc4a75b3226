"""Who may import whom: labels, training, a model folder, serving; serving stays light."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HEAVY = {"torch", "transformers", "datasets"}
FORBIDDEN = {
    "labels": {"training", "model_folder", "serving", "torch", "transformers"},
    "model_folder": {"training", "serving", *HEAVY},
    "training": {"serving"},
    "serving": {"training", *HEAVY},
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
                assert name.split(".")[0] not in FORBIDDEN[room], (
                    f"{path}:{node.lineno} imports {name}"
                )
