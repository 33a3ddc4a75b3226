"""Papers and labels as arrays, for a GPU machine that has torch, numpy and nothing of ours.

`run.py` reads the folder that this writes. Held-out papers are trained on by nobody; they
choose nothing but the moment to stop looking, and calibrate the model later.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagstract.labels import InputError, LabelledSet, Taxonomy
from tagstract.training.data.training_data import TrainingData
from tagstract.training.distillation.function_words import function_words
from tagstract.training.distillation.unlabelled import read_unlabelled
from tagstract.training.transformer.base import Base, load_encoder
from tagstract.training.transformer.batches import tokenize

MAX_TOKENS = 384
ALL = 10_000_000


@dataclass(frozen=True)
class Material:
    """What is packed.

    Attributes:
        careful, rough: labelled papers; the rough ones count less.
        held_out: labelled papers that nobody is trained on.
        unlabelled: files of unlabelled papers.
    """

    careful: LabelledSet
    rough: LabelledSet
    held_out: LabelledSet
    unlabelled: Sequence[str]

    def data(self, taxonomy: Taxonomy) -> TrainingData:
        """All labelled papers, in the order in which they are packed."""
        parts = (self.careful, self.rough, self.held_out)
        papers = [paper for part in parts for paper in part.papers]
        labels = [areas for part in parts for areas in part.labels]
        return TrainingData(papers, labels, taxonomy)


def pack(material: Material, taxonomy: Taxonomy, base: Base, teacher: Base, out: Path) -> int:
    """Write `tokens.npz`, `labels.npz`, `unlabelled.json` and both bases.

    Args:
        base, teacher: the encoders that student and teachers start from.
        out: an empty folder.

    Returns:
        The number of unlabelled papers.

    Raises:
        InputError: a file or base that can't be used, or bases with different vocabularies.
    """
    data = material.data(taxonomy)
    unlabelled = read_unlabelled(material.unlabelled, ALL, data.papers)
    _, tokenizer, longest = load_encoder(base)
    _, teacher_tokenizer, _ = load_encoder(teacher)
    tokens = tokenize([*data.papers, *unlabelled], tokenizer, min(MAX_TOKENS, longest))
    np.savez_compressed(
        out / "tokens.npz",
        flat=np.concatenate(tokens.ids).astype(np.uint16),
        lengths=np.array([len(ids) for ids in tokens.ids], np.uint16),
        vocabulary=same_words(tokenizer, teacher_tokenizer),
        dropped=function_words(tokenizer),
        pads=np.array([tokens.pad, _pad(teacher_tokenizer)]),
    )
    sizes = [len(part) for part in (material.careful, material.rough, material.held_out)]
    kind = np.repeat([0, 1, 2], sizes)
    np.savez_compressed(out / "labels.npz", targets=data.targets, kind=kind)
    for name, one in (("student", base), ("teacher", teacher)):
        (out / name).mkdir()
        for file in ("config.json", "model.safetensors"):
            shutil.copyfile(Path(one.source) / file, out / name / file)
    head = Path(base.source) / "head.safetensors"
    if head.is_file():  # an earlier student, which `run.py --go-on` trains on
        shutil.copyfile(head, out / "student" / head.name)
    facts = {
        "files": [Path(file).name for file in material.unlabelled],
        "papers": len(unlabelled),
        "teacher": f"fine-tunings of {teacher.description}",
    }
    (out / "unlabelled.json").write_text(json.dumps(facts), encoding="utf-8")
    return len(unlabelled)


def same_words(tokenizer: str, other: str) -> NDArray[np.int32]:
    """(tokens,): for each id of one tokenizer, the other's id of the same word.

    Raises:
        InputError: the tokenizers don't share a vocabulary.
    """
    ours, theirs = (_vocabulary(text) for text in (tokenizer, other))
    special = {"[CLS]": "<s>", "[SEP]": "</s>", "[PAD]": "<pad>", "[MASK]": "<mask>"}
    words = [special[word] if special.get(word) in theirs else word for word in ours]
    missing = [word for word in words if word not in theirs]
    if missing:
        raise InputError(
            f"the teacher's tokenizer lacks {len(missing)} words, such as {missing[0]!r}"
        )
    ids = np.zeros(max(ours.values()) + 1, np.int32)
    ids[list(ours.values())] = [theirs[word] for word in words]
    return ids


def _vocabulary(tokenizer: str) -> dict[str, int]:
    from tokenizers import Tokenizer

    vocabulary: dict[str, int] = Tokenizer.from_str(tokenizer).get_vocab()
    return vocabulary


def _pad(tokenizer: str) -> int:
    vocabulary: Any = _vocabulary(tokenizer)
    return int(vocabulary.get("<pad>", vocabulary.get("[PAD]", 0)))
