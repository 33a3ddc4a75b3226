"""The export: attention as one operation where the encoder allows it, and the same answers."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from tagstract.labels import TagstractError
from tagstract.training.transformer.batches import Tokens
from tagstract.training.transformer.export import export
from tagstract.training.transformer.network import Network

SIZES = {
    "hidden_size": 32,
    "num_attention_heads": 2,
    "num_hidden_layers": 2,
    "intermediate_size": 64,
    "vocab_size": 100,
    "max_position_embeddings": 64,
}


def tiny(kind: str, **more):
    """An encoder of a kind with random weights; its attention is as far from even as trained ones'
    is, or a fault in it would not show."""
    import transformers

    config = getattr(transformers, f"{kind}Config")(**SIZES, **more)
    torch.manual_seed(0)
    encoder = getattr(transformers, f"{kind}Model")._from_config(
        config, attn_implementation="eager"
    )
    with torch.no_grad():
        for name, parameter in encoder.named_parameters():
            if "norm" not in name.lower() and parameter.ndim > 1:
                parameter.mul_(12)
    return encoder.eval()


@pytest.fixture
def papers():
    random = np.random.default_rng(0)
    ids = [random.integers(5, 99, length, dtype=np.int32) for length in (4, 9, 17, 30, 30, 12)]
    return Tokens(ids, 1), random.random((len(ids), 3)) < 0.5


@pytest.fixture
def tokenizer():
    words = Tokenizer(WordLevel({f"w{number}": number for number in range(100)}, unk_token="w3"))
    words.pre_tokenizer = Whitespace()
    return words.to_str()


def operations(folder) -> list[str]:
    return [node.op_type for node in onnx.load(folder / "encoder.onnx").graph.node]


@pytest.mark.parametrize(("kind", "fused"), [("Bert", 2), ("Roberta", 2), ("MPNet", 0)])
def test_attention_becomes_one_operation_where_it_can(kind, fused, papers, tokenizer, tmp_path):
    network = Network(tiny(kind), torch.full((3,), 0.3), 0.0)
    check, embeddings = export(network, tokenizer, tmp_path, *papers)
    assert operations(tmp_path).count("MultiHeadAttention") == fused
    assert check.float_logit < 1e-3
    assert embeddings.shape == (6, 32)
    # What trains on is not what was exported.
    assert network.embedder.encoder.config._attn_implementation == "eager"


def test_attention_that_is_more_than_one_operation_is_exported_as_it_is(
    papers, tokenizer, tmp_path
):
    """A decoder's tokens see those before them only; as one operation they would see all."""
    network = Network(tiny("Bert", is_decoder=True), torch.full((3,), 0.3), 0.0)
    check, _ = export(network, tokenizer, tmp_path, *papers)
    assert "MultiHeadAttention" not in operations(tmp_path)
    assert check.float_logit < 1e-3


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("EuroBert", {"num_key_value_heads": 1, "head_dim": 16, "pad_token_id": 1}),
        ("ModernBert", {"local_attention": 128, "pad_token_id": 1, "cls_token_id": 2,
                        "bos_token_id": 2, "sep_token_id": 3, "eos_token_id": 3}),
    ],
)  # fmt: skip
def test_attention_of_another_kind_is_exported_as_it_is(kind, more, papers, tokenizer, tmp_path):
    """Heads that share keys, and tokens that see their neighbours only."""
    network = Network(tiny(kind, **more), torch.full((3,), 0.3), 0.0)
    check, _ = export(network, tokenizer, tmp_path, *papers)
    assert "MultiHeadAttention" not in operations(tmp_path)
    assert check.float_logit < 1e-3


def test_an_export_that_says_something_else_is_refused(papers, tokenizer, tmp_path, monkeypatch):
    monkeypatch.setattr("tagstract.training.transformer.export.MAX_LOGIT_CHANGE", -1.0)
    network = Network(tiny("Bert"), torch.full((3,), 0.3), 0.0)
    with pytest.raises(TagstractError, match="changes a logit by"):
        export(network, tokenizer, tmp_path, *papers)
