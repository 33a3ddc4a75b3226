"""Our own float weights, exported and quantized to int8 the usual way, in ONNX Runtime and
OpenVINO."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.speed.material import Flags, Material, Papers
from benchmarks.speed.peer import Peer, Predict
from benchmarks.speed.peers.torch_peers import FLOAT, HEAD, MAX_TOKENS, by_length

CALIBRATED_ON = 300
"""Training papers that set the ranges of OpenVINO's activations."""


def _export(folder: Path) -> Path:
    """The encoder in float32, as the exporter writes it."""
    from tagstract.training.transformer.base import load_encoder, resolve_base
    from tagstract.training.transformer.export import to_onnx
    from tagstract.training.transformer.network import Embedder

    path = folder / "float.onnx"
    encoder, tokenizer, _ = load_encoder(resolve_base(FLOAT))
    to_onnx(Embedder(encoder), path)
    (folder / "tokenizer.json").write_text(tokenizer, encoding="utf-8")
    return path


def _head() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    from safetensors.torch import load_file

    head = load_file(FLOAT / "head.safetensors")
    return head["weight"].float().numpy().T, head["bias"].float().numpy()


def _tokenizer(folder: Path, padded: bool) -> Any:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(MAX_TOKENS)
    if padded:
        tokenizer.enable_padding()
    return tokenizer


def _inputs(tokenizer: Any, texts: list[str]) -> dict[str, NDArray[np.int64]]:
    """Ids and mask of one batch."""
    encoded = tokenizer.encode_batch(texts)
    return {
        "input_ids": np.array([one.ids for one in encoded], np.int64),
        "attention_mask": np.array([one.attention_mask for one in encoded], np.int64),
    }


def _write_onnx(material: Material, folder: Path) -> None:
    from tagstract.training.transformer.export import to_int8

    to_int8(_export(folder), folder / "int8.onnx")
    _write_head(folder)


def _write_head(folder: Path) -> None:
    weight, bias = _head()
    np.savez(folder / "head.npz", weight=weight, bias=bias)


def _load_head(folder: Path) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    with np.load(folder / "head.npz", allow_pickle=False) as arrays:
        return arrays["weight"], arrays["bias"]


def _onnx(folder: Path, size: int) -> Predict:
    import onnxruntime

    session = onnxruntime.InferenceSession(
        str(folder / "int8.onnx"), providers=["CPUExecutionProvider"]
    )
    tokenizer, (weight, bias) = _tokenizer(folder, True), _load_head(folder)

    def predict(papers: Papers) -> Flags:
        given = np.zeros((len(papers), len(bias)), bool)
        for rows in by_length(papers.texts, size):
            inputs = _inputs(tokenizer, [papers.texts[row] for row in rows])
            given[rows] = session.run(None, inputs)[0] @ weight + bias >= 0
        return given

    return predict


def _write_openvino(material: Material, folder: Path) -> None:
    import nncf
    import openvino

    model = openvino.convert_model(str(_export(folder)))
    tokenizer = _tokenizer(folder, False)
    texts = material.train.texts[:CALIBRATED_ON] or material.papers.texts[:CALIBRATED_ON]
    data = nncf.Dataset([_inputs(tokenizer, [text]) for text in texts])
    small = nncf.quantize(
        model, data, model_type=nncf.ModelType.TRANSFORMER, subset_size=len(texts)
    )
    openvino.save_model(small, str(folder / "int8.xml"))
    _write_head(folder)


def _openvino(folder: Path, size: int) -> Predict:
    import openvino

    core = openvino.Core()
    model = core.compile_model(str(folder / "int8.xml"), "CPU", {"PERFORMANCE_HINT": "THROUGHPUT"})
    tokenizer, (weight, bias) = _tokenizer(folder, True), _load_head(folder)
    queue = openvino.AsyncInferQueue(model)
    embedded: dict[int, NDArray[np.float32]] = {}

    def keep(request: Any, rows: list[int]) -> None:
        output = request.get_output_tensor(0).data
        embedded.update(zip(rows, output.copy(), strict=True))

    queue.set_callback(keep)

    def predict(papers: Papers) -> Flags:
        embedded.clear()
        for rows in by_length(papers.texts, size):
            queue.start_async(_inputs(tokenizer, [papers.texts[row] for row in rows]), rows)
        queue.wait_all()
        embeddings = np.stack([embedded[row] for row in range(len(papers))])
        return np.asarray(embeddings @ weight + bias >= 0)

    return predict


_MODULES = ("torch", "transformers", "onnx", "onnxscript")
ONNX_INT8 = Peer(
    "ONNX Runtime, int8", ("onnxruntime", *_MODULES), HEAD, _onnx, _write_onnx, sizes=(1, 8, 32)
)
OPENVINO = Peer(
    "OpenVINO, int8", ("openvino", "nncf", *_MODULES), HEAD, _openvino, _write_openvino,
    sizes=(1, 8),
)  # fmt: skip
