"""What a tagger answers of a paper: its tags, or why it has none.

Column names, schemas and the words that people read all derive from these types.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from tagstract.labels.io.paper import keep_input
from tagstract.labels.speed import Speed

__all__ = [
    "FIELDS",
    "OPTIONAL_FIELDS",
    "TYPES",
    "Evidence",
    "Reason",
    "Speed",
    "Status",
    "Tag",
    "Tagged",
    "is_answer",
]


class Status(StrEnum):
    """What became of a paper."""

    TAGGED = "tagged"
    ABSTAINED = "abstained"
    ERROR = "error"


class Reason(StrEnum):
    """Why a paper gets no tags."""

    NO_ABSTRACT = "no-abstract"
    TOO_SHORT = "too-short"
    NOT_ENGLISH = "not-english"
    OUT_OF_SCOPE = "out-of-scope"
    BELOW_THRESHOLD = "below-threshold"
    DUPLICATE = "duplicate"

    @property
    def words(self) -> str:
        """The reason as people read it."""
        return _WORDS[self]


_WORDS = {
    Reason.NO_ABSTRACT: "there is no abstract",
    Reason.TOO_SHORT: "the text is too short",
    Reason.NOT_ENGLISH: "the abstract is not in English",
    Reason.OUT_OF_SCOPE: "the paper is outside the taxonomy",
    Reason.BELOW_THRESHOLD: "no area reaches its threshold",
    Reason.DUPLICATE: "the paper appeared earlier",
}


@dataclass(frozen=True, slots=True)
class Tag:
    """A research area and its calibrated probability."""

    area: str
    probability: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence that supports a tag; `weight` is what the tag's logit loses without it."""

    sentence: str
    weight: float


@dataclass(frozen=True, slots=True)
class Tagged:
    """A tagged paper.

    Attributes:
        record: the paper's fields, with `title`, `abstract` and `id` as far as they were found;
            what was given where that is no record.
        tags: most probable first; empty unless `status` is "tagged".
        status: "tagged", "abstained" or "error".
        reason: why there are no tags: a `Reason`, or what was wrong with the record; None for a
            tagged paper.
        truncated: whether the model read only the beginning of the abstract.
        model: name and version of the model, as `ai-research-areas:0.5.0`.
        speed: which stages of the model could answer.
        title_only: whether the paper was tagged from its title alone.
        probabilities: of every area, where they were asked for.
        evidence: by area the sentences that support it, the strongest first, where it was asked
            for.
        duplicate_of: id or title of the same paper, where that came before.
    """

    record: Any
    tags: tuple[Tag, ...]
    status: Status
    reason: Reason | str | None
    truncated: bool
    model: str
    speed: Speed = field(default=Speed.BEST, kw_only=True)
    title_only: bool = False
    probabilities: Mapping[str, float] | None = None
    evidence: Mapping[str, tuple[Evidence, ...]] | None = None
    duplicate_of: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The fields of the record, and those of the answer, as files and HTTP have them.

        A field of the record that has a name of the answer's is kept as `input.NAME`.
        """
        answer: dict[str, Any] = {
            "tags": [{"area": tag.area, "probability": tag.probability} for tag in self.tags],
            "status": str(self.status),
            "reason": None if self.reason is None else str(self.reason),
            "truncated": self.truncated,
            "model": self.model,
            "speed": str(self.speed),
        }
        if self.title_only:
            answer["title_only"] = True
        if self.probabilities is not None:
            answer["probabilities"] = dict(self.probabilities)
        if self.evidence is not None:
            answer["evidence"] = {
                area: [{"sentence": one.sentence, "weight": one.weight} for one in sentences]
                for area, sentences in self.evidence.items()
            }
        if self.duplicate_of is not None:
            answer["duplicate_of"] = self.duplicate_of
        record = dict(self.record) if isinstance(self.record, Mapping) else {}
        # Also of what wasn't asked for: probabilities of an earlier run are not this one's.
        for name in TYPES:
            keep_input(record, name)
        return {**record, **answer}


TYPES: Mapping[str, Any] = {
    name: kind for name, kind in get_type_hints(Tagged).items() if name != "record"
}
"""The type of each field of an answer."""

FIELDS = tuple(one.name for one in fields(Tagged) if one.name in TYPES and one.default is MISSING)
"""What every tagged paper has, in the order of files and columns."""

OPTIONAL_FIELDS = tuple(one.name for one in fields(Tagged) if one.default is not MISSING)
"""What a tagged paper may have besides."""


def is_answer(name: str, value: Any) -> bool:
    """Whether a field of a record can be the answer's of this name.

    A field of the user's own may have the name of one that was not asked for.
    """
    return name in TYPES and _fits(value, TYPES[name])


def _fits(value: Any, kind: Any) -> bool:
    """Whether a value out of JSON has the shape of a type."""
    origin, parts = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return any(_fits(value, part) for part in parts)
    if origin is tuple:
        return isinstance(value, list) and all(_fits(item, parts[0]) for item in value)
    if origin is Mapping:
        return isinstance(value, dict) and all(_fits(item, parts[1]) for item in value.values())
    if isinstance(kind, type) and is_dataclass(kind):
        hints = _hints(kind)
        return (
            isinstance(value, dict)
            and value.keys() == hints.keys()
            and all(_fits(value[name], hint) for name, hint in hints.items())
        )
    if kind is float:
        return type(value) in (int, float)
    return isinstance(value, str if issubclass(kind, StrEnum) else kind)


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)
