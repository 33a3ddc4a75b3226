"""Tagged papers as one JSON list, a paper a line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tagstract.labels.storage.atomic import atomic_writer
from tagstract.serving.output.fields import Papers
from tagstract.serving.output.formats import Format
from tagstract.serving.output.formats.jsonl import line

if TYPE_CHECKING:
    from tagstract.labels import Taxonomy


def write(path: Path, tagged: Papers, taxonomy: Taxonomy, heading: str) -> None:
    """Write a list of objects, every field as it was."""
    with atomic_writer(path, "wb") as file:
        before = b"[\n"
        for paper in tagged:
            file.write(before + line(paper).rstrip(b"\n"))
            before = b",\n"
        file.write(b"[]\n" if before == b"[\n" else b"\n]\n")


FORMAT = Format("JSON", (".json",), write)
