"""When a paper gets no tags: texts that are no abstract of the taxonomy's field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagstract.labels.tagged import Reason

MIN_FUNCTION_WORDS = 0.12
"""Share of English function words; `benchmarks/abstention.py` prints what it separates."""

MIN_TITLE_WORDS = 4
"""Of a title that is tagged alone."""

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


MIN_TERSE_WORDS, MAX_FOREIGN_WORDS = 0.25, 0.06
"""Shares that make English of a terse text, such as a list of highlights."""

_PAPERS_WORDS = frozenset(
    """
    accuracy algorithm algorithms analysis applications approach approaches architecture artificial
    automatic background based benchmark benchmarks calibration clinical code compared comparison
    conclusion conclusions data dataset datasets deep detection different early efficient error
    evaluation experiments external fast faster feasible feature features framework future good
    graph hard high higher human image images imaging improved information intelligence language
    large learning low lower machine main many medical memory method methods model modeling models
    network networks neural new novel objective open optimization parameters patients performance
    prediction problem processing proposed quality rate real recent released research results robot
    robust samples science sensor simulation single size small software source speed state states
    study system systems task tasks techniques test testing text time tool training transformer two
    users validation video vision well wins work years
    """.split()  # noqa: SIM905
)
_FOREIGN_WORDS = frozenset(
    """
    der die das und ist sind wird wir mit auf für von dem den des ein eine einen einer nicht auch
    sich zu zum im bei durch aus nach über les du un une et est sont dans pour par sur avec que qui
    cette ces nous en au aux plus ne pas el los las del una es son con se su como más para il lo gli
    di della delle dei è sono per che non si una nel os da dos um uma são em com não mais na het een
    van zijn voor met op dat niet wordt worden te och att som är för av på med det den inte af og
    til jest się nie oraz przez dla są yang dan dari untuk dengan pada dalam kami ini
    """.split()  # noqa: SIM905
)


@dataclass(frozen=True)
class Rules:
    """What a paper must be like to get tags at all; stored with the model's calibration.

    min_words: words of title and abstract together; a shorter text is `too-short`.
    english_only: texts in other languages are `not-english`.
    min_probability: where not even the most probable area reaches it, the paper is
        `out-of-scope`.
    """

    min_words: int = 15
    english_only: bool = True
    min_probability: float = 0.25

    def reason(
        self,
        paper: Mapping[str, Any],
        probabilities: NDArray[np.float64],
        given: bool,
        in_scope: bool,
    ) -> Reason | None:
        """Why a paper gets no tags, or None.

        Args:
            paper: `title` and `abstract`, texts; both may be missing.
            probabilities: (areas,).
            given: whether any area reached its threshold.
            in_scope: what the model's scope classifier says of the text.
        """
        words = words_of(paper)
        if self.english_only and not is_english(words):
            return Reason.NOT_ENGLISH
        if not (paper.get("abstract") or "").strip():
            # A title alone is enough only where an area stands out.
            enough = given and in_scope and len(words) >= MIN_TITLE_WORDS
            return None if enough else Reason.NO_ABSTRACT
        if len(words) < self.min_words:
            return Reason.TOO_SHORT
        if not in_scope:
            return Reason.OUT_OF_SCOPE
        if given:
            return None
        if probabilities.max() < self.min_probability:
            return Reason.OUT_OF_SCOPE
        return Reason.BELOW_THRESHOLD

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Rules:
        """Raises KeyError or TypeError where it is none."""
        return cls(**document)


def words_of(paper: Mapping[str, Any]) -> list[str]:
    """The words of title and abstract, in lower case, without mathematics."""
    text = f"{paper.get('title') or ''} {paper.get('abstract') or ''}"
    return _WORD.findall(_MATHEMATICS.sub(" ", text).lower())


def is_english(words: list[str]) -> bool:
    """Whether enough of the words are English function words, or in a terse text words of English
    papers and none of other languages. Fewer than ten words of Latin letters tell nothing and pass;
    other scripts do not."""
    latin = sum(word.isascii() for word in words)
    if latin * 2 < len(words):
        return False
    if len(words) < 10:
        return True
    share = _share(words, _FUNCTION_WORDS)
    if share >= MIN_FUNCTION_WORDS:
        return True
    terse = share + _share(words, _PAPERS_WORDS) >= MIN_TERSE_WORDS
    return terse and _share(words, _FOREIGN_WORDS) < MAX_FOREIGN_WORDS


def _share(words: list[str], known: frozenset[str]) -> float:
    return sum(word in known for word in words) / len(words)
