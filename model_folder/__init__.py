"""A model folder: the one thing that training and serving share."""

from tagstract.model_folder.facts import ModelFacts
from tagstract.model_folder.inputs import lexical_text, paper_key, paper_text
from tagstract.model_folder.model import Model, Scored
from tagstract.model_folder.seen import SeenPapers
from tagstract.model_folder.store import NAME, resolve

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
