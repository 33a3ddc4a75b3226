"""Papers a second: the model that ships beside a plain transformers pipeline on the same base.

    python benchmarks/speed.py [--papers 96] [--rounds 3]

Both read the same abstracts (the starter set), one process, all cores, the model loaded before.
The pipeline is what `pipeline("text-classification")` does: torch, float32, batches of 16, its
head untrained (which costs the same). Rounds alternate; the best of each is printed.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

from tagstract.labels import STARTER_PATH, load_taxonomy, read_labelled
from tagstract.model_folder import Model, paper_text, resolve
from tagstract.serving.tagger import Tagger


def pipeline_on_the_base(areas: int) -> Callable[[list[str]], Any]:
    """The peer: what most people would write first."""
    from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline

    from tagstract.training.transformer.base import resolve_base

    source = resolve_base(None).source
    model = AutoModelForSequenceClassification.from_pretrained(source, num_labels=areas)
    classify = pipeline(
        "text-classification", model=model, tokenizer=AutoTokenizer.from_pretrained(source)
    )
    options = {"batch_size": 16, "truncation": True, "max_length": 256, "top_k": None}
    return lambda texts: classify(texts, function_to_apply="sigmoid", **options)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--papers", type=int, default=96)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    papers = read_labelled([STARTER_PATH], load_taxonomy()).papers[: arguments.papers]
    texts = [paper_text(paper) for paper in papers]
    tagger = Tagger(Model.load(resolve(None)))
    peer = pipeline_on_the_base(len(tagger.model.taxonomy.ids))
    tagger.tag(papers[:4])
    peer(texts[:4])
    ours, theirs = float("inf"), float("inf")
    for _ in range(arguments.rounds):
        started = time.perf_counter()
        tagger.tag(papers)
        ours = min(ours, time.perf_counter() - started)
        started = time.perf_counter()
        peer(texts)
        theirs = min(theirs, time.perf_counter() - started)
    print(f"{'':24} papers/s")
    print(f"{'Tagstract':24} {len(papers) / ours:8.1f}")
    print(f"{'transformers pipeline':24} {len(papers) / theirs:8.1f}")
    print(f"{'ratio':24} {theirs / ours:8.1f}")


if __name__ == "__main__":
    main()
