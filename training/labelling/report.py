"""What is wrong with labels, as one HTML page with the texts: no script, no outside file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tagstract.labels.storage.atomic import atomic_writer
from tagstract.training.labelling.near_duplicates import Pair
from tagstract.training.labelling.suspects import Suspect

__all__ = ["Findings", "write_report"]


@dataclass(frozen=True)
class Findings:
    """All that was found in labelled papers.

    Attributes:
        papers, labels: of the set; suspects and pairs are rows of them.
        sources: the file of each paper.
        problems: bad records, conflicts among them, each in one line.
        suspects: None where the labels were not looked at.
        pairs: papers that are nearly the same.
        poor: areas with few papers, and how many.
    """

    papers: Sequence[Mapping[str, Any]]
    labels: Sequence[Sequence[str]]
    sources: Sequence[str]
    problems: Sequence[str] = ()
    suspects: Sequence[Suspect] | None = None
    pairs: Sequence[Pair] = ()
    poor: Sequence[tuple[str, int]] = ()
    names: Mapping[str, str] = field(default_factory=dict)


def write_report(path: Path, findings: Findings) -> None:
    """Write the page to `path`, whole or not at all; texts of papers are escaped.

    Raises:
        InputError: `path` can't be written.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("report.html.jinja").render(found=findings)
    with atomic_writer(path) as file:
        file.write(page)
