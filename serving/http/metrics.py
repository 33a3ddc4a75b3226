"""What the service counts, for Prometheus; its workers add up.

Every label has few values: calls are those of the description, codes those of the errors, areas
those of the taxonomy. A path or a text of a caller is never one.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import psutil

from tagstract.labels.tagged import Status, Tagged

__all__ = ["Metrics", "metrics"]

_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Names the folder where each worker keeps its counts in files, and one reads those of all."""

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60)
_PAPERS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)


class Metrics:
    """The counts of this process; `exposition` is that of all workers together."""

    def __init__(self) -> None:
        self._shared = _FOLDER in os.environ
        if self._shared:
            _take_own_folder()
        # Only now: the library looks at the folder when it is imported.
        from prometheus_client import CollectorRegistry, Gauge, Histogram
        from prometheus_client import Counter as Count

        self._registry = registry = CollectorRegistry()
        self._requests = Count(
            "tagstract_requests",
            "Requests answered; code is the error's, 499 a client that disconnected",
            ["call", "status", "code"],
            registry=registry,
        )
        self._seconds = Histogram(
            "tagstract_request_duration_seconds",
            "Time from the request's headers to the end of the response",
            ["call"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._papers = Count(
            "tagstract_papers",
            "Papers answered; reason is why a paper got no tags",
            ["call", "status", "reason"],
            registry=registry,
        )
        self._call_papers = Histogram(
            "tagstract_call_papers", "Papers per request", ["call"],
            buckets=_PAPERS, registry=registry,
        )  # fmt: skip
        self._tags = Count("tagstract_tags", "Tags given", ["area"], registry=registry)
        self._corrections = Count(
            "tagstract_corrections", "Corrections received", ["status"], registry=registry
        )
        self._at_work = Gauge(
            "tagstract_papers_in_work", "Papers being tagged or explained",
            multiprocess_mode="livesum", registry=registry,
        )  # fmt: skip
        self._model = Gauge(
            "tagstract_model_info", "1 for the live model", ["model"],
            multiprocess_mode="livemax", registry=registry,
        )  # fmt: skip
        self._live: str | None = None

    def observe_request(self, call: str, status: int, code: str, seconds: float) -> None:
        """Count a request; `code` is empty where it did not fail."""
        self._requests.labels(call, str(status), code).inc()
        self._seconds.labels(call).observe(seconds)

    def observe_answers(self, call: str, answers: Sequence[Tagged]) -> None:
        """Count the tagged papers of an answer, their tags and what they abstained for."""
        self._call_papers.labels(call).observe(len(answers))
        outcomes = Counter((paper.status, paper.reason) for paper in answers)
        for (status, reason), count in outcomes.items():
            # An error's reason is a sentence about its record.
            shown = str(reason) if status == Status.ABSTAINED else ""
            self._papers.labels(call, status, shown).inc(count)
        for area, count in Counter(tag.area for paper in answers for tag in paper.tags).items():
            self._tags.labels(area).inc(count)

    def observe_corrections(self, statuses: Sequence[str]) -> None:
        """Count corrections by what became of each."""
        for status, count in Counter(statuses).items():
            self._corrections.labels("refused" if status == "error" else status).inc(count)

    def observe_model(self, tag: str) -> None:
        """Say which model answers from now on."""
        if self._live is not None:
            self._model.labels(self._live).set(0)
        self._model.labels(tag).set(1)
        self._live = tag

    @contextlib.contextmanager
    def at_work(self, papers: int) -> Iterator[None]:
        """Papers are in work while this is entered."""
        self._at_work.inc(papers)
        try:
            yield
        finally:
            self._at_work.dec(papers)

    def exposition(self) -> bytes:
        """The counts of all workers, those that have ended too, in Prometheus' text format."""
        from prometheus_client import CollectorRegistry, generate_latest, multiprocess

        if not self._shared:
            return generate_latest(self._registry)
        folder = Path(os.environ[_FOLDER])
        for file in folder.glob("gauge_live*.db"):
            # A worker that was killed has nothing in work, and no model.
            if not psutil.pid_exists(int(file.stem.rpartition("_")[2])):
                file.unlink(missing_ok=True)
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry, str(folder))  # type: ignore[no-untyped-call]
        return generate_latest(registry)


@cache
def metrics() -> Metrics:
    """The metrics of this process, made when they are first asked for."""
    return Metrics()


def _take_own_folder() -> None:
    """Count in a folder that is this service's alone, not in the one that BentoML names.

    BentoML's is one for all services of a home, emptied at each start: a second service on the
    machine, or on the same volume, would take the counts of the first. Where no folder can be
    made, BentoML's stays.
    """
    # On Windows the temporary folder is the user's own, and every file's owner is 0.
    user = os.getuid() if os.name != "nt" else 0
    home = Path(tempfile.gettempdir()) / f"tagstract-{user}"
    try:
        home.mkdir(0o700, exist_ok=True)
        if home.is_symlink() or home.stat().st_uid != user:
            return  # another's, who could read along
        own = home / _name_of(os.getppid())
        own.mkdir(0o700, exist_ok=True)
    except (OSError, psutil.Error):
        return
    os.environ[_FOLDER] = str(own)
    for other in home.iterdir():
        with contextlib.suppress(ValueError, psutil.Error):
            if not psutil.pid_exists(pid := int(other.name.partition("-")[0])) or (
                _name_of(pid) != other.name
            ):
                shutil.rmtree(other, ignore_errors=True)


def _name_of(pid: int) -> str:
    """A name that only this process has, now and later: that of all workers' parent."""
    return f"{pid}-{psutil.Process(pid).create_time():.0f}"
