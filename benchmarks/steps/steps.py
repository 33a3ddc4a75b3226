"""The steps: each trains on the same papers with one thing changed, and scores the same papers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from benchmarks.steps import losses, networks, pretrain
from benchmarks.steps.material import Material, Paper
from tagstract.model_folder import lexical_text
from tagstract.model_folder.scale import mixed, sigmoid
from tagstract.training.heads.calibration import fit_common
from tagstract.training.heads.tfidf import held_out_logits
from tagstract.training.transformer.base import resolve_base
from tagstract.training.transformer.batches import Examples, Tokens
from tagstract.training.transformer.finetune import finetune
from tagstract.training.transformer.forward import device_to_use, logits_of
from tagstract.training.transformer.network import Loss, Network, cross_entropy
from tagstract.training.transformer.recipe import Recipe

Floats = NDArray[np.float64]
Targets = NDArray[np.float32]
Build = Callable[[Any, Targets, Recipe], Network]

TEACHER_RATE, TEACHER_HEAD_RATE = 5e-5, 1e-3


@dataclass(frozen=True)
class Step:
    """One thing changed.

    run: trains; returns logits whose first rows are those of the scored papers.
    needs: what it needs beside labelled papers, "unlabelled" or "teacher" (and unlabelled ones).
    """

    title: str
    run: Callable[[Material], Floats]
    needs: str = ""


def trained(
    material: Material,
    name: str,
    encoder: Any = None,
    recipe: Recipe | None = None,
    targets: Targets | None = None,
    extra: tuple[Tokens, Targets] | None = None,
    tokens_of: Callable[[list[Paper]], Tokens] | None = None,
    build: Build = Network.of,
    loss: Loss = cross_entropy,
    also: list[Paper] | None = None,
    keep: bool = False,
) -> Floats:
    """Train on the papers of `material`; the logits of the scored papers, then of `also`.

    Args:
        encoder: in place of the base.
        targets: of the papers to train on, in place of their labels.
        extra: unlabelled papers with a teacher's probabilities.
        tokens_of: in place of title and abstract as the product reads them.
        keep: keep the weights too, for `soup`.
    """
    recipe = recipe or material.recipe
    if encoder is None:
        encoder, tokenizer = material.encoder()
    else:
        tokenizer = material.encoder()[1]
    read = tokens_of or (lambda papers: material.tokens(papers, tokenizer))
    tokens = read(material.papers(material.train))
    wanted = material.targets[material.train] if targets is None else targets
    network = build(encoder, wanted, recipe)
    if extra is not None:
        tokens, wanted = tokens + extra[0], np.concatenate([wanted, extra[1]])
    folder = material.folder / f"{name}-{material.digest}"
    folder.mkdir(parents=True, exist_ok=True)
    network, _ = finetune(
        network,
        Examples(tokens, wanted, len(material.train)),
        Examples(read(material.papers(material.choose)), material.targets[material.choose]),
        recipe,
        folder,
        lambda line: material.log(f"{name}: {line}"),
        loss=loss,
    )
    asked = material.papers(material.score) + (also or [])
    if keep:
        torch.save(network.state_dict(), _weights(material, name))
    device = device_to_use()
    logits = logits_of(network.to(device), read(asked), device).astype(np.float64)
    for file in folder.iterdir():
        file.unlink()
    return logits


def _weights(material: Material, name: str) -> Path:
    return material.folder / f"{name}-{material.digest}.pt"


def plain(material: Material) -> Floats:
    return trained(material, "plain", keep=True)


def with_recipe(name: str, **changes: Any) -> Callable[[Material], Floats]:
    """The plain step with other settings."""
    return lambda material: trained(material, name, recipe=replace(material.recipe, **changes))


def with_loss(name: str, loss: Loss) -> Callable[[Material], Floats]:
    return lambda material: trained(material, name, loss=loss)


def company(material: Material) -> Floats:
    smooth = losses.smoothed_by_company(material.targets[material.train])
    return trained(material, "company", targets=smooth)


def confident(material: Material) -> Floats:
    wanted = material.targets[material.train]
    texts = [lexical_text(paper) for paper in material.papers(material.train)]
    logits = held_out_logits(texts, wanted, 0)
    chances = fit_common(logits, wanted > 0.5).probabilities(logits)
    cleaned = losses.doubted(wanted, chances)
    material.log(f"confident: {(cleaned != wanted).sum()} of {wanted.size} pairs are doubted")
    return trained(material, "confident", targets=cleaned)


def described(material: Material) -> Floats:
    encoder, tokenizer = material.encoder()
    fast = Tokenizer.from_str(tokenizer)
    fast.enable_truncation(material.recipe.max_tokens)
    fast.no_padding()
    texts = [f"{area.name}. {area.description}" for area in material.taxonomy.areas]
    embedded = networks.embeddings_of(encoder, [fast.encode(text).ids for text in texts])

    def build(encoder: Any, targets: Targets, recipe: Recipe) -> Network:
        return networks.with_described_head(Network.of(encoder, targets, recipe), embedded)

    return trained(material, "described", encoder, build=build)


def attention(material: Material) -> Floats:
    return trained(material, "attention", build=networks.AreaAttention.of)


def segments(material: Material) -> Floats:
    encoder, tokenizer = material.encoder()
    fast = Tokenizer.from_str(tokenizer)
    fast.enable_truncation(material.recipe.max_tokens)
    fast.no_padding()
    separator, pad = (int(fast.token_to_id(word) or 0) for word in ("[SEP]", "[PAD]"))

    def tokens_of(papers: list[Paper]) -> Tokens:
        pairs = [(str(one.get("title") or ""), str(one["abstract"])) for one in papers]
        return Tokens([np.asarray(one.ids, np.int32) for one in fast.encode_batch(pairs)], pad)

    wrapped = networks.Segments(encoder, separator)
    return trained(material, "segments", wrapped, tokens_of=tokens_of)


def pretrained(
    name: str, how: Callable[[Any, str, list[Paper], int, Any], None]
) -> Callable[[Material], Floats]:
    """The plain step from an encoder that has read unlabelled papers in some way."""

    def run(material: Material) -> Floats:
        encoder, tokenizer = material.encoder()
        path = _weights(material, name)
        if path.is_file():
            encoder.load_state_dict(torch.load(path, weights_only=True))
        else:
            log, most = material.log, material.recipe.max_tokens
            how(encoder, tokenizer, material.fresh, most, lambda line: log(f"{name}: {line}"))
            torch.save(encoder.state_dict(), path.with_suffix(".new"))
            path.with_suffix(".new").replace(path)
        return trained(material, name, encoder)

    return run


def other_seed(material: Material) -> Floats:
    recipe = replace(material.recipe, network_seed=1)
    return trained(material, "seed", recipe=recipe, keep=True)


def two_seeds(material: Material) -> Floats:
    """The mean of the logits of two seeds."""
    return (kept(material, "plain", plain) + kept(material, "seed", other_seed)) / 2


def soup(material: Material) -> Floats:
    """The mean of the weights of two seeds: one model, as fast as one (Wortsman et al. 2022, "Model
    soups", section 2)."""
    kept(material, "plain", plain)
    kept(material, "seed", other_seed)
    encoder, tokenizer = material.encoder()
    network = Network.of(encoder, material.targets[material.train], material.recipe)
    one, other = (
        torch.load(_weights(material, name), weights_only=True) for name in ("plain", "seed")
    )
    mean = {
        key: (one[key] + other[key]) / 2 if one[key].is_floating_point() else one[key]
        for key in one
    }
    network.load_state_dict(mean)
    tokens = material.tokens(material.papers(material.score), tokenizer)
    device = device_to_use()
    return logits_of(network.to(device), tokens, device).astype(np.float64)


def teacher(material: Material) -> Floats:
    """The stronger base itself; its logits of the scored papers, and of those it is to teach."""
    encoder, tokenizer = material.encoder(resolve_base(material.teacher))
    recipe = replace(material.recipe, encoder_rate=TEACHER_RATE, head_rate=TEACHER_HEAD_RATE)
    taught = material.papers(material.choose) + material.fresh + material.papers(material.train)

    def tokens_of(papers: list[Paper]) -> Tokens:
        return material.tokens(papers, tokenizer)

    return trained(material, "teacher", encoder, recipe, tokens_of=tokens_of, also=taught)


def student(material: Material) -> Floats:
    """The plain base taught by the teacher and the lexical head together, on unlabelled papers;
    on labelled ones labels and teacher count for a half each."""
    logits = kept(material, "teacher", teacher)
    own = len(material.train)
    wanted = material.targets[material.train] / 2 + sigmoid(logits[-own:]) / 2
    return taught(material, "student", logits[len(material.score) : -own], wanted)


def self_training(material: Material) -> Floats:
    """The same without a stronger base: the plain step and the lexical head teach."""

    def tutor(material: Material) -> Floats:
        also = material.papers(material.choose) + material.fresh
        return trained(material, "tutor", also=also)

    logits = kept(material, "tutor", tutor)[len(material.score) :]
    wanted = material.targets[material.train].astype(np.float64)
    return taught(material, "self-training", logits, wanted)


def taught(material: Material, name: str, logits: Floats, wanted: Floats) -> Floats:
    """Trained on labels and on what a teacher and the lexical head say of unlabelled papers.

    Args:
        logits: the teacher's, of the papers that choose the epoch and of the unlabelled ones.
        wanted: targets of the papers to train on, (papers, areas).
    """
    choose = material.papers(material.choose)
    both = mixed(0.5, logits, material.lexical_logits(choose + material.fresh))
    scale = fit_common(both[: len(choose)], material.targets[material.choose] > 0.5)
    soft = scale.probabilities(both[len(choose) :]).astype(np.float32)
    extra = material.tokens(material.fresh, material.encoder()[1]), soft
    return trained(material, name, targets=wanted.astype(np.float32), extra=extra)


def kept(material: Material, name: str, run: Callable[[Material], Floats]) -> Floats:
    """The logits of a step: those that were kept, else of a run that is kept."""
    path = material.folder / f"{name}-{material.digest}.npy"
    if not path.is_file():
        logits = run(material)
        np.save(path.with_suffix(".new.npy"), logits)
        path.with_suffix(".new.npy").replace(path)
    return np.asarray(np.load(path))


STEPS = {
    "plain": Step("the recipe", plain),
    "layers": Step("one learning rate for all layers", with_recipe("layers", layer_decay=1.0)),
    "average": Step("no moving average of weights", with_recipe("average", average=0.0)),
    "seed": Step("another seed", other_seed),
    "seeds": Step("mean of the logits of two seeds", two_seeds),
    "soup": Step("mean of the weights of two seeds", soup),
    "long": Step("256 tokens in training", with_recipe("long", train_tokens=256)),
    "focal": Step("focal loss", with_loss("focal", losses.focal)),
    "asymmetric": Step("asymmetric loss", with_loss("asymmetric", losses.asymmetric)),
    "company": Step("labels smoothed by co-occurrence", company),
    "confident": Step("doubted labels softened (confident learning)", confident),
    "described": Step("heads that know the areas' descriptions", described),
    "attention": Step("an attention for each area", attention),
    "segments": Step("title as a segment of its own", segments),
    "contrast": Step(
        "titles matched to abstracts first", pretrained("contrast", pretrain.contrast), "unlabelled"
    ),
    "fill-in": Step(
        "masked language modelling first", pretrained("fill-in", pretrain.fill_in), "unlabelled"
    ),
    "self-training": Step("taught by itself and the lexical head", self_training, "unlabelled"),
    "teacher": Step("the stronger base itself", teacher, "teacher"),
    "student": Step("taught by the stronger base and the lexical head", student, "teacher"),
}
