"""What `POST /feedback` does: corrections into their store."""

from __future__ import annotations

import logging
from collections import Counter
from typing import Any

from tagstract.labels import Taxonomy
from tagstract.labels.corrections import Corrections, default_place
from tagstract.labels.errors import InputError
from tagstract.serving.http.faults import fault

logger = logging.getLogger("bentoml.tagstract")

UNREACHABLE = fault("unavailable", "corrections can't be stored now; try again later")
"""The answer where the store fails; why is the operator's to know, and goes to the log."""


class Feedback:
    """Stores corrections at the place that `tagstract.labels.corrections.default_place` names.

    The place is looked up at each call: a store that can't be used must not keep papers from
    being tagged.
    """

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._taxonomy = taxonomy

    def store(self, corrections: list[Any]) -> dict[str, Any] | None:
        """`{"stored", "duplicates", "results"}`, results in the order of the corrections.

        None: the store can't be used, and nothing was stored.
        """
        try:
            outcomes = Corrections(default_place()).add(corrections, self._taxonomy)
        except InputError as error:
            logger.error("corrections: %s", error)
            return None
        counts = Counter(outcome.status for outcome in outcomes)
        results = [
            {"id": _id(correction), "status": outcome.status, "reason": outcome.reason}
            for correction, outcome in zip(corrections, outcomes, strict=True)
        ]
        return {"stored": counts["stored"], "duplicates": counts["duplicate"], "results": results}


def _id(correction: Any) -> Any:
    """The id that a correction came with, where that is a text or a whole number."""
    given = correction.get("id") if isinstance(correction, dict) else None
    return given if isinstance(given, str | int) else None
