"""Which shares of a feed differ from a reference by more than chance.

A share is compared by the two-proportion z test with pooled variance (two-sided; Fleiss, Levin and
Paik 2003, "Statistical Methods for Rates and Proportions", section 3.2). Over the areas of one
comparison the false discovery rate is held by Benjamini and Hochberg's procedure (1995).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tagstract.serving.feed_report.profile import Profile

__all__ = ["ALPHA", "Comparison", "Trend", "adjusted", "compare", "two_proportions"]

ALPHA = 0.05
"""Share of the reported changes that may be chance."""

MIN_EXPECTED = 5.0
"""Expected papers with and without an area, in either feed, below which the z test is too rough."""

DRIFT_INDEX = 0.25
"""Population stability index from which the mix of areas is usually called shifted."""


@dataclass(frozen=True)
class Trend:
    """A share now and in the reference.

    Attributes:
        name: area id, or what else has the share.
        now, before: shares of the papers.
        count: papers now.
        p: adjusted p-value; None where there are too few papers for the test.
    """

    name: str
    now: float
    before: float
    count: int
    p: float | None

    @property
    def direction(self) -> str:
        """ "rose", "fell", or "" where the change may be chance."""
        if self.p is None or self.p >= ALPHA:
            return ""
        return "rose" if self.now > self.before else "fell"


@dataclass(frozen=True)
class Comparison:
    """A feed against a reference.

    Attributes:
        reference: what it is compared with.
        areas: the areas, those that changed most first.
        untagged: share of papers without tags; its p-value is not adjusted.
        stability: population stability index of the mix of areas.
    """

    reference: Profile
    areas: tuple[Trend, ...]
    untagged: Trend
    stability: float

    @property
    def drift(self) -> str:
        """Why the feed probably drifted from the reference; "" where nothing says so."""
        signs = []
        if self.untagged.direction == "rose":
            signs.append("more papers get no tags")
        if self.stability >= DRIFT_INDEX:
            signs.append(f"the mix of areas shifted (stability index {self.stability:.2f})")
        return " and ".join(signs)


def compare(now: Profile, reference: Profile) -> Comparison:
    """Compare a feed with a reference over all areas that either has."""
    areas = sorted({*now.areas, *reference.areas})
    raw = [
        two_proportions(now.areas[area], now.papers, reference.areas[area], reference.papers)
        for area in areas
    ]
    trends = [
        Trend(area, now.share(area), reference.share(area), now.areas[area], p)
        for area, p in zip(areas, adjusted(raw), strict=True)
    ]
    trends.sort(key=lambda trend: (not trend.direction, -abs(trend.now - trend.before)))
    none, before = now.untagged.total(), reference.untagged.total()
    untagged = Trend(
        "without tags",
        none / now.papers if now.papers else 0.0,
        before / reference.papers if reference.papers else 0.0,
        none,
        two_proportions(none, now.papers, before, reference.papers),
    )
    return Comparison(reference, tuple(trends), untagged, _stability(now, reference, areas))


def two_proportions(count: int, total: int, other: int, other_total: int) -> float | None:
    """Two-sided p-value of the z test; None where an expected count is below `MIN_EXPECTED`."""
    if not total or not other_total:
        return None
    pooled = (count + other) / (total + other_total)
    if min(pooled, 1 - pooled) * min(total, other_total) < MIN_EXPECTED:
        return None
    error = math.sqrt(pooled * (1 - pooled) * (1 / total + 1 / other_total))
    z = (count / total - other / other_total) / error
    return math.erfc(abs(z) / math.sqrt(2))


def adjusted(values: Sequence[float | None]) -> list[float | None]:
    """Benjamini and Hochberg's adjusted p-values; what was not tested stays None."""
    ranked = sorted((p, place) for place, p in enumerate(values) if p is not None)
    result: list[float | None] = [None] * len(values)
    least = 1.0
    for rank in range(len(ranked), 0, -1):
        p, place = ranked[rank - 1]
        least = min(least, p * len(ranked) / rank)
        result[place] = least
    return result


def _stability(now: Profile, reference: Profile, areas: Iterable[str]) -> float:
    """Population stability index: the sum of (p - q) ln(p / q) over the areas' shares of all tags.

    Half a tag is added to every count, so an area that one feed lacks does not make it infinite.
    """
    areas = list(areas)
    totals = [profile.areas.total() + 0.5 * len(areas) for profile in (now, reference)]
    index = 0.0
    for area in areas:
        p, q = (
            (profile.areas[area] + 0.5) / total
            for profile, total in zip((now, reference), totals, strict=True)
        )
        index += (p - q) * math.log(p / q)
    return index
