"""Which share of each room's lines the suite has run: the last step of `make coverage`.

python tests/coverage_by_room.py

Prints one row a folder, with its subfolders; `COVERAGE_FILE` names what `coverage` has collected.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

from coverage import Coverage

ROOT = Path(__file__).parents[1]
ROOMS = ("cli", "labels", "model_folder", "serving", "training")
WANTED = 90
"""Percent; a room below it is marked."""


def main() -> int:
    measured = Coverage(config_file=str(ROOT / "pyproject.toml"))
    whole = Path(measured.config.data_file)
    if list(whole.parent.glob(f"{whole.name}.*")):  # what single processes have collected
        measured.combine(keep=True)
    measured.load()
    if not measured.get_data().measured_files():
        print(f"{whole}: nothing was measured; run `make coverage`", file=sys.stderr)
        return 2
    lines: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            # Also of a file that nothing has imported.
            _, statements, _, missing, _ = measured.analysis2(str(path))
            place = path.parent.relative_to(ROOT)
            for folder in {str(place), *map(str, place.parents)}:
                lines[folder][0] += len(statements)
                lines[folder][1] += len(statements) - len(missing)
    print("| room | lines | run |\n| --- | --- | --- |")
    for folder, (total, run) in sorted(lines.items()):
        share = 100 * run / total if total else 100.0
        mark = " (below 90)" if share < WANTED else ""
        name = "all" if folder == "." else f"`{folder}`"
        print(f"| {name} | {total:,} | {share:.1f} %{mark} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
