"""The sentences that support a tag: what its logit loses when one of them is left out.

Occlusion, on whole sentences (Li, Monroe and Jurafsky 2016, "Understanding neural networks
through representation erasure", section 4).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tagstract.labels.tagged import Evidence
from tagstract.serving.sentences import MAX_SENTENCES, sentences_of

if TYPE_CHECKING:
    from tagstract.model_folder import Model

SHOWN = 3
"""Sentences given for a tag at most."""


def evidence_of(
    model: Model,
    paper: Mapping[str, str],
    probabilities: NDArray[np.float64],
    tags: Sequence[str],
) -> dict[str, tuple[Evidence, ...]]:
    """For each tag the sentences that support it, the strongest first.

    Args:
        paper: `title` and `abstract`.
        probabilities: (areas,), of the whole paper.
        tags: area ids.

    Returns:
        By area id; each weight is above 0. The title is tried too.
    """
    if not tags:
        return {}
    pieces, variants = _without_each(paper)
    # Only what the same network says of both texts can be compared, so stages don't mix here.
    without = model.score(variants, full=True).probabilities
    if model.cascade is not None:
        probabilities = model.score([paper], full=True).probabilities[0]
    columns = [model.taxonomy.ids.index(area) for area in tags]
    lost = _logit(probabilities[columns]) - _logit(without[:, columns])
    evidence = {}
    for place, area in enumerate(tags):
        best = [int(row) for row in np.argsort(-lost[:, place])[:SHOWN] if lost[row, place] > 0]
        evidence[area] = tuple(
            Evidence(pieces[row], round(float(lost[row, place]), 3)) for row in best
        )
    return evidence


def _without_each(paper: Mapping[str, str]) -> tuple[list[str], list[dict[str, str]]]:
    """Title and sentences, and the paper without each of them."""
    sentences = sentences_of(paper["abstract"])
    tried = sentences[:MAX_SENTENCES]
    variants = [
        {**paper, "abstract": " ".join(sentences[:row] + sentences[row + 1 :])}
        for row in range(len(tried))
    ]
    if not paper["title"]:
        return tried, variants
    return [paper["title"], *tried], [{**paper, "title": ""}, *variants]


def _logit(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    bounded = probabilities.clip(1e-9, 1 - 1e-9)
    return np.asarray(np.log(bounded / (1 - bounded)))
