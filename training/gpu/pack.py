"""Papers and labels as arrays, for a GPU machine that has torch, numpy and nothing of ours.

    python -m tagstract.training.gpu.pack LABELLED... --held-out FILE --unlabelled FILE...
        --teacher-base FOLDER --out FOLDER

`run.py` reads the folder that this writes. Papers of `--held-out` are trained on by nobody; they
choose nothing but the moment to stop looking, and calibrate the model later.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagstract.labels import InputError, TagstractError, load_taxonomy, read_labelled
from tagstract.labels.taxonomy import DEFAULT_PATH
from tagstract.training.data.training_data import TrainingData
from tagstract.training.distillation.function_words import function_words
from tagstract.training.distillation.unlabelled import read_unlabelled
from tagstract.training.transformer.base import load_encoder, resolve_base
from tagstract.training.transformer.batches import tokenize

MAX_TOKENS = 384
ALL = 10_000_000


def main(words: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tagstract.training.gpu.pack",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("labelled", metavar="LABELLED", nargs="+")
    add("--rough", nargs="*", default=[], metavar="FILE", help="less careful labels; count less")
    add("--held-out", required=True, metavar="FILE")
    add("--unlabelled", nargs="+", required=True, metavar="FILE")
    add("--base", metavar="NAME_OR_PATH", help="of the student (default: all-MiniLM-L6-v2)")
    add("--teacher-base", required=True, metavar="NAME_OR_PATH")
    add("--taxonomy", default=str(DEFAULT_PATH), metavar="FILE")
    add("--out", type=Path, required=True, metavar="FOLDER")
    arguments = parser.parse_args(words)
    try:
        pack(arguments)
    except TagstractError as error:
        sys.exit(str(error))


def pack(arguments: argparse.Namespace) -> None:
    """Write `tokens.npz`, `labels.npz`, `unlabelled.json` and both bases.

    Raises:
        InputError: a file or base that can't be used, or bases with different words.
    """
    taxonomy = load_taxonomy(arguments.taxonomy)
    careful, rough, held = (
        read_labelled(files, taxonomy)
        for files in (arguments.labelled, arguments.rough, [arguments.held_out])
    )
    papers = [*careful.papers, *rough.papers, *held.papers]
    labels = [*careful.labels, *rough.labels, *held.labels]
    data = TrainingData(papers, labels, taxonomy)
    unlabelled = read_unlabelled(arguments.unlabelled, ALL, papers)
    base, teacher = resolve_base(arguments.base), resolve_base(arguments.teacher_base)
    _, tokenizer, longest = load_encoder(base)
    _, teacher_tokenizer, _ = load_encoder(teacher)
    tokens = tokenize([*papers, *unlabelled], tokenizer, min(MAX_TOKENS, longest))
    arguments.out.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        arguments.out / "tokens.npz",
        flat=np.concatenate(tokens.ids).astype(np.uint16),
        lengths=np.array([len(ids) for ids in tokens.ids], np.uint16),
        vocabulary=same_words(tokenizer, teacher_tokenizer),
        dropped=function_words(tokenizer),
        pads=np.array([tokens.pad, _pad(teacher_tokenizer)]),
    )
    kind = np.repeat([0, 1, 2], [len(careful), len(rough), len(held)])
    np.savez_compressed(arguments.out / "labels.npz", targets=data.targets, kind=kind)
    for name, one in (("student", base), ("teacher", teacher)):
        folder = arguments.out / name
        folder.mkdir(exist_ok=True)
        for file in ("config.json", "model.safetensors"):
            shutil.copyfile(Path(one.source) / file, folder / file)
    facts = {
        "files": [Path(file).name for file in arguments.unlabelled],
        "papers": len(unlabelled),
        "teacher": f"fine-tunings of {teacher.description}",
    }
    (arguments.out / "unlabelled.json").write_text(json.dumps(facts), encoding="utf-8")
    print(
        f"{len(careful)} careful, {len(rough)} rough, {len(held)} held-out, "
        f"{len(unlabelled)} unlabelled papers in {arguments.out}"
    )


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
        raise InputError(f"the teacher's tokenizer lacks {len(missing)} words, as {missing[0]!r}")
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


if __name__ == "__main__":
    main()
