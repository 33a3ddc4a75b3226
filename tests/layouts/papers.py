"""The invented papers, and how a layout is filled with them."""

from __future__ import annotations

import html
import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Invented:
    """A paper that nobody wrote."""

    number: str
    title: str
    abstract: str
    authors: tuple[str, ...]
    doi: str


TIDE = Invented(
    "2611.04101",
    "Reading the Tide: Forecasts of Harbour Silt with Small Recurrent Networks",
    "Harbours are dredged on fixed dates, whether or not there is silt to be moved. We train a "
    "small recurrent network on six years of tide gauges and soundings from two harbours, and ask "
    "how far ahead it can tell where silt will settle. The forecasts are right within 4 cm for "
    "nine days, which is twice as long as the tables that pilots use. What helps most is the wind "
    "of the week before; the phase of the moon adds nothing that the gauges do not show.",
    ("Mara Quill", "Odo Fenn"),
    "10.5555/tide.2026.17",
)
BELLS = Invented(
    "2611.04102",
    "Which Bell Is That? Few-Shot Recognition of Church Bells from Phone Recordings",
    "Every bell has partials of its own, but recordings from phones blur them. We show that a "
    "contrastive encoder, trained on synthetic strikes only, recognises a bell from five "
    "recordings with 91% accuracy among 340 bells. Wind and traffic cost seven points, and a "
    "second microphone brings back five of them. The errors that remain are pairs of bells which "
    "were cast in the same year by the same founder.",
    ("Ines Bravo",),
    "10.5555/bells.2026.3",
)
PAPERS = (TIDE, BELLS)


def each(layout: str, papers: tuple[Invented, ...] = PAPERS, between: str = "") -> str:
    """The layout for each paper, with {title}, {abstract} and so on filled in."""
    return between.join(
        layout.replace("{title}", paper.title)
        .replace("{abstract}", paper.abstract)
        .replace("{escaped}", html.escape(f"<p>{paper.abstract}</p>"))
        .replace("{number}", paper.number)
        .replace("{doi}", paper.doi)
        .replace("{author}", paper.authors[0])
        .replace("{authors}", ", ".join(paper.authors))
        for paper in papers
    )


def plain(paper: Invented) -> dict[str, Any]:
    return {"id": paper.number, "title": paper.title, "abstract": paper.abstract}


def row_of(paper: Invented) -> list[str]:
    return [paper.number, paper.title, paper.abstract]


PLAIN = [plain(paper) for paper in PAPERS]


def lines_of(records: list[Any]) -> bytes:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records).encode()
