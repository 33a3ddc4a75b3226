"""When to say nothing: texts that are no English abstract of the taxonomy's field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagstract.labels.tagged import Reason

FEWEST_WORDS = 15
"""Of title and abstract together; below it nothing can be told."""

FEWEST_TITLE_WORDS = 4
"""Of a title that is tagged alone."""

FEWEST_FUNCTION_WORDS = 0.12
"""Share of English function words; `benchmarks/abstention.py` prints what it separates."""

OUT_OF_SCOPE = 0.25
"""Where not even the most probable area reaches this, the paper is about something else."""

_WORD = re.compile(r"[^\W\d_]+")
_MATHEMATICS = re.compile(r"\$[^$]{0,1000}\$|\\[A-Za-z]{1,40}")
_FUNCTION_WORDS = frozenset(
    """
    a about all also an and are as at be been between both but by can do each for from has have
    how if in into is it its may more most no not of on only or other our over such than that
    the their them then there these they this those to under use used using via was we were
    what when where which while who will with without
    """.split()  # noqa: SIM905 (a list of a hundred quoted words is harder to read)
)


def abstention(
    paper: Mapping[str, Any], probabilities: NDArray[np.float64], given: bool, in_scope: bool
) -> Reason | None:
    """Why a paper gets no tags, or None.

    Args:
        paper: `title` and `abstract`, texts.
        probabilities: (areas,).
        given: whether any area reached its threshold.
        in_scope: what the model says of the text as a whole.
    """
    text = _MATHEMATICS.sub(" ", f"{paper['title']} {paper['abstract']}")
    words = _WORD.findall(text.lower())
    if not is_english(words):
        return Reason.NOT_ENGLISH
    if not paper["abstract"].strip():
        # A title alone is enough only where an area stands out.
        enough = len(words) >= FEWEST_TITLE_WORDS
        return None if given and in_scope and enough else Reason.NO_ABSTRACT
    if len(words) < FEWEST_WORDS:
        return Reason.TOO_SHORT
    if not in_scope:
        return Reason.OUT_OF_SCOPE
    if given:
        return None
    return Reason.OUT_OF_SCOPE if probabilities.max() < OUT_OF_SCOPE else Reason.BELOW_THRESHOLD


def is_english(words: list[str]) -> bool:
    """Whether enough of the words are English function words. Fewer than ten words of Latin
    letters tell nothing and pass; other scripts do not."""
    latin = sum(word.isascii() for word in words)
    if latin * 2 < len(words):
        return False
    if len(words) < 10:
        return True
    share = sum(word in _FUNCTION_WORDS for word in words) / len(words)
    return share >= FEWEST_FUNCTION_WORDS
