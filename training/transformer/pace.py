"""How long a training will take, told by its first batches."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from tagstract.training.transformer.batches import Tokens

TIMED_STEPS = 6
"""Batches from whose pace the time of a training is told; the first is slower and is not one."""

SCORING = 0.4
"""Time of a held-out paper over that of a paper trained on: forward only."""


@dataclass
class Pace:
    """Tells how long a training will take, once it knows the pace of this machine.

    Attributes:
        scoring: tokens' worth of work after each epoch.
    """

    log: Callable[[str], None]
    scoring: float
    steps: int = 0
    tokens: int = 0
    started: float = 0.0

    def step(self, tokens: int, left: Callable[[], float], epochs: int) -> None:
        """After each batch of `tokens`, padding included.

        Args:
            left: tokens of all batches still to come.
            epochs: still to come, this one included.
        """
        self.steps += 1
        if self.steps == 1:
            self.started = time.monotonic()
        elif self.steps <= TIMED_STEPS:
            self.tokens += tokens
        if self.steps == TIMED_STEPS:
            pace = (time.monotonic() - self.started) / self.tokens
            minutes = pace * (left() + epochs * self.scoring) / 60
            length = f"{minutes:.0f} minutes" if minutes >= 2 else f"{minutes * 60:.0f} seconds"
            self.log(
                f"about {length} for {epochs} epochs on this machine; less if an epoch brings "
                "nothing new"
            )


def tokens_in(tokens: Tokens, most: int) -> int:
    """Of all papers, each cut to `most`."""
    return sum(min(len(one), most) for one in tokens.ids)
