"""What a system that is measured has to offer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.speed.material import Flags, Material, Papers

Predict = Callable[[Papers], Flags]
"""Papers to the areas they get, (papers, areas)."""

Embed = Callable[[list[str]], NDArray[np.float32]]
"""Texts to embeddings, (texts, width)."""

REPOSITORY = Path(__file__).parents[2]


@dataclass(frozen=True)
class Peer:
    """A system, measured in processes of its own.

    Attributes:
        title: as the table names it.
        modules: what must be installed.
        head: where its areas come from, in words; `{train}` stands for the training papers.
        load: makes it ready, from its folder and a batch size.
        prepare: what is done once before, in a process of its own.
        sizes: batch sizes that are tried; the fastest is measured.
        python: its interpreter, where it has one of its own; None: it is not installed.
    """

    title: str
    modules: tuple[str, ...]
    head: str
    load: Callable[[Path, int], Predict]
    prepare: Callable[[Material, Path], None] | None = None
    sizes: tuple[int, ...] = (1,)
    python: Callable[[], Path | None] | None = None


def embedding_peer(
    title: str,
    modules: tuple[str, ...],
    open_: Callable[[Path, int], Embed],
    prepare: Callable[[Path], None] | None = None,
    sizes: tuple[int, ...] = (1,),
    python: Callable[[], Path | None] | None = None,
) -> Peer:
    """A peer that makes embeddings, with a logistic regression on top.

    Args:
        open_: makes it ready, from its folder and a batch size.
        prepare: what it needs before that.
    """

    def fit(material: Material, folder: Path) -> None:
        from benchmarks.speed.heads import fit_linear

        if prepare is not None:
            prepare(folder)
        embeddings = open_(folder, max(sizes))(material.train.texts)
        fit_linear(embeddings, material.train.truth).save(folder)

    def load(folder: Path, size: int) -> Predict:
        from benchmarks.speed.heads import LinearHead

        head, embed = LinearHead.load(folder), open_(folder, size)
        return lambda papers: head.given(embed(papers.texts))

    return Peer(title, modules, "LR on {train}", load, fit, sizes, python)
