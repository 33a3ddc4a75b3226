"""What a label is: the taxonomy and the labelled set. Knows nothing of models."""

from labels.errors import InputError, TagstractError
from labels.reading import LabelledSet, Problem, read_labelled
from labels.taxonomy import Area, Taxonomy, load_taxonomy

__all__ = [
    "Area",
    "InputError",
    "LabelledSet",
    "Problem",
    "TagstractError",
    "Taxonomy",
    "load_taxonomy",
    "read_labelled",
]
