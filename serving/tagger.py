"""The tagger: records of any kind in, tagged papers out, each judged on its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tagstract.labels import InputError, Problem
from tagstract.labels.io.paper import Paper, keep_input, paper_of, with_paper
from tagstract.model_folder.scale import most_probable
from tagstract.serving.attribution import MOST_CHARACTERS, evidence_of

if TYPE_CHECKING:
    from tagstract.model_folder import Model, Scored

OWN_FIELDS = ("tags", "status", "reason", "truncated", "title_only", "model")
"""What a tagged paper has beside its record; a field of the record's with such a name is kept as
`input.NAME`."""


class Tagger:
    """Tags papers with one model, loaded once.

    Args:
        top: at most so many tags a paper.
        threshold: gives an area from this probability on, in place of the model's thresholds.
        all_probabilities: adds `probabilities`, every area's.
        explain: adds `evidence`, for each tag the sentences that support it; costs a run of the
            model for every sentence.
        areas: gives only these areas; None gives all.

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
        areas: Collection[str] | None = None,
    ) -> None:
        if top is not None and top < 1:
            raise InputError(f"top is {top}; give 1 or more")
        if threshold is not None and not 0 <= threshold <= 1:
            raise InputError(f"threshold is {threshold}; give a probability from 0 to 1")
        self.model, self.top, self.threshold = model, top, threshold
        self.all_probabilities, self.explain = all_probabilities, explain
        self._areas = model.taxonomy.ids
        self._wanted = np.array([areas is None or area in areas for area in self._areas])

    def tag(self, records: Sequence[Any]) -> list[dict[str, Any]]:
        """Tagged papers in the order of the records, one for each.

        A record that can't be tagged (no mapping, a `Problem`, neither title nor abstract) is
        answered with `status: "error"` and its reason, in its place; its neighbours are tagged. A
        paper without an abstract is tagged from its title and marked `title_only`, or abstains
        with `no-abstract`.
        """
        papers = [read_record(record) for record in records]
        good = [
            row
            for row, paper in enumerate(papers)
            if isinstance(paper, Paper) and paper.missing != "notice"
        ]
        texts = [_bounded(papers[row]) for row in good]
        scored = self.model.score(texts)
        place = {row: number for number, row in enumerate(good)}
        answers = []
        for row, (record, paper) in enumerate(zip(records, papers, strict=True)):
            if not isinstance(paper, Paper):
                answers.append(self._answer(record, "error", paper))
            elif row not in place:
                answers.append(self._answer(with_paper(record, paper), "abstained", "no-abstract"))
            else:
                number = place[row]
                answers.append(self._judged(paper, texts[number], scored, number))
        return answers

    def duplicate(self, record: Any, first: str) -> dict[str, Any]:
        """The answer for a record that is the same paper as an earlier one, which is tagged.

        Args:
            first: id of the earlier one, or its title where it has none.
        """
        paper = read_record(record)
        fields = record if isinstance(paper, str) else with_paper(record, paper)
        answer = self._answer(fields, "abstained", "duplicate")
        keep_input(answer, "duplicate_of")
        return {**answer, "duplicate_of": first}

    def _judged(
        self, paper: Paper, text: Mapping[str, str], scored: Scored, number: int
    ) -> dict[str, Any]:
        """One scored paper: its tags, or why it has none."""
        probabilities = scored.probabilities[number]
        given = most_probable(self._given(probabilities), probabilities)
        reason = self.model.rules.reason(text, probabilities, bool(given), scored.in_scope[number])
        tags = [
            {"area": self._areas[j], "probability": round(float(probabilities[j]), 4)}
            for j in given[: self.top]
        ]
        cut = len(paper.abstract) > MOST_CHARACTERS
        truncated = cut or scored.lengths[number] > self.model.max_tokens
        answer = self._answer(
            with_paper(paper.record, paper),
            "abstained" if reason else "tagged",
            reason,
            [] if reason else tags,
            truncated,
        )
        if not paper.abstract and not reason:
            answer["title_only"] = True
        if self.all_probabilities:
            keep_input(answer, "probabilities")
            answer["probabilities"] = {
                area: round(float(p), 4) for area, p in zip(self._areas, probabilities, strict=True)
            }
        if self.explain:
            keep_input(answer, "evidence")
            areas = [tag["area"] for tag in answer["tags"]]
            answer["evidence"] = evidence_of(self.model, text, probabilities, areas)
        return answer

    def _given(self, probabilities: NDArray[np.float64]) -> NDArray[np.bool_]:
        """The areas that reach their threshold, (areas,) both."""
        if self.threshold is not None:
            return np.asarray((probabilities >= self.threshold) & self._wanted)
        return np.asarray(self.model.scale.given(probabilities) & self._wanted)

    def _answer(
        self,
        record: Any,
        status: str,
        reason: str | None,
        tags: Sequence[dict[str, Any]] = (),
        truncated: bool = False,
    ) -> dict[str, Any]:
        fields = dict(record) if isinstance(record, Mapping) else {}
        for name in OWN_FIELDS:
            keep_input(fields, name)
        return {
            **fields,
            "tags": list(tags),
            "status": status,
            "reason": reason,
            "truncated": truncated,
            "model": self.model.tag,
        }


def read_record(record: Any) -> Paper | str:
    """The paper in a record, or why it can't be tagged."""
    if isinstance(record, Problem):
        return str(record)
    if not isinstance(record, Mapping):
        return "not an object; give {'title': ..., 'abstract': ...}"
    paper = paper_of(record)
    if paper.abstract or paper.title or paper.missing == "notice":
        return paper
    return "'abstract' is missing, and so is 'title'; give the abstract's text"


def _bounded(paper: Paper | str) -> dict[str, str]:
    """Title and abstract as far as they are read, without what no tokenizer takes."""
    assert isinstance(paper, Paper)
    return {
        key: text[:MOST_CHARACTERS].encode("utf-8", "replace").decode()
        for key, text in (("title", paper.title), ("abstract", paper.abstract))
    }
