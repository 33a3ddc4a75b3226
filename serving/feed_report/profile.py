"""What a tagged feed holds, in numbers."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tagstract.labels.errors import InputError
from tagstract.labels.io.feed import read_lines
from tagstract.labels.tagged import Reason, Status
from tagstract.model_folder.format import read_json

__all__ = ["Profile", "read_profile", "training_profile"]


@dataclass
class Profile:
    """Counts over the papers of a feed or of several.

    Attributes:
        name: of the feed, as a report calls it.
        papers: tagged and abstained papers; failed records and duplicates are not counted.
        areas: papers that have an area as a tag.
        untagged: papers by the reason why they have no tags.
        confidence: sum of the probability of each tagged paper's first tag.
        models: the models that tagged them.
    """

    name: str
    papers: int = 0
    areas: Counter[str] = field(default_factory=Counter)
    untagged: Counter[str] = field(default_factory=Counter)
    confidence: float = 0.0
    models: set[str] = field(default_factory=set)

    @property
    def tagged(self) -> int:
        return self.papers - self.untagged.total()

    @property
    def out_of_scope(self) -> int:
        return self.untagged[Reason.OUT_OF_SCOPE]

    @property
    def mean_confidence(self) -> float | None:
        """Mean probability of the first tag of the tagged papers; None without any."""
        return self.confidence / self.tagged if self.tagged else None

    def share(self, area: str) -> float:
        """Share of the papers that have an area; 0 without papers."""
        return self.areas[area] / self.papers if self.papers else 0.0

    def add(self, record: Mapping[str, Any], source: str, line: int) -> None:
        """Count a tagged paper.

        Raises:
            InputError: the record was not written by `tagstract tag`.
        """
        status, reason = record.get("status"), record.get("reason")
        if status not in tuple(Status) or "tags" not in record:
            raise InputError(
                "is not a tagged paper: 'status' or 'tags' is missing; use a file that "
                "`tagstract tag -o` wrote",
                source,
                line,
            )
        if status == Status.ERROR or reason == Reason.DUPLICATE:
            return
        self.papers += 1
        self.models.add(str(record.get("model")))
        tags = _tags(record, source, line)
        if not tags:
            self.untagged[str(reason)] += 1
            return
        self.areas.update(area for area, _ in tags)
        self.confidence += max(probability for _, probability in tags)

    @classmethod
    def of_all(cls, name: str, profiles: Iterable[Profile]) -> Profile:
        """The profile of several feeds together."""
        whole = cls(name)
        for one in profiles:
            whole.papers += one.papers
            whole.areas += one.areas
            whole.untagged += one.untagged
            whole.confidence += one.confidence
            whole.models |= one.models
        return whole


def read_profile(path: str) -> Profile:
    """Count the papers of a file that `tagstract tag` wrote: JSONL, JSON, CSV, XLSX or Parquet.

    An empty file is a feed that had nothing new.

    Raises:
        InputError: it can't be read, or a record is not a tagged paper.
    """
    if Path(path).is_file() and not Path(path).stat().st_size:
        return Profile(Path(path).name)
    name, lines = read_lines(path)
    profile = Profile(Path(name).name)
    for line, record in lines:
        if isinstance(record, str):
            raise InputError(record, name, line)
        profile.add(record, name, line)
    return profile


def training_profile(folder: Path) -> Profile | None:
    """How often a model gives each area on the labelled papers that it was measured on.

    From `metrics.json`: of `support` papers with an area the model finds `recall`, and `precision`
    of what it gives is right, so it gives support x recall / precision. None where the model was
    not measured.
    """
    metrics = read_json(folder / "metrics.json").get("model")
    if not isinstance(metrics, dict) or not metrics.get("n"):
        return None
    papers = int(metrics["n"])
    profile = Profile("training", papers)
    for area, scores in metrics.get("per_area", {}).items():
        precision, recall = scores.get("precision") or 0.0, scores.get("recall") or 0.0
        if precision > 0:
            profile.areas[area] = round(scores.get("support", 0) * recall / precision)
    coverage = metrics.get("coverage")
    if coverage is not None:
        profile.untagged["no tags"] = round(papers * (1 - coverage))
    return profile


def _tags(record: Mapping[str, Any], source: str, line: int) -> list[tuple[str, float]]:
    """(area, probability) of each tag, of an object or of a table's row."""
    tags = record["tags"]
    try:
        if isinstance(tags, str) and tags.lstrip().startswith("["):
            tags = json.loads(tags)
        if isinstance(tags, str):
            areas = [area for area in tags.split(";") if area]
            given = str(record.get("tag_probabilities") or "").split(";")
            return [(area, float(p)) for area, p in zip(areas, given, strict=True)] if areas else []
        return [(str(tag["area"]), float(tag["probability"])) for tag in tags or ()]
    except (ValueError, TypeError, KeyError) as error:
        message = "'tags' can't be read; use a file that `tagstract tag -o` wrote"
        raise InputError(message, source, line) from error
