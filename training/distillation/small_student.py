"""Export the small student: int8 layers that take word embeddings, and a table of those in 4 bits.

The table is most of a small encoder, so it is kept apart and holds only the word pieces that papers
have.
"""

from __future__ import annotations

import logging
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tagstract.labels import InputError
from tagstract.model_folder.cascade.short_text import ShortText, pack
from tagstract.training.distillation.function_words import (
    FIRST,
    LAST,
    UNKNOWN,
    function_words,
)
from tagstract.training.transformer.attention import exported_as_one
from tagstract.training.transformer.export import to_int8
from tagstract.training.transformer.network import masked_mean

MAX_TOKENS = 256
"""What serving reads of a paper, without function words."""

WORDS = "embeddings.word_embeddings.weight"


@dataclass(frozen=True)
class SmallStudent:
    """A trained network.

    Attributes:
        encoder: a transformers encoder of BERT's kind.
        head_weight, head_bias: (width, areas) and (areas,).
        halved_after: after so many layers each pair of tokens becomes one; None: never.
    """

    encoder: Any
    head_weight: NDArray[np.float32]
    head_bias: NDArray[np.float32]
    halved_after: int | None = None

    @classmethod
    def load(cls, folder: Path) -> SmallStudent:
        """Read a folder `small-*` that `gpu/run.py --small` wrote; the word embeddings are those
        of `student.safetensors` beside it.

        Raises:
            InputError: a file is missing or damaged.
        """
        from safetensors import SafetensorError
        from safetensors.torch import load_file
        from transformers import AutoConfig, AutoModel

        try:
            config = AutoConfig.from_pretrained(folder, local_files_only=True)
            encoder = AutoModel.from_config(config, add_pooling_layer=False)
            student = load_file(folder.parent / "student.safetensors")
            state = encoder.state_dict() | load_file(folder / "model.safetensors")
            state[WORDS] = student["word.weight"]
            encoder.load_state_dict({name: one.float() for name, one in state.items()})
            head = load_file(folder / "head.safetensors")
            weight, bias = (head[name].float().numpy() for name in ("weight", "bias"))
        except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
            problem = "is not a small student; train one with training/gpu/run.py --small"
            raise InputError(problem, str(folder)) from error
        halved_after = getattr(config, "halved_after", None)
        return cls(encoder.eval(), np.ascontiguousarray(weight.T), bias, halved_after)

    @property
    def word_embeddings(self) -> NDArray[np.float32]:
        """(vocabulary, width)."""
        return np.asarray(self.encoder.get_input_embeddings().weight.detach().numpy())


class FromEmbeddings(nn.Module):
    """A student's encoder and its masked mean, of word embeddings in place of token ids."""

    def __init__(self, student: SmallStudent) -> None:
        super().__init__()
        self.encoder, self.halved_after = student.encoder, student.halved_after

    def forward(self, word_embeddings: Tensor, attention_mask: Tensor) -> Tensor:
        """float32 (batch, tokens, width), int64 (batch, tokens) → float32 (batch, width).

        The tokens are of one text, or of several without padding; an even number where they are
        halved.
        """
        hidden = self.encoder.embeddings(inputs_embeds=word_embeddings)
        weight = attention_mask.to(hidden.dtype)
        for number, layer in enumerate(self.encoder.encoder.layer):
            if number == self.halved_after:
                batch, tokens, width = hidden.shape
                hidden = hidden.reshape(batch, tokens // 2, 2, width).mean(2)
                weight = weight.reshape(batch, tokens // 2, 2).sum(2)
            hidden = layer(hidden)
        return masked_mean(hidden, weight)


def export_small(student: SmallStudent, path: Path) -> None:
    """Write the int8 ONNX model of the student's layers."""
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    batch, tokens = torch.export.Dim("batch"), torch.export.Dim("tokens")
    shape = {0: batch, 1: 2 * tokens}
    example = torch.zeros(2, 10, student.word_embeddings.shape[1])
    with tempfile.TemporaryDirectory(prefix="tagstract-export-") as temporary:
        plain = Path(temporary) / "small.onnx"
        with warnings.catch_warnings(), exported_as_one(student.encoder):
            warnings.simplefilter("ignore")
            torch.onnx.export(
                FromEmbeddings(student).eval(),
                (example, torch.ones(2, 10, dtype=torch.int64)),
                str(plain),
                input_names=["word_embeddings", "attention_mask"],
                output_names=["paper_embedding"],
                dynamic_shapes=(shape, shape),
                dynamo=True,
                external_data=False,
                verbose=False,
            )
        to_int8(plain, path)


def short_text(student: SmallStudent, tokenizer: str, words: NDArray[np.int64]) -> ShortText:
    """How serving cuts papers for the student, with the 4-bit table.

    Args:
        tokenizer: the text of its `tokenizer.json`.
        words: ids of the word pieces that get a row; all others share that of the unknown word.
    """
    from tokenizers import Tokenizer

    embeddings = student.word_embeddings
    vocabulary = Tokenizer.from_str(tokenizer)
    unknown, first, last = (vocabulary.token_to_id(one) for one in (UNKNOWN, FIRST, LAST))
    known = np.array([unknown, *sorted({*words.tolist(), first, last} - {unknown})])
    rows = np.zeros(len(embeddings), np.int32)
    rows[known] = np.arange(len(known))
    table, scale = pack(embeddings[known])
    longest = int(student.encoder.config.max_position_embeddings)
    return ShortText(function_words(tokenizer), rows, table, scale, min(MAX_TOKENS, longest))
