"""Our own float weights in torch: the text-classification pipeline, and batches in bfloat16."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.speed.material import Flags, Papers
from benchmarks.speed.peer import REPOSITORY, Peer, Predict

FLOAT = REPOSITORY / "model_folder" / "float"
MAX_TOKENS = 512
HEAD = "our float weights; areas at probability 0.5"


def classifier() -> Any:
    """Our encoder and its head as a transformers model, in float32."""
    import torch
    from safetensors.torch import load_file
    from transformers import AutoConfig, AutoModel, BertPreTrainedModel
    from transformers.modeling_outputs import SequenceClassifierOutput
    from transformers.utils import logging

    logging.set_verbosity_error()  # the pipeline knows no class of this name, and works
    logging.disable_progress_bar()

    class Classifier(BertPreTrainedModel):
        """Mean over the tokens, and one linear layer."""

        def __init__(self, config: Any) -> None:
            super().__init__(config)
            self.encoder = AutoModel.from_pretrained(FLOAT, dtype=torch.float32)
            head = load_file(FLOAT / "head.safetensors")
            self.head = torch.nn.Linear(config.hidden_size, len(head["bias"]))
            self.head.load_state_dict({name: one.float() for name, one in head.items()})

        def forward(self, input_ids: Any, attention_mask: Any, **_: Any) -> Any:
            hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask)[0]
            mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
            mean = (hidden * mask).sum(1) / mask.sum(1)
            return SequenceClassifierOutput(logits=self.head(mean))

    head = load_file(FLOAT / "head.safetensors")
    config = AutoConfig.from_pretrained(FLOAT)
    config.num_labels = len(head["bias"])
    network: Any = Classifier(config)
    return network.eval()


def by_length(texts: Sequence[str], size: int) -> Iterator[list[int]]:
    """Rows in batches of texts of about one length: less padding."""
    order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
    for start in range(0, len(order), size):
        yield order[start : start + size]


def _pipeline(folder: Path, size: int) -> Predict:
    from transformers import AutoTokenizer, pipeline

    model = classifier()
    classify: Any = pipeline(
        "text-classification", model=model, tokenizer=AutoTokenizer.from_pretrained(FLOAT)
    )
    column = {label: number for number, label in model.config.id2label.items()}
    options = {"batch_size": size, "truncation": True, "max_length": MAX_TOKENS, "top_k": None}

    def predict(papers: Papers) -> Flags:
        given = np.zeros((len(papers), len(column)), bool)
        answers: Any = classify(papers.texts, function_to_apply="sigmoid", **options)
        for row, answer in enumerate(answers):
            given[row, [column[one["label"]] for one in answer if one["score"] >= 0.5]] = True
        return given

    return predict


def _bfloat16(folder: Path, size: int) -> Predict:
    import torch
    from transformers import AutoTokenizer

    model, tokenizer = classifier().to(torch.bfloat16), AutoTokenizer.from_pretrained(FLOAT)
    areas = model.config.num_labels

    def predict(papers: Papers) -> Flags:
        given = np.zeros((len(papers), areas), bool)
        for rows in by_length(papers.texts, size):
            batch = tokenizer(
                [papers.texts[row] for row in rows],
                padding=True,
                truncation=True,
                max_length=MAX_TOKENS,
                return_tensors="pt",
            )
            with torch.inference_mode():
                logits = model(batch["input_ids"], batch["attention_mask"]).logits
            given[rows] = (logits >= 0).numpy()
        return given

    return predict


_MODULES = ("torch", "transformers", "safetensors")
PIPELINE = Peer("transformers pipeline, float32", _MODULES, HEAD, _pipeline, sizes=(1, 8, 32))
BFLOAT16 = Peer("torch, bfloat16", _MODULES, HEAD, _bfloat16, sizes=(1, 8, 32))
