"""What a new area meets: an encoder, papers, and a model that knows all areas but the new one."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from benchmarks.quality.split import pick
from tagstract.labels import LabelledSet, Taxonomy
from tagstract.model_folder import (
    Model,
    ModelFacts,
    SeenPapers,
    lexical_text,
    paper_text,
    resolve,
)
from tagstract.model_folder import format as files
from tagstract.model_folder.encoder import Encoder
from tagstract.model_folder.lexical import Lexical
from tagstract.model_folder.scale import sigmoid
from tagstract.training.data.cache import cached_embeddings
from tagstract.training.data.heldout import split_rows
from tagstract.training.data.targets import targets_of
from tagstract.training.data.training_data import TrainingData
from tagstract.training.heads.calibration import log_loss
from tagstract.training.heads.combined import (
    Calibration,
    Heads,
    HeldOut,
    crossed_scores,
    held_out_metrics,
)
from tagstract.training.heads.linear import Linear, blank, fit_move
from tagstract.training.heads.tfidf import fit_lexical
from tagstract.training.sealing.writing import write_model

CALIBRATED = 0.15
"""Share of the old model's papers that fits its mix and calibration."""

STRENGTHS = (0.003, 0.03, 0.3)
PLAIN = "plain"
PLAIN_TOKENS = 256

Log = Callable[[str], None]


@dataclass(frozen=True)
class Source:
    """Where embeddings come from; `folder` holds encoder and tokenizer."""

    folder: Path
    encoder: Encoder
    digest: str

    @classmethod
    def of(cls, name: str | None, kept: Path) -> Source:
        """A model folder's encoder, or of `plain` the base that nobody fine-tuned, exported once
        into the folder `kept`: embeddings are cached by the file's digest."""
        if name == PLAIN:
            folder, tokens = _plain(kept / PLAIN), PLAIN_TOKENS
        else:
            folder = Path(resolve(name))
            tokens = files.check(folder).max_tokens
        encoder = Encoder(folder / files.ENCODER, folder / files.TOKENIZER, tokens)
        return cls(folder, encoder, files.digest(folder / files.ENCODER))

    def papers(self, labelled: LabelledSet, taxonomy: Taxonomy, log: Log) -> Papers:
        texts = [paper_text(paper) for paper in labelled.papers]
        most = self.encoder.max_tokens
        embeddings = cached_embeddings(texts, self.digest, most, self.encoder.embed, log)
        return Papers(labelled, targets_of(labelled.labels, taxonomy.ids), embeddings)


@dataclass(frozen=True)
class Papers:
    """Papers with their embeddings; `targets` is (papers, areas) of the whole taxonomy."""

    labelled: LabelledSet
    targets: NDArray[np.float32]
    embeddings: NDArray[np.float32]

    def pick(self, rows: Sequence[int] | NDArray[Any]) -> Papers:
        numbers = [int(row) for row in rows]
        return Papers(pick(self.labelled, numbers), self.targets[numbers], self.embeddings[numbers])

    def __add__(self, other: Papers) -> Papers:
        both = self.labelled.papers + other.labelled.papers
        return Papers(
            LabelledSet(both, self.labelled.labels + other.labelled.labels),
            np.concatenate([self.targets, other.targets]),
            np.concatenate([self.embeddings, other.embeddings]),
        )

    @property
    def texts(self) -> list[str]:
        """What the lexical head reads."""
        return [lexical_text(paper) for paper in self.labelled.papers]


