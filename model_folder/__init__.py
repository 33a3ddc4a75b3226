"""A model folder: the one thing that training and serving share."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tagstract.model_folder.facts import ModelFacts
    from tagstract.model_folder.inputs import lexical_text, paper_key, paper_text
    from tagstract.model_folder.model import Model, Scored
    from tagstract.model_folder.seen import SeenPapers
    from tagstract.model_folder.store import NAME, resolve

_PUBLIC = {
    "NAME": "store",
    "Model": "model",
    "ModelFacts": "facts",
    "Scored": "model",
    "SeenPapers": "seen",
    "lexical_text": "inputs",
    "paper_key": "inputs",
    "paper_text": "inputs",
    "resolve": "store",
}

__all__ = [
    "NAME",
    "Model",
    "ModelFacts",
    "Scored",
    "SeenPapers",
    "lexical_text",
    "paper_key",
    "paper_text",
    "resolve",
]


def __getattr__(name: str) -> Any:
    """Import a name when it is first used: who only finds or checks a model needs no NumPy."""
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PUBLIC[name]}"), name)
