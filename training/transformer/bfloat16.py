"""A trained network in half the space: what `train full --base shipped` starts from."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tagstract.labels import InputError
from tagstract.training.transformer.base import ORIGIN
from tagstract.training.transformer.tuned_network import FACTS, HEAD, is_trained

WEIGHTS = "model.safetensors"


def write_bfloat16(network: Path, tag: str, folder: Path) -> None:
    """Write the encoder and head of a network in bfloat16, as a transformers folder.

    Args:
        network: a folder that `Trained.save` wrote.
        tag: the model built from it, for the README.
        folder: an empty folder.

    Raises:
        InputError: `network` is none, or damaged.
    """
    import torch
    from safetensors.torch import load_file, save_file

    if not is_trained(network):
        raise InputError(f"has no {FACTS}; use a network that training wrote", str(network))
    try:
        base = json.loads((network / "config.json").read_text(encoding="utf-8"))[ORIGIN]
        for name in (WEIGHTS, HEAD):
            arrays = {
                key: value.to(torch.bfloat16) for key, value in load_file(network / name).items()
            }
            save_file(arrays, folder / name, metadata={"format": "pt"})
    except Exception as error:  # safetensors has errors of its own
        raise InputError(f"is damaged: {error}", str(network)) from error
    for path in network.glob("*.json"):
        # Without its facts it is a base, and no teacher of the papers it was trained on.
        if path.name != FACTS:
            shutil.copyfile(path, folder / path.name)
    (folder / "README.md").write_text(_readme(tag, base), encoding="utf-8")


def _readme(tag: str, base: str) -> str:
    return f"""---
license: apache-2.0
---
The encoder of {tag} in bfloat16, and its linear head (`{HEAD}`, areas in the
order of `labels/taxonomy.yaml`). Fine-tuned by us from {base} (Apache License 2.0); see NOTICE.
`tagstract train full --base shipped` starts from it.
"""
