"""Labels as annotation tools write them: Label Studio's tasks and Argilla's records.

Label Studio: a task has `data`, the paper, and `annotations`, one of each person. Argilla: a record
has `fields`, the paper, and `responses`, of each question one of each person; flattened, as in its
datasets on the Hub, columns `QUESTION.responses` and `QUESTION.responses.status`. What a model
suggested (`predictions`, `suggestions`) is no label.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tagstract.labels.io.names import LABELS, folded_name

__all__ = ["is_unanswered", "responses_of", "unwrapped"]

_RESPONSES = "responses"
_DOTTED = f".{_RESPONSES}"
_SUBMITTED = (None, "submitted")
"""States of a response that counts; drafts and what was discarded do not."""

_OTHER = len(LABELS)


def unwrapped(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """A task or record with its paper's fields beside its annotations; any other record as it is.

    Labels that the paper came with give way to those of the annotators.
    """
    data, fields = record.get("data"), record.get("fields")
    if isinstance(data, Mapping) and isinstance(record.get("annotations"), list):
        given = {"annotations": record["annotations"]}
        return {"id": record.get("id"), **_without_labels(data), **given}
    if isinstance(fields, Mapping) and isinstance(record.get(_RESPONSES), Mapping):
        given = {_RESPONSES: record[_RESPONSES]}
        return {"id": record.get("id"), **_without_labels(fields), **given}
    return record


def is_unanswered(record: Mapping[str, Any]) -> bool:
    """Whether a task or record, unwrapped, waits for its first annotation."""
    annotations = record.get("annotations")
    if isinstance(annotations, list):
        if not all(isinstance(one, Mapping) and "result" in one for one in annotations):
            return False
        return all(one.get("was_cancelled") for one in annotations)
    questions = list(_questions(record))
    return bool(questions) and not any(answers for _, answers in questions)


def responses_of(record: Mapping[str, Any]) -> tuple[str, list[Any]] | None:
    """Argilla's: the field that holds the responses, and the value of each person's; None: there
    are none. Of several questions the one that is named for labels counts."""
    questions = [(name, answers) for name, answers in _questions(record) if answers]
    if not questions:
        return None
    name, answers = min(questions, key=lambda one: _rank(one[0]))
    if len(questions) > 1 and _rank(name) == _OTHER:
        return None
    return (f"{name}{_DOTTED}" if f"{name}{_DOTTED}" in record else _RESPONSES), answers


def _questions(record: Mapping[str, Any]) -> Iterator[tuple[str, list[Any]]]:
    """The name of each question, and the values of its submitted responses."""
    nested = record.get(_RESPONSES)
    if isinstance(nested, Mapping):
        for question, answers in nested.items():
            if isinstance(answers, list):
                yield (
                    str(question),
                    [
                        one.get("value")
                        for one in answers
                        if isinstance(one, Mapping) and one.get("status") in _SUBMITTED
                    ],
                )
        if not nested:
            yield "", []
    for name, value in record.items():
        if str(name).endswith(_DOTTED):
            answers = value if isinstance(value, list) else []
            states = record.get(f"{name}.status") or [None] * len(answers)
            yield (
                str(name).removesuffix(_DOTTED),
                [one for one, state in zip(answers, states, strict=False) if state in _SUBMITTED],
            )


def _rank(question: str) -> int:
    return LABELS.get(folded_name(question).folded, _OTHER)


def _without_labels(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        str(name): value
        for name, value in fields.items()
        if folded_name(str(name)).folded not in LABELS
    }
