"""The peer: FastAPI around a transformers pipeline, as one would write it in ten minutes.

PEER_MODEL=FOLDER uvicorn benchmarks.service.peer_pipeline:app
"""

from __future__ import annotations

import os
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel
from transformers import pipeline

OPTIONS = {"batch_size": 16, "truncation": True, "max_length": 256, "top_k": None}

app = FastAPI()
classifier = pipeline("text-classification", model=os.environ["PEER_MODEL"])
classifier("A first run is slower than those after it.", **OPTIONS)


class Call(BaseModel):
    """Titles and abstracts, each in one text."""

    texts: list[str]


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}


@app.post("/classify")
def classify(call: Call) -> Any:
    """For each text every area and its probability, the most probable first."""
    return classifier(call.texts, function_to_apply="sigmoid", **OPTIONS)
