"""The report on a tagged feed, as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tagstract.serving.feed_report.profile import Profile
from tagstract.serving.feed_report.trends import Comparison, compare

__all__ = ["FeedReport", "make_report"]


@dataclass(frozen=True)
class FeedReport:
    """A feed with what it is compared with.

    Attributes:
        now: the newest feed.
        history: all feeds, the oldest first; `now` is the last.
        earlier: against the feeds before it together; None where there are none.
        training: against what the model was measured on; None where that is unknown.
        areas: names of the areas, by id.
    """

    now: Profile
    history: tuple[Profile, ...]
    earlier: Comparison | None
    training: Comparison | None
    areas: dict[str, str]

    @property
    def verdict(self) -> str:
        """Whether the feed probably drifted, in a sentence.

        Earlier feeds decide where there are any: the papers of a training set are chosen, not
        drawn, so a feed may differ from them in its mix without having changed.
        """
        name, comparison = (
            ("earlier feeds", self.earlier)
            if self.earlier is not None
            else ("training", self.training)
        )
        if comparison is None:
            return "There is nothing to compare with."
        if not comparison.drift:
            return f"No drift from {name} is found."
        return f"Drift from {name} is probable: {comparison.drift}."


def make_report(
    feeds: Sequence[Profile], training: Profile | None, areas: dict[str, str]
) -> FeedReport:
    """Compare the last feed with those before it and with the model's training."""
    now = feeds[-1]
    earlier = None
    if len(feeds) > 1:
        name = "the feeds before" if len(feeds) > 2 else feeds[0].name
        earlier = compare(now, Profile.of_all(name, feeds[:-1]))
    return FeedReport(
        now, tuple(feeds), earlier, None if training is None else compare(now, training), areas
    )
