"""The transformer of a model folder: ONNX Runtime and tokenizers, nothing heavier."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tagstract.labels import InputError
from tagstract.model_folder.gpu import batches, open_gpu_session

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Encoding, Tokenizer

WordTable = Callable[[NDArray[np.int64]], NDArray[np.float32]]
"""Token ids to their word embeddings, (tokens, width)."""


def threads_to_use() -> int:
    """The cores this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def open_session(path: Path | str) -> InferenceSession:
    """An ONNX Runtime session on the CPU that runs in the thread of its caller.

    Raises:
        InputError: the file is no ONNX model.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(
            str(path),
            options,
            providers=["CPUExecutionProvider"],
            # Its kernel for a sum and a norm in one is slower than those for each of them: a fifth
            # of a run (`docs/log.md`, 2026-11-25).
            disabled_optimizers=["SkipLayerNormFusion"],
        )
    except Exception as error:  # onnxruntime raises classes of its own for each kind of damage
        raise InputError("can't be loaded as an ONNX model", str(path)) from error


def open_tokenizer(path: Path) -> Tokenizer:
    """A tokenizer of whole texts: it neither cuts nor pads.

    Raises:
        InputError: the file is none.
    """
    from tokenizers import Tokenizer

    try:
        tokenizer: Tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises bare Exception
        raise InputError("can't be loaded as a tokenizer", str(path)) from error
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _stand_back() -> None:
    """Lower the priority of this thread, where threads have one of their own."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)


class Encoder:
    """Texts in, embeddings out: each text a run of its own, on as many threads as there are cores.
    On a GPU texts of one length run together.

    Runs of one text cost less processor time than batches (no padding, and everything stays in
    the cache; `docs/log.md`, 2026-11-24). They also keep the embedding of a text the same
    whatever stands beside it: dynamic int8 scales activations by the whole batch.

    Callers share the threads fairly: each has at most `threads` texts among those that wait, so
    one text waits for a few of a long list, never for all of it.

    Args:
        model: path of the ONNX file. It is loaded by the first run, or by `open`.
        tokenizer: path of `tokenizer.json`; None: for token ids alone.
        max_tokens: longer texts are cut to this, special tokens included.
        threads: texts at a time; None: as many as this process may use cores.
        polite: the threads stand back where another of this process wants a core: of a service,
            the one that answers.
        words: looks up the word embeddings of token ids, for a model that takes them in place of
            the ids.
    """

    def __init__(
        self,
        model: Path,
        tokenizer: Path | None,
        max_tokens: int,
        threads: int | None = None,
        polite: bool = False,
        words: WordTable | None = None,
    ) -> None:
        self._tokenizer = None if tokenizer is None else open_tokenizer(tokenizer)
        self._model, self._opening = model, threading.Lock()
        self.threads = threads or threads_to_use()
        self._pool = ThreadPoolExecutor(
            self.threads, "tagstract-encoder", _stand_back if polite else None
        )
        self._runs, self._seconds = 0, 0.0
        self.max_tokens = max_tokens
        self._words = words
        self._together = False

    def open(self) -> None:
        """Load the model now, for who must not wait for it later.

        Raises:
            InputError: the file is no ONNX model.
        """
        with self._opening:
            _ = self._session

    @cached_property
    def _session(self) -> InferenceSession:
        session = open_gpu_session(self._model)
        self._together = session is not None
        return session or open_session(self._model)

    @property
    def device(self) -> str:
        """What it runs on: "cpu", or "cuda" for a GPU."""
        self.open()
        first: str = self._session.get_providers()[0]
        return first.removesuffix("ExecutionProvider").lower()

    @property
    def width(self) -> int:
        """Of an embedding."""
        self.open()
        return int(self._session.get_outputs()[0].shape[-1])

    def tokenize(self, texts: Sequence[str]) -> list[Encoding]:
        """Whole texts as tokens; `embed_tokens` cuts them."""
        assert self._tokenizer is not None
        encodings: list[Encoding] = self._tokenizer.encode_batch_fast(list(texts))
        return encodings

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(texts, width)."""
        return self.embed_tokens([encoding.ids for encoding in self.tokenize(texts)])

    def embed_tokens(self, tokens: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """(texts, width), from token ids with special tokens."""
        out = np.empty((len(tokens), self.width), dtype=np.float32)
        cut = [self._cut(ids) for ids in tokens]
        if self._together:
            runs = list(batches(cut))
        else:
            # The longest first: the threads then end at nearly the same time.
            runs = [[row] for row in sorted(range(len(cut)), key=lambda row: len(cut[row]))]
        chains: list[Future[None]] = [Future() for _ in range(min(self.threads, len(runs)))]
        for rows, chain in [(runs.pop(), chain) for chain in chains]:
            self._pool.submit(self._embed_next, cut, runs, out, rows, chain)
        for chain in chains:
            chain.result()
        return out

    def _embed_next(
        self,
        tokens: Sequence[Sequence[int]],
        runs: list[list[int]],
        out: NDArray[np.float32],
        rows: list[int],
        whole: Future[None],
    ) -> None:
        """Embed the rows of a run, then get in line with the next of `runs`; ends `whole` when none
        is left."""
        try:
            out[rows] = self._run([tokens[row] for row in rows])
            try:
                following = runs.pop()
            except IndexError:
                whole.set_result(None)
                return
            # Behind the texts that other callers wait for.
            self._pool.submit(self._embed_next, tokens, runs, out, following, whole)
        except BaseException as error:
            runs.clear()
            whole.set_exception(error)

    @property
    def pace(self) -> float:
        """Texts a second with all threads at work, by the last runs; 0: none yet."""
        return self.threads / self._seconds if self._seconds else 0.0

    def _run(self, tokens: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """(texts, width), of texts of one length."""
        started = perf_counter()
        ids = np.array(tokens, dtype=np.int64)
        mask = np.ones_like(ids)
        feed: dict[str, NDArray[Any]] = {"input_ids": ids, "attention_mask": mask}
        if self._words is not None:
            words = self._words(ids.ravel()).reshape(*ids.shape, -1)
            feed = {"word_embeddings": words, "attention_mask": mask}
        embeddings: NDArray[np.float32] = self._session.run(None, feed)[0]
        # Threads may lose a run of each other here; a mean does not mind.
        self._runs += 1
        seconds = (perf_counter() - started) / len(tokens)
        self._seconds += (seconds - self._seconds) / min(self._runs, 25)
        return embeddings

    def _cut(self, ids: Sequence[int]) -> Sequence[int]:
        """The first tokens and the closing special token."""
        if len(ids) <= self.max_tokens:
            return ids
        return [*ids[: self.max_tokens - 1], ids[-1]]
