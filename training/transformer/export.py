"""From a trained network to the files that serving reads, each checked against torch."""

from __future__ import annotations

import logging
import math
import tempfile
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import f1_score

from tagstract.labels import TagstractError
from tagstract.model_folder import format as files
from tagstract.model_folder.encoder import Encoder
from tagstract.model_folder.scale import sigmoid
from tagstract.training.transformer.attention import exported_as_one
from tagstract.training.transformer.batches import Tokens
from tagstract.training.transformer.forward import logits_of
from tagstract.training.transformer.network import Embedder, Network

MAX_LOGIT_CHANGE = 0.05
"""What the float export may differ from torch in any logit; more is a fault of the export."""


@dataclass(frozen=True)
class ExportCheck:
    """What the export changed, on `papers` held-out papers.

    float_logit: largest difference of a logit, ONNX float32 to torch.
    int8_probability: largest difference of a probability of the transformer alone, int8 to torch.
    int8_f1: micro-F1 of the int8 transformer less that of torch, both at probability 0.5.
    """

    papers: int
    float_logit: float
    int8_probability: float
    int8_f1: float

    def as_dict(self) -> dict[str, float]:
        return asdict(self)


def export(
    network: Network, tokenizer: str, folder: Path, held: Tokens, truth: NDArray[np.bool_]
) -> tuple[ExportCheck, NDArray[np.float32]]:
    """Write `encoder.onnx` (int8) and `tokenizer.json`.

    Attention is exported as one operation where that says what torch says: 5 % of a run.

    Args:
        held: held-out papers, cut to the most tokens of the model.
        truth: their areas, (papers, areas).

    Returns:
        What changed, and the int8 encoder's embeddings of the held-out papers, (papers, width).

    Raises:
        TagstractError: the ONNX model says something else than torch.
    """
    (folder / files.TOKENIZER).write_text(tokenizer, encoding="utf-8")
    longest = max(len(ids) for ids in held.ids)
    weight = network.head.weight.detach().numpy().T
    bias = network.head.bias.detach().numpy()
    wanted = logits_of(network, held, precise=True)

    def embed(encoder: Path) -> NDArray[np.float32]:
        tokens = [ids.tolist() for ids in held.ids]
        return Encoder(encoder, folder / files.TOKENIZER, longest).embed_tokens(tokens)

    def change_of(encoder: Path) -> float:
        return float(np.abs(embed(encoder) @ weight + bias - wanted).max())

    with tempfile.TemporaryDirectory(prefix="tagstract-export-") as temporary:
        plain = Path(temporary) / "encoder.onnx"
        change = _to_faithful_onnx(network.embedder, plain, change_of)
        to_int8(plain, folder / files.ENCODER)
    embeddings = embed(folder / files.ENCODER)
    small = embeddings @ weight + bias
    check = ExportCheck(
        len(held),
        change,
        float(np.abs(sigmoid(small) - sigmoid(wanted)).max()),
        float(_f1(small, truth) - _f1(wanted, truth)),
    )
    return check, embeddings


def _to_faithful_onnx(embedder: Embedder, path: Path, change_of: Callable[[Path], float]) -> float:
    """Write a float32 encoder; returns the largest change of a logit, as `change_of` measures it.

    Raises:
        TagstractError: every way to export it changes too much.
    """
    change = math.inf
    with suppress(Exception):  # a tracer and a runtime, on code that neither knows
        with exported_as_one(embedder.encoder):
            to_onnx(embedder, path)
        change = change_of(path)
    if not change <= MAX_LOGIT_CHANGE:
        to_onnx(embedder, path)
        change = change_of(path)
    if not change <= MAX_LOGIT_CHANGE:
        raise TagstractError(
            f"the ONNX export changes a logit by {change:.3g}; nothing was written"
        )
    return change


def to_onnx(embedder: Embedder, path: Path) -> None:
    """Trace the embedder with free batch and token sizes."""
    embedder.eval()
    # Its notes on parts of torchvision that are not installed say nothing to a user.
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    ids = torch.ones(2, 9, dtype=torch.int64)
    batch, tokens = torch.export.Dim("batch"), torch.export.Dim("tokens")
    shape = {0: batch, 1: tokens}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            embedder,
            (ids, torch.ones_like(ids)),
            str(path),
            input_names=["input_ids", "attention_mask"],
            output_names=["paper_embedding"],
            dynamic_shapes=(shape, shape),
            dynamo=True,
            external_data=False,
            verbose=False,
        )


def to_int8(source: Path, target: Path) -> None:
    """Dynamic int8: weights by output channel, activations at run time."""
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.shape_inference import quant_pre_process

    ready = source.with_name("ready.onnx")
    # It advises what has been done, on the root logger.
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    quant_pre_process(str(source), str(ready), skip_symbolic_shape=True)
    quantize_dynamic(
        str(ready),
        str(target),
        weight_type=QuantType.QInt8,
        per_channel=True,
        op_types_to_quantize=["MatMul", "Gemm", "Gather"],
    )
    root.setLevel(level)


def _f1(logits: NDArray[np.float32], truth: NDArray[np.bool_]) -> float:
    return float(f1_score(truth, logits > 0, average="micro", zero_division=0.0))
