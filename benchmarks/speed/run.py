"""All peers, step by step, each in processes of its own; their rounds take turns."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.speed.material import Material
from benchmarks.speed.peer import REPOSITORY, Peer
from benchmarks.speed.peers.torch_peers import FLOAT
from benchmarks.speed.process import STARTED
from benchmarks.speed.results import Kept, Result
from tagstract.labels import TagstractError
from tagstract.model_folder import resolve
from tagstract.model_folder.format import check

Log = Callable[[str], None]


@dataclass(frozen=True)
class Run:
    """Where a run keeps what it made, and how often it measures."""

    material: Material
    folder: Path
    rounds: int
    log: Log

    def measured(self, peers: Mapping[str, Peer]) -> dict[str, Result]:
        """Prepare, score and time peers; those that can't run are left out with a line."""
        self.material.save(self._material)
        ready: dict[str, Kept] = {}
        for name, peer in peers.items():
            try:
                ready[name] = self._prepared(name, peer)
            except TagstractError as error:
                self.log(f"{name}: left out: {error}")
        for number in range(self.rounds):
            # In turns: what else the machine does then slows all of them alike.
            for name in [name for name, kept in ready.items() if len(kept.rounds) <= number]:
                kept = ready[name]
                found = self._step(name, peers[name], "measure", kept.state["size"])
                kept.put("rounds", [*kept.rounds, found])
                self.log(f"{name}: round {number + 1}: {found['rate']:.1f} abstracts a second")
        results = {name: kept.result() for name, kept in ready.items()}
        return {name: result for name, result in results.items() if result is not None}

    @property
    def _material(self) -> Path:
        return self.folder / "material"

    def _prepared(self, name: str, peer: Peer) -> Kept:
        missing = [module for module in peer.modules if peer.python is None and not _has(module)]
        if missing:
            raise TagstractError(f"{', '.join(missing)} not installed")
        if peer.python is not None and peer.python() is None:
            raise TagstractError(f"{peer.modules[0]} has no environment; see benchmarks/README.md")
        kept = Kept.at(self.folder / f"{name}.json", self._key(peer))
        kept.once("prepare", lambda: self._step(name, peer, "prepare", max(peer.sizes)))

        def fastest() -> int:
            if len(peer.sizes) == 1:
                return peer.sizes[0]
            rates = {size: self._step(name, peer, "try", size)["rate"] for size in peer.sizes}
            self.log(f"{name}: " + ", ".join(f"batch {s}: {r:.1f}/s" for s, r in rates.items()))
            return max(rates, key=lambda size: rates[size])

        kept.once("size", fastest)
        kept.once("score", lambda: self._step(name, peer, "score", kept.state["size"]))
        return kept

    def _key(self, peer: Peer) -> str:
        models = [check(resolve(None)).files, (FLOAT / "README.md").read_text()]
        versions = {module: _version(module) for module in peer.modules}
        parts = [self.material.digest, peer.title, peer.sizes, versions, models]
        return hashlib.sha256(json.dumps(parts, default=dict).encode()).hexdigest()

    def _step(self, name: str, peer: Peer, step: str, size: int) -> dict[str, Any]:
        """Run a step in a new process.

        Raises:
            TagstractError: it failed; the last line that it said.
        """
        self.log(f"{name}: {step}")
        python = peer.python() if peer.python is not None else None
        words: Sequence[str | Path] = [
            python or sys.executable, "-m", "benchmarks.speed.process",
            name, step, self._material, self.folder / name, str(size),
        ]  # fmt: skip
        environment = {**os.environ, "PYTHONWARNINGS": "ignore", STARTED: repr(time.monotonic())}
        done = subprocess.run(
            words, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            last = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
            raise TagstractError(f"{step} failed: {last}")
        answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
        return answer


def _has(module: str) -> bool:
    return find_spec(module) is not None


def _version(module: str) -> str:
    names = {"sklearn": "scikit-learn", "fasttext": "fasttext-wheel"}
    try:
        return version(names.get(module, module.replace("_", "-")))
    except PackageNotFoundError:
        return ""
