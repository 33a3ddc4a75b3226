"""How much this worker has to do, and how long a new call would wait for it."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Load", "Place"]


class Load:
    """Calls in work and their runs: one of the encoder for each paper, for an explained one more.

    `pace` tells runs a second with all threads at work, 0 where that is not known yet; `window`
    how many runs of one call stand before another call's at most (`Encoder.threads`); `cost` the
    runs that a paper takes, less than 1 where cheaper stages answer some. All three are set by the
    service once its model is loaded. `stopping`: the worker takes no more calls.

    Not for several threads: it is the event loop's.
    """

    def __init__(self) -> None:
        self.pace: Callable[[], float] = lambda: 0.0
        self.cost: Callable[[], float] = lambda: 1.0
        self.window = 1
        self.stopping = False
        self.body_bytes = 0
        self._places: set[Place] = set()

    @property
    def calls(self) -> int:
        """Calls in work, those of no runs too."""
        return len(self._places)

    @property
    def runs(self) -> float:
        """Runs of all calls in work, those that are done too."""
        return sum(place.runs for place in self._places)

    def in_lane(self, lane: str) -> int:
        """Calls in work of one lane."""
        return sum(place.lane == lane for place in self._places)

    def enter(self, runs: float, lane: str = "") -> Place:
        """Count a call as in work until its place is left.

        Args:
            lane: what the call waits for, where that is not the encoder.
        """
        place = Place(self, runs, lane)
        self._places.add(place)
        return place

    def wait(self, runs: float) -> float:
        """Seconds that a new call would wait for the calls in work.

        The encoder's threads are shared fairly: while a call has its runs done, another has as
        many done, or all that it has. So a short call waits little for a long one.
        """
        pace = self.pace()
        before = sum(min(place.runs, max(runs, self.window)) for place in self._places)
        return before / pace if pace else 0.0

    def _leave(self, place: Place) -> None:
        self._places.discard(place)


class Place:
    """A request's place in the queue; it can be given up only once."""

    def __init__(self, load: Load, runs: float, lane: str = "") -> None:
        self.runs, self.lane = runs, lane
        self._load = load

    def leave(self) -> None:
        self._load._leave(self)
