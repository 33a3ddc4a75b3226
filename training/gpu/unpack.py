"""The student of `run.py` as a network that `tagstract train full --trained` takes."""

from __future__ import annotations

import json
from pathlib import Path

from tagstract.labels import InputError
from tagstract.training.data.training_data import TrainingData
from tagstract.training.distillation.packed import WEIGHTS
from tagstract.training.transformer.base import load_encoder, resolve_base
from tagstract.training.transformer.network import Network
from tagstract.training.transformer.recipe import Recipe
from tagstract.training.transformer.tuned_network import Trained, TuningFacts


def unpack(folder: Path, data: TrainingData, base_name: str | None) -> Trained:
    """The network in transformers' own classes, with the facts of its training.

    Raises:
        InputError: a base that can't be had, or a folder without a trained student.
    """
    if not (folder / WEIGHTS).is_file():
        raise InputError(f"has no {WEIGHTS}; run training/gpu/run.py on it first", str(folder))
    import torch
    from safetensors.torch import load_file

    from tagstract.training.gpu.network import encoder_state
    from tagstract.training.gpu.run import STUDENT

    base = resolve_base(base_name)
    encoder, tokenizer, longest = load_encoder(base)
    config = json.loads((folder / "student" / "config.json").read_text(encoding="utf-8"))
    weights = load_file(folder / WEIGHTS)
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
