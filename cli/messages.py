"""What a command prints on standard error beside its work."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tagstract.labels.errors import one_line

if TYPE_CHECKING:
    from tagstract.labels import LabelledSet

__all__ = ["log", "note", "print_problems"]


def log(text: str) -> None:
    """A line of progress, at once."""
    print(one_line(text), file=sys.stderr, flush=True)


def note(text: str) -> None:
    """A line about the call, which may stand among those of other programs."""
    print(f"tagstract: {one_line(text)}", file=sys.stderr)


def print_problems(labelled: LabelledSet) -> None:
    """The guesses that reading labelled papers took, then the records that were left out."""
    for line in (*labelled.notes, *labelled.problems):
        print(one_line(str(line)), file=sys.stderr)
