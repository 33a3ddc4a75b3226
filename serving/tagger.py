"""The tagger: records of any kind in, tagged papers out, each judged on its own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tagstract.labels import InputError, Problem
from tagstract.labels.io.paper import Paper, paper_of, with_paper
from tagstract.labels.tagged import Reason, Status, Tag, Tagged
from tagstract.model_folder.scale import most_probable
from tagstract.serving.attribution import evidence_of
from tagstract.serving.sentences import MAX_CHARACTERS

if TYPE_CHECKING:
    from tagstract.model_folder import Model, Scored


class Tagger:
    """Tags papers with one model, loaded once.

    Args:
        top: maximum number of tags per paper.
        threshold: minimum probability of a tag, in place of the model's own thresholds.
        all_probabilities: adds `probabilities`, the probability of every area.
        explain: adds `evidence`, the sentences that support each tag; costs a run of the
            model for every sentence.
        areas: the only areas to assign; None for all.

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
            raise InputError(f"top is {top}; use 1 or more")
        if threshold is not None and not 0 <= threshold <= 1:
            raise InputError(f"threshold is {threshold}; use a probability from 0 to 1")
        self.model, self.top, self.threshold = model, top, threshold
        self.all_probabilities, self.explain = all_probabilities, explain
        self._areas = model.taxonomy.ids
        self._wanted = np.array([areas is None or area in areas for area in self._areas])

    def tag(self, papers: Iterable[Any]) -> list[Tagged]:
        """Tag papers; returns one answer for each, in their order.

        A paper is a mapping with an abstract, a title, or both, under any of their usual names. A
        record that can't be tagged (no mapping, a `Problem`, neither title nor abstract) gets
        status "error" and its reason, in its place; its neighbours are tagged. A paper without an
        abstract is tagged from its title and marked `title_only`, or abstains with `no-abstract`.
        """
        records = list(papers)
        found = [read_record(record) for record in records]
        good = [paper for paper in found if isinstance(paper, Paper) and paper.missing != "notice"]
        scored = self.model.score([_bounded(paper) for paper in good])
        numbers = iter(range(len(good)))
        answers = []
        for record, paper in zip(records, found, strict=True):
            if not isinstance(paper, Paper):
                answers.append(self._answer(record, Status.ERROR, paper))
            elif paper.missing == "notice":
                fields = with_paper(record, paper)
                answers.append(self._answer(fields, Status.ABSTAINED, Reason.NO_ABSTRACT))
            else:
                answers.append(self._judged(paper, scored, next(numbers)))
        return answers

    def duplicate(self, record: Any, first: str) -> Tagged:
        """The answer for a record that is the same paper as an earlier one, which is tagged.

        Args:
            first: id of the earlier one, or its title where it has none.
        """
        paper = read_record(record)
        fields = record if isinstance(paper, str) else with_paper(record, paper)
        answer = self._answer(fields, Status.ABSTAINED, Reason.DUPLICATE)
        return replace(answer, duplicate_of=first)

    def _judged(self, paper: Paper, scored: Scored, number: int) -> Tagged:
        """One scored paper: its tags, or why it has none."""
        probabilities, text = scored.probabilities[number], _bounded(paper)
        given = most_probable(self._given(probabilities), probabilities)
        reason = self.model.rules.reason(text, probabilities, bool(given), scored.in_scope[number])
        tags = tuple(
            Tag(self._areas[j], round(float(probabilities[j]), 4)) for j in given[: self.top]
        )
        cut = len(paper.abstract) > MAX_CHARACTERS
        answer = self._answer(
            with_paper(paper.record, paper), Status.ABSTAINED if reason else Status.TAGGED, reason
        )
        answer = replace(
            answer,
            tags=() if reason else tags,
            truncated=cut or scored.lengths[number] > self.model.max_tokens,
            title_only=not paper.abstract and not reason,
        )
        if self.all_probabilities:
            every = zip(self._areas, probabilities, strict=True)
            answer = replace(answer, probabilities={area: round(float(p), 4) for area, p in every})
        if self.explain:
            areas = [tag.area for tag in answer.tags]
            evidence = evidence_of(self.model, text, probabilities, areas)
            answer = replace(answer, evidence=evidence)
        return answer

    def _given(self, probabilities: NDArray[np.float64]) -> NDArray[np.bool_]:
        """The areas that reach their threshold, (areas,) both."""
        if self.threshold is not None:
            return np.asarray((probabilities >= self.threshold) & self._wanted)
        return np.asarray(self.model.scale.given(probabilities) & self._wanted)

    def _answer(self, record: Any, status: Status, reason: Reason | str | None) -> Tagged:
        """An answer without tags."""
        tag, speed = self.model.tag, self.model.speed
        return Tagged(record, (), status, reason, False, tag, speed=speed)


def read_record(record: Any) -> Paper | str:
    """The paper in a record, or why it can't be tagged."""
    if isinstance(record, Problem):
        return str(record)
    if not isinstance(record, Mapping):
        return "not an object; use {'title': ..., 'abstract': ...}"
    paper = paper_of(record)
    if paper.abstract or paper.title or paper.missing == "notice":
        return paper
    return "'abstract' and 'title' are both missing"


def _bounded(paper: Paper) -> dict[str, str]:
    """Title and abstract as far as they are read, without what no tokenizer takes."""
    return {
        key: text[:MAX_CHARACTERS].encode("utf-8", "replace").decode()
        for key, text in (("title", paper.title), ("abstract", paper.abstract))
    }
