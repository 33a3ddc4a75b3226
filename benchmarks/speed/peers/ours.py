"""Tagstract, in each of its modes."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.speed.material import Flags, Papers
from benchmarks.speed.peer import Peer, Predict

CHUNK = 64
"""Papers at a time, as `tagstract tag` takes them."""


def _load(speed: str, folder: Path, size: int) -> Predict:
    import tagstract

    tagger = tagstract.load(speed=speed)
    areas = {area: column for column, area in enumerate(tagger.model.taxonomy.ids)}

    def predict(papers: Papers) -> Flags:
        given = np.zeros((len(papers), len(areas)), bool)
        for start in range(0, len(papers), CHUNK):
            for row, answer in enumerate(tagger.tag(papers.records[start : start + CHUNK]), start):
                given[row, [areas[tag.area] for tag in answer.tags]] = True
        return given

    return predict


def _mode(speed: str) -> Peer:
    return Peer(f"Tagstract, {speed}", ("tagstract",), "as it ships", partial(_load, speed))


BEST, BALANCED, FAST = _mode("best"), _mode("balanced"), _mode("fast")
