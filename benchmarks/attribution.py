"""Whether evidence supports: what a tag loses without the sentence that `/explain` shows first.

    python benchmarks/attribution.py [LABELLED...] [--papers N]

For every tag that the model gives, its first sentence of evidence is left out (how far the
probability falls is *comprehensiveness*) and kept alone beside the title (how far it then stands
above another sentence kept alone is *sufficiency*; DeYoung et al. 2020, "ERASER: A benchmark to
evaluate rationalized NLP models", section 4). Another sentence is the mean of all the others. A
sentence that is left out may also raise the probability, so the mean of falls can be next to
nothing, and the factor is that of the top's fall to how far others move it, either way.

`/explain` finds a sentence by leaving it out (occlusion: Zeiler and Fergus 2014, "Visualizing and
understanding convolutional networks"; for text Li, Monroe and Jurafsky 2016, "Understanding
neural networks through representation erasure"). So on the same model the first row holds by
construction: the sentence is the one with the largest fall. It says how much the choice matters,
not that it is right. The rows of the baseline (TF-IDF + logistic regression) are near to that:
it reads words as the model's lexical half does. Only in the last two rows is a reader asked that
had no part in the choice: the transformer alone chooses the sentence and the baseline must miss
it, and the other way round.

Of each paper the tags given, three sentences or more; intervals are of 95 %, bootstrapped over
papers. Default: the starter set, which the model that ships was trained on; give a file of other
papers to see it on those.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tagstract.labels import STARTER_PATH, load_taxonomy, read_labelled
from tagstract.labels.tagged import Evidence
from tagstract.model_folder import Model, paper_text, resolve
from tagstract.model_folder.scale import sigmoid
from tagstract.serving.attribution import evidence_of
from tagstract.serving.sentences import MAX_SENTENCES, sentences_of
from tagstract.serving.tagger import Tagger

Floats = NDArray[np.float64]

MIN_SENTENCES = 3
RESAMPLES = 2000

ROWS = {
    "left out, whole model (true by construction)": ("shown", "model", "without"),
    "left out, baseline": ("shown", "baseline", "without"),
    "kept alone, whole model": ("shown", "model", "alone"),
    "kept alone, baseline": ("shown", "baseline", "alone"),
    "left out, transformer chooses, baseline": ("transformer", "baseline", "without"),
    "left out, baseline chooses, transformer": ("baseline", "transformer", "without"),
}
"""By row of the table: who chose the sentence, who is asked, and how."""


@dataclass(frozen=True)
class Readings:
    """Probabilities (texts, areas) of the same texts from each reader."""

    model: Floats
    baseline: Floats
    transformer: Floats


@dataclass(frozen=True)
class Effect:
    """For one tag: what the top sentence does, what the others do on average (`moves`: without
    its sign), and the share of the others that do less."""

    paper: int
    top: float
    others: float
    moves: float
    above: float


def read(model: Model, papers: list[dict[str, str]]) -> Readings:
    """Each text read by the whole model, by the baseline, and by the transformer alone."""
    embeddings = model.encoder.embed([paper_text(paper) for paper in papers])
    return Readings(
        model.probabilities(papers),
        model.baseline_probabilities(papers),
        sigmoid(np.asarray(embeddings @ model.weight + model.bias, dtype=np.float64)),
    )


def effects_of(model: Model, paper: dict[str, str], number: int) -> dict[str, list[Effect]]:
    """By row of the table, an effect for each tag of a paper; none for a paper without."""
    sentences = sentences_of(paper["abstract"])[:MAX_SENTENCES]
    [answer] = Tagger(model).tag([paper])
    tags = [tag.area for tag in answer.tags]
    if len(sentences) < MIN_SENTENCES or not tags:
        return {}
    whole = read(model, [paper])
    without = read(model, [_with(paper, sentences, row, False) for row in range(len(sentences))])
    alone = read(model, [_with(paper, sentences, row, True) for row in range(len(sentences))])
    shown = evidence_of(model, paper, whole.model[0], tags)
    found: dict[str, list[Effect]] = {name: [] for name in ROWS}
    for area in tags:
        column = model.taxonomy.ids.index(area)
        tops = {"shown": _first(shown[area], sentences)}
        for reader in ("baseline", "transformer"):
            tops[reader] = int(getattr(without, reader)[:, column].argmin())
        for name, (chooser, asked, how) in ROWS.items():
            top = tops[chooser]
            if top is None:
                continue
            change = (
                getattr(whole, asked)[0, column] - getattr(without, asked)[:, column]
                if how == "without"
                else getattr(alone, asked)[:, column]
            )
            others = np.delete(change, top)
            above = float((others < change[top]).mean() + (others == change[top]).mean() / 2)
            means = float(others.mean()), float(np.abs(others).mean())
            found[name].append(Effect(number, float(change[top]), *means, above))
    return found


def _with(paper: dict[str, str], sentences: list[str], row: int, alone: bool) -> dict[str, str]:
    """The paper with one sentence alone, or without it."""
    rest = [sentences[row]] if alone else sentences[:row] + sentences[row + 1 :]
    return {**paper, "abstract": " ".join(rest)}


def _first(evidence: Sequence[Evidence], sentences: list[str]) -> int | None:
    """The first sentence of the abstract that the evidence shows; the title is none."""
    return next(
        (sentences.index(one.sentence) for one in evidence if one.sentence in sentences),
        None,
    )


def report(name: str, effects: list[Effect]) -> str:
    """One row: means, their factor with its interval, and how often the top is above another."""
    top, moves = (np.array([getattr(one, key) for one in effects]) for key in ("top", "moves"))
    _, places = np.unique([one.paper for one in effects], return_inverse=True)
    random = np.random.default_rng(0)
    count = places.max() + 1
    draws = random.integers(0, count, size=(RESAMPLES, count))
    times = np.array([np.bincount(draw, minlength=count) for draw in draws])[:, places]
    low, high = np.quantile((times @ top) / (times @ moves), [0.025, 0.975])
    others = np.mean([one.others for one in effects])
    above = np.mean([one.above for one in effects])
    return (
        f"{name:47} {len(effects):5} {top.mean():7.3f} {others:7.3f} "
        f"{top.mean() / moves.mean():7.2f} ({low:.2f} to {high:.2f}) {above:8.1%}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("labelled", nargs="*", type=Path, default=[STARTER_PATH])
    parser.add_argument("--papers", type=int, help="read only the first so many")
    parser.add_argument("--model", help="default: the live one")
    arguments = parser.parse_args()
    model = Model.load(resolve(arguments.model))
    papers = read_labelled(arguments.labelled, load_taxonomy()).papers[: arguments.papers]
    rows: dict[str, list[Effect]] = {name: [] for name in ROWS}
    for number, paper in enumerate(papers):
        texts = {key: str(paper.get(key) or "") for key in ("title", "abstract")}
        for name, effects in effects_of(model, texts, number).items():
            rows[name] += effects
    print(f"{len(papers)} papers, {model.tag}, transformer's share of the logit {model.mix:.2f}")
    print(f"{'':47} {'tags':>5} {'top':>7} {'others':>7} {'factor':>7} (95 %) {'above':>15}")
    for name, effects in rows.items():
        if effects:
            print(report(name, effects))


if __name__ == "__main__":
    main()
