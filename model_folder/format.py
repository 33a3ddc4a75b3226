"""The files of a model folder, how it is sealed and how it is checked."""

from __future__ import annotations

import difflib
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tagstract.labels import InputError
from tagstract.model_folder.facts import ModelFacts

ENCODER = "encoder.onnx"
TOKENIZER = "tokenizer.json"
HEADS = "heads.npz"
LEXICAL = "lexical.npz"
CALIBRATION = "calibration.json"
TAXONOMY = "taxonomy.yaml"
METRICS = "metrics.json"
CARD = "MODEL_CARD.md"
FACTS = "model.json"

OWN_DIGEST = "own_sha256"
"""In `model.json`: the digest of the rest of it."""

MIN_TOKENS, MAX_TOKENS = 8, 8192
"""What a model may read of a paper."""


FILES = (ENCODER, TOKENIZER, HEADS, LEXICAL, CALIBRATION, TAXONOMY, METRICS, CARD)
"""Every file but `model.json`, which is written last and holds the digests of these."""

HELD_OUT = "held_out.npz"
CASCADE = "cascade.npz"
CASCADE_ENCODER = "cascade.onnx"
_STAGES = (CASCADE, CASCADE_ENCODER)
OPTIONAL = (HELD_OUT, *_STAGES)
"""Files that a model folder may have besides; those that are there have digests too."""


def digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _own_digest(document: Mapping[str, Any]) -> str:
    """SHA-256 of all that `model.json` says but this."""
    rest = {name: value for name, value in document.items() if name != OWN_DIGEST}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def _facts(path: Path) -> ModelFacts:
    """The facts in `model.json`, unless they were changed since they were written.

    Models made before 0.6 lack the digest; what is left of a damaged one is no such model.
    """
    document = read_json(path)
    own = document.pop(OWN_DIGEST, None)
    near = difflib.get_close_matches(OWN_DIGEST, document, 1, cutoff=0.7)
    if near or (own is not None and own != _own_digest(document)):
        raise InputError("is damaged: its own SHA-256 differs; copy the folder again", str(path))
    facts = ModelFacts.from_dict(document, str(path))
    if not MIN_TOKENS <= facts.max_tokens <= MAX_TOKENS:
        right = f"from {MIN_TOKENS} to {MAX_TOKENS:,}"
        problem = f"is damaged: 'max_tokens' is {facts.max_tokens}, not {right}"
        raise InputError(f"{problem}; copy the folder again", str(path))
    return facts


def seal(folder: Path, facts: ModelFacts) -> ModelFacts:
    """Write `model.json` into a folder whose other files are all there: now it is a model.

    Returns the facts with the digests of the files, as they were written.
    """
    sealed = replace(facts, files={name: digest(folder / name) for name in _present(folder)})
    document = sealed.as_dict()
    document[OWN_DIGEST] = _own_digest(document)
    text = json.dumps(document, indent=2, ensure_ascii=False)
    temporary = folder / f".{FACTS}.new"
    temporary.write_text(text + "\n", encoding="utf-8")
    os.replace(temporary, folder / FACTS)
    return sealed


def _present(folder: Path) -> list[str]:
    return [*FILES, *(name for name in OPTIONAL if (folder / name).is_file())]


def check(folder: Path, cascade: bool = True) -> ModelFacts:
    """The facts of a model folder, after checking that it is whole.

    Args:
        cascade: also check the content of the fast stages, which only their user reads.

    Raises:
        InputError: no model folder, a newer format, a missing file, a file that was changed.
    """
    facts = _facts(folder / FACTS)
    lost = [name for name in OPTIONAL if name in facts.files and not (folder / name).is_file()]
    for name in (*_present(folder), *lost):
        if name in _STAGES and not cascade and name not in lost:
            continue
        path = folder / name
        try:
            found = digest(path)
        except FileNotFoundError as error:
            raise InputError("is missing; copy the whole model folder again", str(path)) from error
        except OSError as error:
            raise InputError(f"can't be read: {error.strerror}", str(path)) from error
        if found != facts.files.get(name):
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
        what = "is not a model folder" if path.name == FACTS else "is missing"
        where = path.parent if path.name == FACTS else path
        raise InputError(f"{what}; a model folder has {FACTS}", str(where)) from error
    except (OSError, ValueError, RecursionError) as error:
        raise InputError("is damaged: not readable JSON", str(path)) from error
    if not isinstance(document, dict):
        raise InputError("is damaged: not a JSON object", str(path))
    return document
