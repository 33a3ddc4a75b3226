"""Papers for annotation tools, with first guesses to correct: Label Studio's tasks, Argilla's
records. What people answer there, `read_labelled` reads from the tools' own exports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import quoteattr

from tagstract.labels.taxonomy import Taxonomy

__all__ = ["ToAnnotate", "argilla_records", "label_studio_config", "label_studio_tasks"]

QUESTION = "labels"
"""What the answers are called in both tools."""


@dataclass(frozen=True)
class ToAnnotate:
    """A paper; `guessed` are the area ids to begin with, None where there is no guess, and `model`
    is who guessed."""

    title: str
    abstract: str
    id: str | None = None
    guessed: Sequence[str] | None = None
    model: str | None = None

    @property
    def fields(self) -> dict[str, str]:
        return {"title": self.title, "abstract": self.abstract}


def label_studio_tasks(papers: Sequence[ToAnnotate]) -> list[dict[str, Any]]:
    """Tasks to import (https://labelstud.io/guide/tasks), guesses as predictions."""
    return [_task(paper) for paper in papers]


def _task(paper: ToAnnotate) -> dict[str, Any]:
    data = paper.fields | ({"id": paper.id} if paper.id else {})
    if paper.guessed is None:
        return {"data": data}
    choice = {"from_name": QUESTION, "to_name": "abstract", "type": "choices"}
    result = [{**choice, "value": {"choices": list(paper.guessed)}}] if paper.guessed else []
    prediction: dict[str, Any] = {"result": result}
    if paper.model:
        prediction["model_version"] = paper.model
    return {"data": data, "predictions": [prediction]}


def label_studio_config(taxonomy: Taxonomy) -> str:
    """The labelling interface of a project: all areas, several of them a paper."""
    lines = ["<View>", '  <Header value="$title"/>', '  <Text name="abstract" value="$abstract"/>']
    lines.append(f'  <Choices name="{QUESTION}" toName="abstract" choice="multiple">')
    for area in taxonomy.areas:
        name, alias, hint = (
            quoteattr(" ".join(text.split())) for text in (area.name, area.id, area.description)
        )
        lines.append(f"    <Choice value={name} alias={alias} hint={hint}/>")
    return "\n".join([*lines, "  </Choices>", "</View>", ""])


def argilla_records(papers: Sequence[ToAnnotate]) -> list[dict[str, Any]]:
    """Records as Argilla's `Dataset.records.from_json` takes them, guesses as suggestions."""
    return [
        {
            "id": paper.id,
            "fields": paper.fields,
            "metadata": {},
            "suggestions": _suggestions(paper),
            "responses": {},
            "vectors": {},
        }
        for paper in papers
    ]


def _suggestions(paper: ToAnnotate) -> dict[str, Any]:
    if not paper.guessed:
        return {}
    return {QUESTION: {"value": list(paper.guessed), "score": None, "agent": paper.model}}
