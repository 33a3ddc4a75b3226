"""The Python API: `tagstract.load()` and what its tagger answers."""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike, fspath
from typing import Any

from tagstract.labels.tagged import Reason, Status, Tag, Tagged
from tagstract.model_folder import Model, resolve
from tagstract.serving.tagger import Tagger as RecordTagger


class Tagger:
    """Tags papers with one model, which is loaded once. `tagstract.load` makes it."""

    def __init__(self, tagger: RecordTagger) -> None:
        self._tagger = tagger

    @property
    def model(self) -> Model:
        """The model that tags."""
        return self._tagger.model

    def tag(self, papers: Iterable[Any]) -> list[Tagged]:
        """Tag papers: mappings with an `abstract` and, where there is one, a `title`.

        Returns one answer for each paper, in their order. A paper that can't be tagged gets
        `status` "error"; the others are tagged.
        """
        records = list(papers)
        answers = self._tagger.tag(records)
        return [_typed(record, answer) for record, answer in zip(records, answers, strict=True)]


def _typed(record: Any, answer: dict[str, Any]) -> Tagged:
    reason = answer["reason"]
    return Tagged(
        record=record,
        tags=tuple(Tag(**tag) for tag in answer["tags"]),
        status=Status(answer["status"]),
        reason=Reason(reason) if reason in set(Reason) else reason,
        truncated=answer["truncated"],
        model=answer["model"],
    )


def load(model: str | PathLike[str] | None = None) -> Tagger:
    """Load a model to tag with.

    Args:
        model: a model folder, `NAME:VERSION` or `NAME` in the model store; by default the promoted
            version, or the model that ships where none is promoted.

    Raises:
        TagstractError: there is no such model, or its folder is incomplete or damaged.
    """
    name = None if model is None else fspath(model)
    return Tagger(RecordTagger(Model.load(resolve(name))))
