"""The tagger: records of any kind in, tagged papers out, each judged on its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tagstract.labels import InputError, Problem
from tagstract.labels.papers import paper_fault
from tagstract.model_folder.scale import most_probable
from tagstract.serving.attribution import MOST_CHARACTERS, evidence_of

if TYPE_CHECKING:
    from tagstract.model_folder import Model, Scored


class Tagger:
    """Tags papers with one model, loaded once.

    Args:
        top: at most so many tags a paper.
        threshold: gives an area from this probability on, in place of the model's thresholds.
        all_probabilities: adds `probabilities`, every area's.
        explain: adds `evidence`, for each tag the sentences that support it; costs a run of the
            model for every sentence.

    Raises:
        InputError: `top` below 1, `threshold` outside of 0 to 1.
    """

    def __init__(
        self,
        model: Model,
        top: int | None = None,
        threshold: float | None = None,
        all_probabilities: bool = False,
        explain: bool = False,
    ) -> None:
        if top is not None and top < 1:
            raise InputError(f"top is {top}; give 1 or more")
        if threshold is not None and not 0 <= threshold <= 1:
            raise InputError(f"threshold is {threshold}; give a probability from 0 to 1")
        self.model, self.top, self.threshold = model, top, threshold
        self.all_probabilities, self.explain = all_probabilities, explain
        self._areas = model.taxonomy.ids

    def tag(self, records: Sequence[Any]) -> list[dict[str, Any]]:
        """Tagged papers in the order of the records, one for each.

        A record that can't be tagged (no mapping, a `Problem`, no abstract) is answered with
        `status: "error"` and its reason, in its place; its neighbours are tagged.
        """
        faults = [fault_of(record) for record in records]
        good = [row for row, fault in enumerate(faults) if fault is None]
        texts = [_bounded(records[row]) for row in good]
        scored = self.model.score(texts)
        place = {row: number for number, row in enumerate(good)}
        answers = []
        for row, record in enumerate(records):
            number = place.get(row)
            if number is None:
                answers.append(self._answer(record, "error", faults[row]))
                continue
            cut = len(records[row]["abstract"]) > MOST_CHARACTERS
            truncated = cut or scored.lengths[number] > self.model.max_tokens
            answers.append(self._judged(record, texts[number], scored, number, truncated))
        return answers

    def _judged(
        self,
        record: Mapping[str, Any],
        paper: Mapping[str, str],
        scored: Scored,
        number: int,
        truncated: bool,
    ) -> dict[str, Any]:
        """One scored paper: its tags, or why it has none."""
        probabilities = scored.probabilities[number]
        given = most_probable(self._given(probabilities), probabilities)
        reason = self.model.rules.reason(paper, probabilities, bool(given), scored.in_scope[number])
        tags = [
            {"area": self._areas[j], "probability": round(float(probabilities[j]), 4)}
            for j in given[: self.top]
        ]
        answer = self._answer(
            record, "abstained" if reason else "tagged", reason, [] if reason else tags, truncated
        )
        if self.all_probabilities:
            answer["probabilities"] = {
                area: round(float(p), 4) for area, p in zip(self._areas, probabilities, strict=True)
            }
        if self.explain:
            areas = [tag["area"] for tag in answer["tags"]]
            answer["evidence"] = evidence_of(self.model, paper, probabilities, areas)
        return answer

    def _given(self, probabilities: NDArray[np.float64]) -> NDArray[np.bool_]:
        """The areas that reach their threshold, (areas,) both."""
        if self.threshold is not None:
            return probabilities >= self.threshold
        return self.model.scale.given(probabilities)

    def _answer(
        self,
        record: Any,
        status: str,
        reason: str | None,
        tags: Sequence[dict[str, Any]] = (),
        truncated: bool = False,
    ) -> dict[str, Any]:
        fields = dict(record) if isinstance(record, Mapping) else {}
        return {
            **fields,
            "tags": list(tags),
            "status": status,
            "reason": reason,
            "truncated": truncated,
            "model": self.model.tag,
        }


def fault_of(record: Any) -> str | None:
    """Why a record can't be tagged, or None."""
    if isinstance(record, Problem):
        return str(record)
    if not isinstance(record, Mapping):
        return "not an object; give {'title': ..., 'abstract': ...}"
    return paper_fault(record)


def _bounded(record: Mapping[str, Any]) -> dict[str, str]:
    """Title and abstract as far as they are read, without what no tokenizer takes."""
    return {
        key: str(record.get(key) or "")[:MOST_CHARACTERS].encode("utf-8", "replace").decode()
        for key in ("title", "abstract")
    }
