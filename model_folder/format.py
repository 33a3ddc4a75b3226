"""The files of a model folder, how it is sealed and how it is checked."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from tagstract.labels import InputError

FORMAT = 2
"""Raised by one with every change that an older reader would misread."""

ENCODER = "encoder.onnx"
TOKENIZER = "tokenizer.json"
HEADS = "heads.npz"
LEXICAL = "lexical.npz"
CALIBRATION = "calibration.json"
TAXONOMY = "taxonomy.yaml"
METRICS = "metrics.json"
CARD = "MODEL_CARD.md"
FACTS = "model.json"

FILES = (ENCODER, TOKENIZER, HEADS, LEXICAL, CALIBRATION, TAXONOMY, METRICS, CARD)
"""Every file but `model.json`, which is written last and holds the digests of these."""

NEEDED: dict[str, type] = {"name": str, "version": str, "max_tokens": int, "files": dict}
"""What the facts of every model hold, and of which kind."""


def digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def seal(folder: Path, facts: dict[str, Any]) -> None:
    """Write `model.json` into a folder whose other files are all there: now it is a model.

    Args:
        facts: name, version, max_tokens and whatever else is worth knowing of the training.
    """
    files = {name: digest(folder / name) for name in FILES}
    text = json.dumps({"format": FORMAT, **facts, "files": files}, indent=2, ensure_ascii=False)
    temporary = folder / f".{FACTS}.new"
    temporary.write_text(text + "\n", encoding="utf-8")
    os.replace(temporary, folder / FACTS)


def check(folder: Path) -> dict[str, Any]:
    """The facts of a model folder, after checking that it is whole.

    Raises:
        InputError: no model folder, a newer format, a missing file, a file that was changed.
    """
    facts = read_json(folder / FACTS)
    if facts.get("format") != FORMAT:
        known = f"this Tagstract reads format {FORMAT}"
        raise InputError(f"model format {facts.get('format')!r}; {known}", str(folder / FACTS))
    for key, kind in NEEDED.items():
        if not isinstance(facts.get(key), kind):
            raise InputError(
                f"is damaged: '{key}' is missing or of the wrong kind; copy the folder again",
                str(folder / FACTS),
            )
    for name in FILES:
        path = folder / name
        try:
            found = digest(path)
        except FileNotFoundError as error:
            raise InputError("is missing; copy the whole model folder again", str(path)) from error
        except OSError as error:
            raise InputError(f"can't be read: {error.strerror}", str(path)) from error
        if found != facts["files"].get(name):
            raise InputError(
                "is damaged: its SHA-256 is not the one in model.json; copy the folder again",
                str(path),
            )
    return facts


def read_json(path: Path) -> dict[str, Any]:
    """One JSON object of a model folder.

    Raises:
        InputError: it can't be read, or is something else.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        what = "is no model folder" if path.name == FACTS else "is missing"
        where = path.parent if path.name == FACTS else path
        raise InputError(f"{what}; a model folder holds {FACTS}", str(where)) from error
    except (OSError, ValueError, RecursionError) as error:
        raise InputError("is damaged: not readable JSON", str(path)) from error
    if not isinstance(document, dict):
        raise InputError("is damaged: not a JSON object", str(path))
    return document
