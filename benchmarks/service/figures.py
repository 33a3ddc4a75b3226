"""From the outcomes of a run to its line of the table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.service.load import Outcome

IN_TIME = 1.0
"""Seconds within which a person who waits at a form still waits."""


@dataclass(frozen=True)
class Figures:
    """One rate. Times are in milliseconds, shares from 0 to 1, memory in MB.

    `errors` are calls that were neither accepted nor told to come back; `wrong` accepted ones
    whose answer is not the right one; `memory` the most that all processes of the service held
    (proportional set size); `lag` by how much the generator itself was late.
    """

    rate: float
    sent: int
    accepted: int
    refused: int
    errors: int
    wrong: int
    p50: float | None
    p95: float | None
    p99: float | None
    refusal_p99: float | None
    papers_a_second: float
    memory: float | None
    lag: float | None

    @property
    def error_share(self) -> float:
        return self.errors / self.sent if self.sent else 0.0

    @property
    def in_time(self) -> bool:
        """Whether 99 of 100 accepted calls came in time, and none went wrong."""
        fine = self.errors == self.wrong == 0
        return fine and self.p99 is not None and self.p99 < 1000 * IN_TIME

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def figures(
    outcomes: Sequence[Outcome], rate: float, seconds: float, memory: float | None = None
) -> Figures:
    """The line of one rate.

    Args:
        seconds: for how long calls were sent; answers that came later lengthen the time that
            papers a second are counted over.
    """
    accepted = [one for one in outcomes if one.accepted]
    refused = [one for one in outcomes if one.refused]
    took = [1000 * one.seconds for one in accepted]
    whole = max([seconds, *(one.ended for one in accepted)])
    return Figures(
        rate=rate,
        sent=len(outcomes),
        accepted=len(accepted),
        refused=len(refused),
        errors=len(outcomes) - len(accepted) - len(refused),
        wrong=sum(one.fault is not None for one in accepted),
        p50=quantile(took, 0.5),
        p95=quantile(took, 0.95),
        p99=quantile(took, 0.99),
        refusal_p99=quantile([1000 * one.seconds for one in refused], 0.99),
        papers_a_second=sum(one.papers for one in accepted) / whole,
        memory=memory,
        lag=quantile([1000 * one.lag for one in outcomes], 0.99),
    )


def quantile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that at least `share` of all values do not exceed; None of none."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * round(share * 1000) // 1000) - 1)]
