"""A fine-tuned network that is not exported yet: trained on one machine, a model on another."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tagstract.labels import InputError, LabelledSet, Taxonomy
from tagstract.training.sealing.writing import data_digest
from tagstract.training.transformer.base import Base, load_encoder, resolve_base, save_base
from tagstract.training.transformer.network import Network
from tagstract.training.transformer.recipe import Recipe

FACTS, HEAD = "training.json", "head.safetensors"


@dataclass(frozen=True)
class Trained:
    """The network, on the CPU, the text of its tokenizer, and what it comes from.

    facts: of `model.json` (base, licence, max_tokens, recipe, unlabelled, epochs, device), and
        `areas` and `data_sha256`, which say what it belongs to.
    """

    network: Network
    tokenizer: str
    base: Base
    facts: dict[str, Any]

    @property
    def max_tokens(self) -> int:
        return int(self.facts["max_tokens"])

    @property
    def recipe(self) -> Recipe:
        return Recipe(**self.facts["recipe"])

    def save(self, folder: Path) -> None:
        """Write encoder and tokenizer as a transformers folder, which `--base` and
        `refit --encoder` take as well, and beside them head and facts; the facts last."""
        from safetensors.torch import save_file

        save_base(self.network.embedder.encoder, self.base, folder)
        save_file(dict(self.network.head.state_dict()), folder / HEAD)
        (folder / FACTS).write_text(json.dumps(self.facts, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path, labelled: LabelledSet, taxonomy: Taxonomy) -> Trained:
        """Read what `save` wrote.

        Raises:
            InputError: no such folder, a damaged one, or one of other papers or areas.
        """
        import torch
        from safetensors.torch import load_file

        if not is_trained(folder):
            raise InputError(
                f"has no {FACTS}; give a folder that "
                "`python -m tagstract.training.modes.tune` wrote",
                str(folder),
            )
        try:
            facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
            head = load_file(folder / HEAD)
            digest, areas = facts["data_sha256"], facts["areas"]
            described = Base(str(folder), facts["base"], facts["licence"])
            dropout = Recipe(**facts["recipe"]).dropout
            facts["max_tokens"] = int(facts["max_tokens"])
        except Exception as error:  # safetensors has errors of its own
            raise InputError(f"is damaged: {error}", str(folder)) from error
        if areas != list(taxonomy.ids):
            raise InputError("was trained for other areas; give its taxonomy", str(folder))
        if digest != data_digest(labelled):
            raise InputError(
                "was trained on other papers; give the same files, in order", str(folder)
            )
        encoder, tokenizer, _ = load_encoder(resolve_base(folder))
        network = Network(encoder, torch.zeros(len(areas)), dropout)
        try:
            network.head.load_state_dict(head)
        except RuntimeError as error:
            raise InputError(f"is damaged: {HEAD} is of another network", str(folder)) from error
        return cls(network.eval(), tokenizer, described, facts)


def is_trained(folder: Path) -> bool:
    """Whether a folder is one that `Trained.save` wrote."""
    return (folder / FACTS).is_file()
