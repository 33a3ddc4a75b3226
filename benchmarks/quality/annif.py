"""Annif, the subject indexing tool of the National Library of Finland, with its Omikuji backend.

Driven by its own command line, as its users drive it: a vocabulary, a corpus, `train`, `index`.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.quality.environment import call, environment
from benchmarks.quality.split import Split
from benchmarks.quality.system import (
    Floats,
    Log,
    Options,
    Scored,
    System,
    Trained,
    folder_megabytes,
    held_out_note,
    logit,
)

REQUIREMENTS = ("annif[omikuji]==1.4.3",)

SETTINGS: dict[str, str] = {
    # As its documentation sets it for a tree of the kind of Bonsai, with pairs of words too.
    "analyzer": "snowball(english)",
    "ngram": "2",
    "min_df": "2",
    "cluster_balanced": "False",
    "cluster_k": "100",
    "max_depth": "3",
}
URI = "urn:area:"


def train(split: Split, options: Options, folder: Path, log: Log) -> Trained:
    """Train once; the papers held out from it fit the calibration. It reads some 36 papers a second
    in training and in scoring, so four folds of 35,000 would take over an hour."""
    rows, held = split.held_out()
    project = _Project(folder, _scripts(options, log), split)
    project.make()
    started = time.perf_counter()
    project.train(rows.tolist())
    seconds = time.perf_counter() - started
    log(f"annif: trained in {seconds:.0f} s")
    held_logits = project.logits([split.texts[row] for row in held])
    size = folder_megabytes(folder / "data")
    note = f"{held_out_note(len(rows), len(held))}; by its command line"
    return Trained(held_logits, split.targets[held] > 0.5, seconds, size, note)


def score(split: Split, options: Options, folder: Path, log: Log) -> Scored:
    """The test papers, in two calls, so that starting it is not counted."""
    project = _Project(folder, _scripts(options, log), split)
    started = time.perf_counter()
    project.logits(split.test_texts[:1])
    first = time.perf_counter()
    logits = project.logits(split.test_texts)
    spent = (time.perf_counter() - first) - (first - started)
    return Scored(logits, (len(logits) - 1) / max(spent, 1e-3))


def settings(options: Options) -> dict[str, Any]:
    return {**SETTINGS, "requirements": REQUIREMENTS, "held out": True}


SYSTEM = System("Annif, Omikuji", settings, train, score)


def _scripts(options: Options, log: Log) -> Path:
    return environment(options.peers / "annif", REQUIREMENTS, log)


class _Project:
    """One Annif project in a folder."""

    def __init__(self, folder: Path, scripts: Path, split: Split) -> None:
        self.folder, self.annif, self.split = folder.resolve(), scripts / "annif", split

    def make(self) -> None:
        """Its vocabulary and settings in an empty folder."""
        _sentence_rules(self.folder / "nltk")
        settings = "\n".join(f"{key}={value}" for key, value in SETTINGS.items())
        (self.folder / "projects.cfg").write_text(
            "[areas]\nname=areas\nlanguage=en\nbackend=omikuji\nvocab=areas\n"
            f"limit={len(self.split.taxonomy.ids)}\n{settings}\n"
        )
        lines = [f"<{URI}{area.id}>\t{area.name}\n" for area in self.split.taxonomy.areas]
        (self.folder / "areas.tsv").write_text("".join(lines))
        self._call("load-vocab", "areas", "areas.tsv", "--language", "en")

    def train(self, rows: Sequence[int]) -> None:
        records = [
            {
                "text": self.split.texts[row],
                "subjects": [{"uri": URI + area} for area in self.split.labelled.labels[row]],
            }
            for row in rows
        ]
        self._call("train", "areas", self._write("train.jsonl", records))
        for left in (self.folder / "data").rglob("omikuji-train.txt"):
            left.unlink()  # its copy of the papers, not needed for scoring

    def logits(self, texts: Sequence[str]) -> Floats:
        """(texts, areas)."""
        records = [{"text": text, "document_id": str(row)} for row, text in enumerate(texts)]
        name = self._write("index.jsonl", records)
        limit = str(len(self.split.taxonomy.ids))
        self._call("index", "--force", "--limit", limit, "--suffix", ".tags", "areas", name)
        [found] = self.folder.glob("*.tags.jsonl")
        scores = np.zeros((len(texts), len(self.split.taxonomy.ids)))
        column = {URI + area: place for place, area in enumerate(self.split.taxonomy.ids)}
        for row, line in enumerate(found.read_text().splitlines()):
            for result in json.loads(line)["results"]:
                scores[row, column[result["uri"]]] = result["score"]
        return logit(scores)

    def _write(self, name: str, records: list[dict[str, Any]]) -> str:
        text = "".join(json.dumps(record) + "\n" for record in records)
        (self.folder / name).write_text(text)
        return name

    def _call(self, *arguments: str) -> None:
        env = {**os.environ, "ANNIF_DATADIR": "data", "NLTK_DATA": str(self.folder / "nltk")}
        call([self.annif, *arguments], cwd=self.folder, env=env)


def _sentence_rules(folder: Path) -> None:
    """NLTK's sentence splitter without its list of abbreviations, which it would download; it only
    parts the text before the words are parted."""
    home = folder / "tokenizers" / "punkt_tab" / "english"
    home.mkdir(parents=True)
    for name in ("collocations.tab", "sent_starters.txt", "abbrev_types.txt", "ortho_context.tab"):
        (home / name).touch()
