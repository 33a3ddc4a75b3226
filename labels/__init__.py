"""What a label is: the taxonomy and the labelled set. Knows nothing of models."""

from pathlib import Path

from tagstract.labels.errors import InputError, TagstractError
from tagstract.labels.reading import LabelledSet, Problem, read_labelled
from tagstract.labels.taxonomy import Area, Taxonomy, load_taxonomy

STARTER_PATH = Path(__file__).with_name("starter.jsonl")
"""A small labelled set that we wrote, for the tests and for users without labels."""

OUT_OF_SCOPE_PATH = Path(__file__).with_name("out_of_scope.jsonl")
"""Texts of other fields, and what else lands in a feed; our own writing."""

__all__ = [
    "OUT_OF_SCOPE_PATH",
    "STARTER_PATH",
    "Area",
    "InputError",
    "LabelledSet",
    "Problem",
    "TagstractError",
    "Taxonomy",
    "load_taxonomy",
    "read_labelled",
]
