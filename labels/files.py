"""How messages show files and what stands in them."""

from __future__ import annotations

from pathlib import Path


def source_name(path: Path | str) -> str:
    """How messages call the file: its path, or `<stdin>` for `-`."""
    return "<stdin>" if str(path) == "-" else str(path)


def shown(text: str, width: int = 60) -> str:
    """Text of a file, fit to stand in a one-line message: folded, cut, without control codes."""
    text = " ".join(text[: width * 4].split())
    text = "".join(character if character.isprintable() else "?" for character in text)
    return text if len(text) <= width else f"{text[: width - 1]}…"
