"""The encoder on a GPU, where ONNX Runtime can use one.

An encoder ships in int8, whose operators ONNX Runtime has for processors alone. So its weights are
turned back to float32 here, and texts of one length run together.
"""

from __future__ import annotations

import logging
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagstract.labels.errors import InputError, one_line
from tagstract.labels.extras import install_command

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

__all__ = ["DEVICE", "batches", "in_float32", "open_gpu_session"]

DEVICE = "TAGSTRACT_DEVICE"
"""Environment variable: "cpu" keeps off a GPU that is there."""

PROVIDERS = ["CUDAExecutionProvider", "CPUExecutionProvider"]
"""Of ONNX Runtime: the first must be there, the second takes what the first can't run."""

TOKENS_AT_ONCE = 16_384
"""Of a batch: 64 abstracts of 256 tokens."""

_GONE = ("DynamicQuantizeLinear", "MatMulInteger", "Cast", "Mul")


def open_gpu_session(path: Path) -> InferenceSession | None:
    """A session on the GPU; None where there is none, or it can't be used (which is logged).

    Raises:
        InputError: the environment names another device than it can.
    """
    import onnxruntime

    asked = os.environ.get(DEVICE) or "auto"
    if asked not in ("auto", "cpu"):
        raise InputError(f"'{asked}' is no device; give auto or cpu", DEVICE)
    if asked == "cpu" or PROVIDERS[0] not in onnxruntime.get_available_providers():
        return None
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # that there is no device is said below, in one line
    try:
        model = in_float32(path)
        session = onnxruntime.InferenceSession(model, options, providers=PROVIDERS)
    except ModuleNotFoundError:
        _note(f"it needs the extra tagstract[gpu]; install it with: {install_command('gpu')}")
        return None
    except Exception as error:  # onnxruntime raises classes of its own
        _note(one_line(str(error))[:200])
        return None
    if session.get_providers()[0] != PROVIDERS[0]:
        _note("ONNX Runtime finds no device that it can run on")
        return None
    return session


@cache
def _note(why: str) -> None:
    """Once, though a model may have several encoders."""
    logging.getLogger("tagstract").warning("the GPU is not used: %s", why)


def batches(tokens: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Rows of texts that run together: all of one length, since an encoder takes no padding."""
    rows: dict[int, list[int]] = defaultdict(list)
    for row, ids in enumerate(tokens):
        rows[len(ids)].append(row)
    for length, same in sorted(rows.items()):
        size = max(1, TOKENS_AT_ONCE // max(length, 1))
        for start in range(0, len(same), size):
            yield same[start : start + size]


def in_float32(path: Path) -> bytes:
    """A dynamically quantized ONNX model, its products of matrices in float32 again.

    ONNX Runtime writes such a product as DynamicQuantizeLinear, MatMulInteger, Cast and two Mul,
    one of them of the scales.
    """
    import onnx
    from onnx import helper, numpy_helper

    model = onnx.load(str(path))
    graph = model.graph
    arrays = {one.name: one for one in graph.initializer}
    makers = {output: node for node in graph.node for output in node.output}
    users: dict[str, list[Any]] = defaultdict(list)
    for node in graph.node:
        for name in node.input:
            users[name].append(node)
    replaced: dict[str, Any] = {}
    for node in graph.node:
        if node.op_type != "MatMulInteger":
            continue
        source, weight, _, zero = node.input
        [cast] = users[node.output[0]]
        [scaled] = users[cast.output[0]]
        [scales] = [makers[name] for name in scaled.input if name != cast.output[0]]
        [scale] = [name for name in scales.input if name in arrays]
        whole, shift, step = (numpy_helper.to_array(arrays[one]) for one in (weight, zero, scale))
        values = (whole.astype("float32") - shift.astype("float32")) * step
        name = f"{node.output[0]}_float32"
        graph.initializer.append(numpy_helper.from_array(values, name))
        plain = makers[source].input[0]
        replaced[scaled.output[0]] = helper.make_node("MatMul", [plain, name], scaled.output)
    nodes = [replaced.get(node.output[0], node) for node in graph.node]
    wanted = {output.name for output in graph.output}
    kept: list[Any] = []
    for node in reversed(nodes):  # what nobody asks for any more is left out
        if wanted & set(node.output) or node.op_type not in _GONE:
            wanted |= set(node.input)
            kept.append(node)
    del graph.node[:]
    graph.node.extend(reversed(kept))
    stay = [one for one in graph.initializer if one.name in wanted]
    del graph.initializer[:]
    graph.initializer.extend(stay)
    return bytes(model.SerializeToString())
