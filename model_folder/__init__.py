"""A model folder: the one thing that training and serving share."""

from model_folder.model import Model, Scored
from model_folder.store import NAME, resolve
from model_folder.text import lexical_text, paper_key, paper_text

__all__ = ["NAME", "Model", "Scored", "lexical_text", "paper_key", "paper_text", "resolve"]
