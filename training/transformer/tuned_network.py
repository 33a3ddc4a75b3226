"""A fine-tuned network that is not exported yet: trained on one machine, a model on another."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from tagstract.labels import InputError
from tagstract.training.data.training_data import TrainingData
from tagstract.training.transformer.base import Base, load_encoder, resolve_base, save_base
from tagstract.training.transformer.network import Network
from tagstract.training.transformer.recipe import Recipe

FACTS, HEAD = "training.json", "head.safetensors"


@dataclass(frozen=True)
class TuningFacts:
    """How a network was fine-tuned; `areas` and `data_sha256` say which papers it belongs to.

    The other fields are those of `ModelFacts`.
    """

    base: str
    licence: str
    max_tokens: int
    recipe: Recipe
    unlabelled: dict[str, Any] | None
    epochs: list[dict[str, float]]
    device: str
    areas: tuple[str, ...]
    data_sha256: str

    @classmethod
    def from_dict(cls, document: dict[str, Any]) -> TuningFacts:
        """Read what `asdict` gave; raises KeyError, TypeError or ValueError where it can't be."""
        known = {one.name: document[one.name] for one in fields(cls)}
        changed = {
            "recipe": Recipe.from_dict(known["recipe"]),
            "areas": tuple(known["areas"]),
            "max_tokens": int(known["max_tokens"]),
        }
        return cls(**{**known, **changed})


@dataclass(frozen=True)
class Trained:
    """The network, on the CPU, the text of its tokenizer, and what it comes from."""

    network: Network
    tokenizer: str
    base: Base
    facts: TuningFacts

    @property
    def max_tokens(self) -> int:
        return self.facts.max_tokens

    @property
    def recipe(self) -> Recipe:
        return self.facts.recipe

    def save(self, folder: Path) -> None:
        """Write encoder and tokenizer as a transformers folder, which `--base` and
        `refit --encoder` take as well, and beside them head and facts; the facts last."""
        from safetensors.torch import save_file

        save_base(self.network.embedder.encoder, self.base, folder)
        save_file(dict(self.network.head.state_dict()), folder / HEAD)
        (folder / FACTS).write_text(json.dumps(asdict(self.facts), indent=1), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path, data: TrainingData) -> Trained:
        """Read what `save` wrote.

        Raises:
            InputError: no such folder, a damaged one, or one of other papers or areas.
        """
        import torch
        from safetensors.torch import load_file

        if not is_trained(folder):
            raise InputError(
                f"has no {FACTS}; use a network that `tagstract train tune` wrote", str(folder)
            )
        try:
            document = json.loads((folder / FACTS).read_text(encoding="utf-8"))
            facts = TuningFacts.from_dict(document)
            head = load_file(folder / HEAD)
        except Exception as error:  # safetensors has errors of its own
            raise InputError(f"is damaged: {error}", str(folder)) from error
        if facts.areas != data.areas:
            raise InputError("was trained for other areas; use its taxonomy", str(folder))
        if facts.data_sha256 != data.digest:
            raise InputError(
                "was trained on other papers; use the same files in the same order", str(folder)
            )
        encoder, tokenizer, _ = load_encoder(resolve_base(folder))
        network = Network(encoder, torch.zeros(len(data.areas)), facts.recipe.dropout)
        try:
            network.head.load_state_dict(head)
        except RuntimeError as error:
            raise InputError(
                f"is damaged: {HEAD} belongs to another network", str(folder)
            ) from error
        described = Base(str(folder), facts.base, facts.licence)
        return cls(network.eval(), tokenizer, described, facts)


def is_trained(folder: Path) -> bool:
    """Whether a folder is one that `Trained.save` wrote."""
    return (folder / FACTS).is_file()
