"""How far a batch is: shown on standard error while someone looks at it there."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

__all__ = ["BatchProgress"]


class BatchProgress:
    """A bar with papers done of all, papers a second and the time left; gone when the work ends.

    Nothing is shown where standard error is no terminal, or with `quiet`.

    Args:
        count: counts all papers; runs in a thread of its own and returns None where it can't tell.
    """

    def __init__(self, quiet: bool, count: Callable[[], int | None]) -> None:
        self._shown = not quiet and sys.stderr.isatty()
        self._count = count
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def __call__(self, done: int) -> None:
        """Show that so many papers are done; the first call starts the clock."""
        if self._progress is None:
            return
        if self._task is None:
            self._task = self._progress.add_task("tagging", total=None, completed=done, rate="")
            threading.Thread(target=self._set_total, daemon=True).start()
        speed = self._progress.tasks[0].speed
        rate = f"{speed:,.0f} papers/s" if speed else ""
        self._progress.update(self._task, completed=done, rate=rate)

    def __enter__(self) -> BatchProgress:
        if self._shown:
            from rich.console import Console
            from rich.progress import (
                BarColumn,
                MofNCompleteColumn,
                Progress,
                TextColumn,
                TimeRemainingColumn,
            )

            self._progress = Progress(
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[rate]}"),
                TimeRemainingColumn(),
                TextColumn("left"),
                console=Console(stderr=True),
                transient=True,
            )
            self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Clear the bar."""
        if self._progress is not None:
            self._progress.stop()

    def _set_total(self) -> None:
        total = self._count()
        if total is not None and self._progress is not None and self._task is not None:
            self._progress.update(self._task, total=total)
