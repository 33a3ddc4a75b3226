"""Tagged papers as JSONL: one object a line, every field as it was."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagstract.labels.storage.atomic import atomic_writer
from tagstract.serving.output.fields import Papers
from tagstract.serving.output.formats import Format
from tagstract.serving.output.text import json_text

if TYPE_CHECKING:
    from tagstract.labels import Taxonomy

# JSON itself escapes the controls below U+0020 alone.
_OBEYED = re.compile("[\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def write(path: Path, tagged: Papers, taxonomy: Taxonomy, heading: str) -> None:
    """Write one line a paper; the taxonomy and the heading are not needed here."""
    with atomic_writer(path, "wb") as file:
        file.writelines(line(paper) for paper in tagged)


def line(paper: dict[str, Any]) -> bytes:
    """One paper as a line of UTF-8 with its line end; a terminal shows it without obeying it."""
    text = json_text(paper)
    if not text.isascii():
        text = _OBEYED.sub(_escaped, text)
    # A lone surrogate has no UTF-8; Python's escape of it, \udXXX, is JSON's escape too.
    return f"{text}\n".encode("utf-8", "backslashreplace")


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


FORMAT = Format("JSON Lines", (".jsonl", ".ndjson"), write)
