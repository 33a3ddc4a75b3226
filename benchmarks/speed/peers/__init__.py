"""The systems that are measured, by the name that `--only` takes."""

from __future__ import annotations

from benchmarks.speed.peer import Peer
from benchmarks.speed.peers.embeddings import INFINITY, MODEL2VEC, SENTENCE_TRANSFORMERS
from benchmarks.speed.peers.linear import FASTTEXT, TFIDF
from benchmarks.speed.peers.ours import BALANCED, BEST, FAST
from benchmarks.speed.peers.runtimes import ONNX_INT8, OPENVINO
from benchmarks.speed.peers.torch_peers import BFLOAT16, PIPELINE

PEERS: dict[str, Peer] = {
    "pipeline": PIPELINE,
    "bfloat16": BFLOAT16,
    "onnx-int8": ONNX_INT8,
    "openvino-int8": OPENVINO,
    "infinity": INFINITY,
    "sentence-transformers": SENTENCE_TRANSFORMERS,
    "model2vec": MODEL2VEC,
    "fasttext": FASTTEXT,
    "tfidf": TFIDF,
    "ours-best": BEST,
    "ours-balanced": BALANCED,
    "ours-fast": FAST,
}