@dataclass(frozen=True)
class OldHeads:
    """Heads of all areas. Areas are fitted apart from each other, so what is left without a column
    is what papers without its labels would have given."""

    transformer: Linear
    lexical: Lexical
    calibrating: HeldOut
    labelled: LabelledSet

    @classmethod
    def fit(cls, papers: Papers, starter: Papers, seed: int, log: Log) -> OldHeads:
        rows, held = split_rows(papers.targets, CALIBRATED, seed)
        fitted, rest = papers.pick(rows) + starter, papers.pick(held)
        log(f"fitting old heads on {len(fitted.targets)} papers, {len(held)} calibrate them")
        truth = rest.targets > 0.5
        features = fitted.embeddings.astype(np.float64)
        square = float((features**2).sum()) / len(features)
        start = blank(features.shape[1], fitted.targets)
        tried = []
        for strength in STRENGTHS:
            offset = start.logits(features)
            move = fit_move(features, offset, fitted.targets, strength * square, 0.0)
            head = Linear(start.weight + move.weight, start.bias + move.bias)
            logits = head.logits(rest.embeddings)
            tried.append((log_loss(sigmoid(logits), truth), strength, head, logits))
        _, _, head, logits = min(tried, key=lambda one: one[:2])
        lexical = fit_lexical(fitted.texts, fitted.targets)
        words = lexical.logits(rest.texts).astype(np.float64)
        return cls(head, lexical, HeldOut(logits, words, truth), (papers + starter).labelled)

    def without(self, column: int, source: Source, taxonomy: Taxonomy, folder: Path) -> Model:
        """A sealed model folder that lacks one area."""
        kept = np.arange(len(taxonomy.ids)) != column
        held = HeldOut(*(part[:, kept] for part in vars(self.calibrating).values()))
        lexical = replace(
            self.lexical,
            weight=np.ascontiguousarray(self.lexical.weight[:, kept]),
            scale=self.lexical.scale[kept],
            bias=self.lexical.bias[kept],
        )
        head = Linear(self.transformer.weight[:, kept], self.transformer.bias[kept])
        heads = Heads(head, lexical, Calibration.fit(held), scope=None)
        folder.mkdir(parents=True)
        for name in (files.ENCODER, files.TOKENIZER):
            shutil.copyfile(source.folder / name, folder / name)
        areas = tuple(area for area in taxonomy.areas if area.id != taxonomy.ids[column])
        smaller = replace(taxonomy, areas=areas)
        _write_taxonomy(smaller, folder / files.TAXONOMY)
        heads.save(folder, SeenPapers.of(self.labelled.papers, self.labelled.labels))
        facts = ModelFacts("old", "1", source.encoder.max_tokens, "full", "unknown", "unknown")
        metrics = held_out_metrics(crossed_scores(held, 0), smaller.ids, "on the others of them")
        data = TrainingData.of(self.labelled, smaller)
        write_model(folder, facts, metrics, data, heads)
        return Model.load(folder)


def choose(labelled: LabelledSet, taxonomy: Taxonomy, count: int, seed: int) -> list[str]:
    """Areas from rare to common, one of each stretch, from as many groups as there are."""
    times = Counter(area for labels in labelled.labels for area in labels)
    ranked = sorted(taxonomy.areas, key=lambda area: times[area.id])
    random = np.random.default_rng(seed)
    groups: Counter[str] = Counter()
    chosen = []
    for stretch in np.array_split(np.arange(len(ranked)), count):
        areas = [ranked[place] for place in random.permutation(stretch)]
        area = min(areas, key=lambda one: groups[one.group])
        groups[area.group] += 1
        chosen.append(area.id)
    return chosen


def _write_taxonomy(taxonomy: Taxonomy, path: Path) -> None:
    document = taxonomy.as_dict()
    path.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), "utf-8")


def _plain(folder: Path) -> Path:
    """Encoder and tokenizer of the base that ships with the `train` extra."""
    import torch

    from tagstract.training.transformer.base import load_encoder, resolve_base
    from tagstract.training.transformer.batches import tokenize
    from tagstract.training.transformer.export import export
    from tagstract.training.transformer.network import Network

    done = folder / "done"
    if done.exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    encoder, tokenizer, _ = load_encoder(resolve_base(None))
    network = Network(encoder, torch.full((1,), 0.5), 0.0).eval()
    text = {"abstract": "A few words that show that the export says what the encoder says."}
    held = tokenize([text], tokenizer, PLAIN_TOKENS)
    export(network, tokenizer, folder, held, np.ones((1, 1), dtype=bool))
    done.touch()
    return folder
