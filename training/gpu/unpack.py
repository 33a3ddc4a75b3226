"""The student of `run.py` as a folder that `tagstract train --mode full --trained` takes.

python -m tagstract.training.gpu.unpack PACKED LABELLED... --held-out FILE --out FOLDER
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tagstract.labels import TagstractError, load_taxonomy, read_labelled
from tagstract.labels.taxonomy import DEFAULT_PATH
from tagstract.training.data.training_data import TrainingData
from tagstract.training.transformer.base import load_encoder, resolve_base
from tagstract.training.transformer.network import Network
from tagstract.training.transformer.recipe import Recipe
from tagstract.training.transformer.tuned_network import Trained, TuningFacts


def unpack(folder: Path, data: TrainingData, base_name: str | None) -> Trained:
    """The network in transformers' own classes, with the facts of its training.

    Raises:
        InputError: a base that can't be had.
    """
    import torch
    from safetensors.torch import load_file

    from tagstract.training.gpu.network import encoder_state
    from tagstract.training.gpu.run import STUDENT

    base = resolve_base(base_name)
    encoder, tokenizer, longest = load_encoder(base)
    config = json.loads((folder / "student" / "config.json").read_text(encoding="utf-8"))
    weights = load_file(folder / "student.safetensors")
    state = encoder.state_dict() | encoder_state(weights, config, config["num_hidden_layers"])
    segments = "embeddings.token_type_embeddings.weight"
    state[segments] = state[segments].clone()
    state[segments][0] = weights["segment"].float()
    encoder.load_state_dict(state)
    network = Network(encoder, torch.zeros(len(data.areas)), 0.1)
    with torch.no_grad():
        network.head.weight.copy_(weights["head.weight"].float())
        network.head.bias.copy_(weights["head.bias"].float())
    recipe = Recipe(
        epochs=STUDENT.epochs,
        batch=STUDENT.batch,
        train_tokens=STUDENT.tokens,
        max_tokens=min(STUDENT.tokens, longest),
        encoder_rate=STUDENT.rate,
        head_rate=STUDENT.head_rate,
        passes=STUDENT.epochs,
    )
    facts = TuningFacts(
        base.description,
        base.licence,
        recipe.max_tokens,
        recipe,
        json.loads((folder / "unlabelled.json").read_text(encoding="utf-8")),
        [],
        "GPU",
        data.areas,
        data.digest,
    )
    return Trained(network.eval(), tokenizer, base, facts)


def main(words: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tagstract.training.gpu.unpack",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("folder", type=Path, metavar="PACKED")
    add("labelled", metavar="LABELLED", nargs="+")
    add("--held-out", required=True, metavar="FILE")
    add("--base", metavar="NAME_OR_PATH", help="the student's (default: all-MiniLM-L6-v2)")
    add("--taxonomy", default=str(DEFAULT_PATH), metavar="FILE")
    add("--out", type=Path, required=True, metavar="FOLDER")
    arguments = parser.parse_args(words)
    try:
        taxonomy = load_taxonomy(arguments.taxonomy)
        labelled = read_labelled(arguments.labelled, taxonomy)
        data = TrainingData.of(labelled, taxonomy, read_labelled([arguments.held_out], taxonomy))
        trained = unpack(arguments.folder, data, arguments.base)
    except TagstractError as error:
        sys.exit(str(error))
    arguments.out.mkdir(parents=True, exist_ok=True)
    trained.save(arguments.out)


if __name__ == "__main__":
    main()
