"""Draw which packages import which, from the code: `make architecture`.

Each drawing shows the modules and packages directly inside one package. An arrow points from the
importer to what it imports. Arrows that others imply are left out; nodes without any stand in the
last row. Imports for type checkers only do not count. Needs Grimp, import-linter's import graph.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from graphlib import TopologicalSorter
from html import escape
from itertools import accumulate
from math import inf
from pathlib import Path
from statistics import fmean

import grimp

DOCS = Path(__file__).resolve().parent.parent
DRAWINGS = {
    "architecture.svg": "tagstract",
    "architecture/labels.svg": "tagstract.labels",
    "architecture/io.svg": "tagstract.labels.io",
    "architecture/model_folder.svg": "tagstract.model_folder",
    "architecture/training.svg": "tagstract.training",
    "architecture/serving.svg": "tagstract.serving",
    "architecture/http.svg": "tagstract.serving.http",
}
"""The files in docs/, and the package that each shows."""

Imports = dict[str, set[str]]
"""For each node, what it imports."""

LETTER, PADDING, BOX, GAP, ROW, MARGIN = 7.4, 11.0, 28.0, 18.0, 74.0, 10.0
PASSES = 24
STYLE = """text{font:13px system-ui,sans-serif;fill:#222;text-anchor:middle}
rect{fill:#eef3fa;stroke:#0b5cad}path{fill:none;stroke:#8a8f98;stroke-width:1.3}
marker path{fill:#8a8f98;stroke:none}
@media(prefers-color-scheme:dark){text{fill:#eee}rect{fill:#1d2b3d;stroke:#6db3ff}}"""


def main() -> int:
    """Write the drawings into docs/."""
    for name, text in drawings().items():
        path = DOCS / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return 0


def drawings() -> dict[str, str]:
    """The SVG of every drawing, by its path in docs/."""
    graph = grimp.build_graph("tagstract", exclude_type_checking_imports=True, cache_dir=None)
    return {name: draw(package, imports(graph, package)) for name, package in DRAWINGS.items()}


def imports(graph: grimp.ImportGraph, package: str) -> Imports:
    """The imports between the children of a package, each with all it contains."""
    children = sorted(
        child
        for child in graph.find_children(package)
        if not child.endswith("__main__") and child != "tagstract.telemetry"
    )
    return {
        short(importer): {
            short(imported)
            for imported in children
            if imported != importer
            and graph.direct_import_exists(importer=importer, imported=imported, as_packages=True)
        }
        for importer in children
    }


def short(module: str) -> str:
    return module.rpartition(".")[2]


def without_implied(graph: Imports) -> Imports:
    """The transitive reduction: no arrow from a to c where a → b → c leads there.

    Raises:
        graphlib.CycleError: the imports form a circle.
    """
    below: Imports = {}
    for node in TopologicalSorter(graph).static_order():
        below[node] = graph[node].union(*(below[other] for other in graph[node]))
    return {
        node: {
            target
            for target in targets
            if not any(target in below[other] for other in targets - {target})
        }
        for node, targets in graph.items()
    }


def rows_of(arrows: Imports) -> tuple[list[list[str]], Imports]:
    """Nodes in rows, importers above what they import, and arrows from row to row.

    An arrow that crosses a row gets a bend there, a node named `FROM>TO>ROW`.
    """
    depth: dict[str, int] = {}
    for node in TopologicalSorter(arrows).static_order():
        depth[node] = max((depth[other] + 1 for other in arrows[node]), default=0)
    rows: list[list[str]] = [[] for _ in range(max(depth.values()) + 1)]
    steps: Imports = {}
    for node in sorted(depth):
        rows[depth[node]].append(node)
    for node, targets in sorted(arrows.items()):
        for target in sorted(targets):
            last = node
            for row in range(depth[node] - 1, depth[target], -1):
                bend = f"{node}>{target}>{row}"
                rows[row].append(bend)
                steps.setdefault(last, set()).add(bend)
                last = bend
            steps.setdefault(last, set()).add(target)
    return rows[::-1], steps


def width(node: str) -> float:
    return 8.0 if is_bend(node) else len(node) * LETTER + 2 * PADDING


def centres(rows: Sequence[list[str]], steps: Imports) -> dict[str, float]:
    """The x of every node: near the mean of its neighbours, in an order with few crossings."""
    neighbours: Imports = {node: set() for row in rows for node in row}
    for node, targets in steps.items():
        for target in targets:
            neighbours[node].add(target)
            neighbours[target].add(node)
    x: dict[str, float] = {}
    for row in rows:
        spread(row, x, dict.fromkeys(row, 0.0))
    for number in range(PASSES):
        for row in rows if number % 2 else rows[::-1]:
            wanted = {node: fmean(x[to] for to in sorted(neighbours[node])) for node in row}
            row.sort(key=lambda node: (wanted[node], node))
            spread(row, x, wanted)
    left = min(x[node] - width(node) / 2 for row in rows for node in row)
    return {node: centre - left + MARGIN for node, centre in x.items()}


def side_by_side(row: Sequence[str]) -> dict[str, float]:
    """The x of nodes without arrows: a last row, from the left."""
    ends = list(accumulate(width(node) + GAP for node in row))
    return {node: MARGIN + end - GAP - width(node) / 2 for node, end in zip(row, ends, strict=True)}


def spread(row: Sequence[str], x: dict[str, float], wanted: Mapping[str, float]) -> None:
    """Set a row's x: in its order, without overlaps, and on average where it is wanted."""
    places: list[float] = []
    right = -inf
    for node in row:
        places.append(max(wanted[node], right + width(node) / 2))
        right = places[-1] + width(node) / 2 + GAP
    shift = fmean(wanted[node] - place for node, place in zip(row, places, strict=True))
    x.update((node, place + shift) for node, place in zip(row, places, strict=True))


def draw(package: str, graph: Imports) -> str:
    """The imports inside a package as an SVG, for light and dark pages."""
    arrows = without_implied(graph)
    joined = {node for node in arrows if arrows[node]}.union(*arrows.values())
    rows, steps = rows_of({node: arrows[node] for node in joined})
    x = centres(rows, steps)
    alone = sorted(set(arrows) - joined)
    if alone:
        rows.append(alone)
        x |= side_by_side(alone)
    y = {node: MARGIN + place * ROW for place, row in enumerate(rows) for node in row}
    lines = [
        arrow(x[node], y[node] + BOX, x[to], y[to], is_bend(to))
        for node in sorted(steps)
        for to in sorted(steps[node])
    ]
    boxes = [
        f'<rect x="{x[node] - width(node) / 2:.1f}" y="{y[node]:g}" width="{width(node):.1f}" '
        f'height="{BOX:g}" rx="5"/><text x="{x[node]:.1f}" y="{y[node] + 18.5:g}">'
        f"{escape(node)}</text>"
        for row in rows
        for node in row
        if not is_bend(node)
    ]
    wide = max(x[node] + width(node) / 2 for node in x) + MARGIN
    high = (len(rows) - 1) * ROW + BOX + 2 * MARGIN
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:.0f} {high:.0f}" '
        f'width="{wide:.0f}" role="img"><title>Imports inside {package}</title>'
        f'<style>{STYLE}</style><defs><marker id="end" viewBox="0 0 8 8" refX="7" refY="4" '
        'markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>'
    )
    return "\n".join([head, *lines, *boxes, "</svg>"]) + "\n"


def arrow(x: float, y: float, to_x: float, to_y: float, to_bend: bool) -> str:
    """From the bottom of a box to the top of another, or to a bend and straight through its row."""
    middle = (y + to_y) / 2
    line = f"M{x:.1f} {y:g}C{x:.1f} {middle:g} {to_x:.1f} {middle:g} {to_x:.1f} {to_y:g}"
    if to_bend:
        return f'<path d="{line}v{BOX:g}"/>'
    return f'<path d="{line}" marker-end="url(#end)"/>'


def is_bend(node: str) -> bool:
    return ">" in node


if __name__ == "__main__":
    sys.exit(main())
