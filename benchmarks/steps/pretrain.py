"""Training on text without labels, before the labelled papers are seen."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor, nn

from benchmarks.steps.material import Paper
from tagstract.training.transformer.batches import Tokens
from tagstract.training.transformer.forward import device_to_use, has_bf16
from tagstract.training.transformer.network import Embedder

BATCH, RATE, WARM_UP = 32, 1e-4, 0.1
TITLE_TOKENS, ABSTRACT_TOKENS = 32, 112
HEAT = 0.05
MASKED = 0.15
SECONDS_BETWEEN_LINES = 60.0

Log = Callable[[str], None]


def contrast(encoder: Any, tokenizer: str, papers: list[Paper], most: int, log: Log) -> None:
    """One epoch in which a title must find its abstract among those of its batch (InfoNCE with the
    others of a batch as negatives; van den Oord et al. 2018, as sentence encoders are trained)."""
    titled = [paper for paper in papers if paper.get("title")]
    titles = _tokens(tokenizer, [str(paper["title"]) for paper in titled], min(most, TITLE_TOKENS))
    texts = [str(paper["abstract"]) for paper in titled]
    abstracts = _tokens(tokenizer, texts, min(most, ABSTRACT_TOKENS))
    embedder = Embedder(encoder)
    device = device_to_use()

    def embedded(tokens: Tokens, rows: NDArray[np.int64]) -> Tensor:
        parts = (torch.from_numpy(part).to(device) for part in tokens.batch(rows))
        return nn.functional.normalize(embedder(*parts).float())

    def loss(rows: NDArray[np.int64]) -> Tensor:
        one, other = (embedded(tokens, rows) for tokens in (titles, abstracts))
        scores = one @ other.T / HEAT
        own = torch.arange(len(rows), device=device)
        cross = nn.functional.cross_entropy
        return (cross(scores, own) + cross(scores.T, own)) / 2

    _epoch(encoder, list(encoder.parameters()), len(titled), loss, log)


def fill_in(encoder: Any, tokenizer: str, papers: list[Paper], most: int, log: Log) -> None:
    """One epoch of masked language modelling (Devlin et al. 2019, section 3.1): 15 % of the tokens
    are to be told, 8 of 10 of them hidden, one replaced. Words are told by their own embeddings."""
    texts = [f"{paper.get('title') or ''}. {paper['abstract']}" for paper in papers]
    tokens = _tokens(tokenizer, texts, min(most, ABSTRACT_TOKENS))
    mask_id = int(Tokenizer.from_str(tokenizer).token_to_id("[MASK]") or 0)
    torch.manual_seed(0)
    device = device_to_use()
    words = encoder.to(device).get_input_embeddings().weight
    width = words.shape[1]
    decoder = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.LayerNorm(width)).to(device)
    random = np.random.default_rng(0)

    def loss(rows: NDArray[np.int64]) -> Tensor:
        ids, mask = tokens.batch(rows)
        inner = mask.astype(bool)
        inner[:, 0] = False
        hidden = inner & (random.random(ids.shape) < MASKED)
        chance = random.random(ids.shape)
        shown = np.where(hidden & (chance < 0.8), mask_id, ids)
        other = random.integers(0, len(words), ids.shape)
        shown = np.where(hidden & (chance >= 0.9), other, shown)
        states = encoder(
            input_ids=torch.from_numpy(shown).to(device),
            attention_mask=torch.from_numpy(mask).to(device),
        ).last_hidden_state[torch.from_numpy(hidden).to(device)]
        logits = decoder(states.float()) @ words.float().T
        return nn.functional.cross_entropy(logits, torch.from_numpy(ids[hidden]).to(device))

    _epoch(encoder, [*encoder.parameters(), *decoder.parameters()], len(papers), loss, log)


def _epoch(
    encoder: Any,
    parameters: list[nn.Parameter],
    papers: int,
    loss_of: Callable[[NDArray[np.int64]], Tensor],
    log: Log,
) -> None:
    """Every paper once, in batches drawn by chance."""
    torch.manual_seed(0)
    torch.set_flush_denormal(True)
    device = device_to_use()
    encoder.to(device)
    optimizer = torch.optim.AdamW(parameters, lr=RATE, weight_decay=0.01, fused=True)
    order = np.random.default_rng(0).permutation(papers)
    batches = [order[start : start + BATCH] for start in range(0, papers - BATCH + 1, BATCH)]
    warm = max(1, round(len(batches) * WARM_UP))
    encoder.train()
    last, losses = time.monotonic(), []
    for number, rows in enumerate(batches):
        share = min((number + 1) / warm, (len(batches) - number) / max(1, len(batches) - warm))
        optimizer.param_groups[0]["lr"] = RATE * share
        with torch.autocast(device.type, torch.bfloat16, enabled=has_bf16(device)):
            loss = loss_of(rows)
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        losses.append(float(loss.detach()))
        if time.monotonic() - last > SECONDS_BETWEEN_LINES:
            last = time.monotonic()
            log(f"{number + 1} of {len(batches)} batches, loss {np.mean(losses[-50:]):.3f}")
    encoder.cpu().eval()


def _tokens(tokenizer: str, texts: list[str], most: int) -> Tokens:
    fast = Tokenizer.from_str(tokenizer)
    fast.enable_truncation(most)
    fast.no_padding()
    pad = fast.token_to_id("[PAD]") or 0
    return Tokens([np.asarray(one.ids, np.int32) for one in fast.encode_batch(texts)], pad)
