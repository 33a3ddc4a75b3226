"""The model card: written from what was measured and from the facts in `model.json`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tagstract.model_folder import ModelFacts
from tagstract.training.sealing.card_sets import outside_sets

ROWS = (
    ("micro_f1", "micro-F1"),
    ("macro_f1", "macro-F1"),
    ("precision_at_1", "precision at 1"),
    ("average_precision", "average precision"),
    ("ece", "expected calibration error"),
    ("coverage", "papers with areas that get a tag"),
)


def model_card(facts: ModelFacts, metrics: Mapping[str, Any], size: int) -> str:
    """Markdown, from `model.json`'s facts, `metrics.json` and the size of the folder in bytes."""
    mix = facts.mix or 0.0
    return f"""# {facts.tag}

Tags research abstracts with {facts.areas} research areas. Written by `tagstract`;
`model.json` says when it was trained.

| | |
| --- | --- |
| base | {facts.base} |
| licence of the base | {facts.licence} |
| mode | {facts.mode} |
| trained on | {_papers(facts)} |
| reads | title and abstract, the first {facts.max_tokens} tokens |
| heads | {mix:.0%} transformer, {1 - mix:.0%} TF-IDF + logistic regression |
| size | {size / 1e6:.1f} MB |
{_training(facts)}
## Measured

{_measured(metrics)}{_scope(metrics)}{_export(metrics)}{outside_sets(metrics)}
## Use and limits

For English titles and abstracts of the fields that its taxonomy covers. {_labels(facts)}
Probabilities are calibrated on papers like those held out; where areas are rarer or more common,
they are off. Rare areas have wide error bars: see `per_area` in `metrics.json`, or run
`tagstract evaluate` on papers of your own.
"""


def _papers(facts: ModelFacts) -> str:
    """What a model was trained on."""
    text = f"{facts.papers} labelled papers (SHA-256 {(facts.data_sha256 or '')[:16]})"
    used = facts.unlabelled
    if used:
        names = ", ".join(used["files"])
        text += f", and {used['papers']} of {names} as {used['teacher']} tags them"
    return text


def _training(facts: ModelFacts) -> str:
    parts = [("Training", facts.training), ("Labels", facts.labelled_by)]
    return "".join(f"\n## {title}\n\n{text}\n" for title, text in parts if text)


def _labels(facts: ModelFacts) -> str:
    if facts.labelled_by:
        return "How its training papers were labelled is said above."
    return "Most labels of the training papers are one annotator's, a person or a language model."


def _measured(metrics: Mapping[str, Any]) -> str:
    if metrics["model"] is None:
        return f"Figures are {metrics['how']}.\n"
    how = f"Figures {metrics['how']}; the baseline is TF-IDF + logistic regression on these papers."
    return f"{how}\n\n{_figures(metrics)}"


def _figures(metrics: Mapping[str, Any]) -> str:
    lines = ["| figure | model | baseline |", "| --- | --- | --- |"]
    for key, name in ROWS:
        model, baseline = metrics["model"][key], metrics["baseline"][key]
        lines.append(f"| {name} | {model:.3f} | {baseline:.3f} |")
    return "\n".join(lines) + "\n"


def _scope(metrics: Mapping[str, Any]) -> str:
    scope = metrics.get("scope")
    if not scope:
        return ""
    if "held_out_others" in scope:
        return f"""
The scope classifier puts {scope["others_found"]:.1%} of {scope["held_out_others"]} held-out papers
of other fields out of scope, and {scope["papers_lost"]:.1%} of the papers that have areas.
"""
    return f"""
The scope classifier puts {scope["others_found"]:.1%} of {scope["others"]} texts of other fields,
which we wrote, out of scope (cross-validated), and {scope["papers_lost"]:.1%} of the papers.
"""


def _export(metrics: Mapping[str, Any]) -> str:
    check = metrics.get("export")
    if not check:
        return ""
    return f"""
Export, checked against torch on {check["papers"]} held-out papers: float32 ONNX changes a logit by
at most {check["float_logit"]:.1g}; int8 changes a probability of the transformer by at most
{check["int8_probability"]:.3f} and its micro-F1 by {check["int8_f1"]:+.4f}.
"""
