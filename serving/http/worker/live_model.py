"""The model that answers, and the one that takes its place when another is promoted."""

from __future__ import annotations

import ctypes
import sys
import threading
import weakref
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tagstract.labels.errors import InputError, one_line
from tagstract.model_folder import Model, resolve
from tagstract.model_folder.cascade import Speed
from tagstract.model_folder.encoder import threads_to_use
from tagstract.model_folder.store import DEFAULT_FOLDER
from tagstract.model_folder.store.promotions import promotions, served
from tagstract.serving.http.log import logger
from tagstract.serving.http.metrics import metrics
from tagstract.serving.http.settings import Settings
from tagstract.serving.tagger import Tagger

__all__ = ["Live", "Served"]

_SENTENCE = (
    "The first runs of a model are slower than those after them, so we let it read an abstract as "
    "long as most are before the service says that it is ready, and no user has to wait for it. "
)
WARM_UP = {"title": "A paper to warm up with", "abstract": _SENTENCE * 5}


@dataclass(frozen=True)
class Served:
    """A model that is loaded and warm, and what answers with it."""

    model: Model
    tagger: Tagger
    explainer: Tagger

    def tagger_for(
        self, top: int | None, threshold: float | None, all_probabilities: bool, explain: bool
    ) -> Tagger:
        """A tagger with the options of one call."""
        return Tagger(self.model, top, threshold, all_probabilities, explain)


class Live:
    """Holds the model that answers in `now`; a call takes `now` once, and keeps what it took.

    Where the settings name no model, it follows the promoted one: a thread looks for a change,
    loads and warms the new model beside the old one, and puts it into `now`. The old one's memory
    is freed with the last call that it answers.
    """

    now: Served

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._threads = max(1, threads_to_use() // settings.workers)
        self._seen: str | None = None
        self._stopped = threading.Event()

    def start(self) -> None:
        """Load the model, and follow what is promoted from then on.

        Raises:
            InputError: the model that the settings name can't be loaded. Of promoted ones an
                earlier is taken then, at last the one that ships.
        """
        if self._settings.model:
            self.now = self._load(resolve(self._settings.model))
        else:
            self._seen, self.now = self._first()
        metrics().observe_model(self.now.model.tag)
        if self._settings.reload_seconds and not self._settings.model:
            threading.Thread(target=self._follow, name="tagstract-live", daemon=True).start()

    def stop(self) -> None:
        """Follow no more."""
        self._stopped.set()

    def _first(self) -> tuple[str | None, Served]:
        # A worker that comes back must not fail for what the others live without.
        seen = _pointer()
        try:
            standing = promotions()
        except InputError as error:
            logger.error("promotion: %s; serving the shipped model", error)
            standing = []
        for event in reversed(standing):
            try:
                return seen, self._load(resolve(event.tag))
            except Exception as error:
                logger.error("promotion: %s; serving the one before it", _line(error))
        return seen, self._load(DEFAULT_FOLDER)

    def _follow(self) -> None:
        old: weakref.ref[Model] | None = None
        while not self._stopped.wait(self._settings.reload_seconds):
            if old is not None and old() is None:
                _give_memory_back()
                old = None
            seen = _pointer()
            if seen == self._seen:
                continue
            self._seen = seen  # what can't be loaded is not tried again until it changes
            try:
                old = self._take() or old
            except Exception as error:
                logger.error("promotion: %s; still serving %s", _line(error), self.now.model.tag)

    def _take(self) -> weakref.ref[Model] | None:
        """Put the promoted model into `now`, if it is another; returns the one before."""
        folder = resolve(None)
        if folder.samefile(self.now.model.folder):
            return None
        loaded = self._load(folder)
        before, self.now = self.now.model, loaded
        metrics().observe_model(loaded.model.tag)
        logger.info("promotion: %s in place of %s", loaded.model.tag, before.tag)
        return weakref.ref(before)

    def _load(self, folder: Path) -> Served:
        model = Model.load(folder, self._threads, True, Speed(self._settings.speed))
        model.encoder.open()
        served = Served(model, Tagger(model), Tagger(model, explain=True))
        # As many as the encoder has threads: it learns its pace as it is under load. Once by the
        # full model alone, since calls wait by its pace, whatever the cheaper stages spare it.
        model.score([WARM_UP] * 2 * self._threads, full=True)
        served.tagger.tag([WARM_UP] * 2 * self._threads)
        return served


def _give_memory_back() -> None:
    """Give what is free to the system; glibc keeps most of a freed model for itself."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library
            ctypes.CDLL(None).malloc_trim(0)


def _pointer() -> str:
    """What the promotion says now, or why it can't be read; changes when the promotion does."""
    try:
        return served() or ""
    except InputError as error:
        return str(error)


def _line(error: Exception) -> str:
    """An error in one line, with its kind where it is none of ours."""
    text = one_line(str(error))
    return text if isinstance(error, InputError) else f"{type(error).__name__}: {text}"
