"""What a process and those below it cost: seconds, processor seconds, memory."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cost:
    """Of one process, from its start to its end.

    memory: the most that it held, in MB; 0 where the system does not tell (not Linux).
    """

    seconds: float
    cpu_seconds: float
    memory: float


def cost_of(
    command: Sequence[str],
    environment: Mapping[str, str] | None = None,
    cores: int | None = None,
    good: Sequence[int] = (0,),
) -> Cost:
    """Run a command to its end.

    Args:
        cores: it may use so many; None: all of this process (Linux).
        good: exit statuses that are none of a failure.

    Raises:
        RuntimeError: it failed; the last line that it said.
    """
    before, began = _children(), time.perf_counter()
    process = subprocess.Popen(
        list(command),
        env={**os.environ, **(environment or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    if cores is not None:
        os.sched_setaffinity(process.pid, sorted(os.sched_getaffinity(0))[:cores])
    memory = 0
    while process.poll() is None:
        memory = max(memory, most_resident(process.pid))
        time.sleep(0.01)
    seconds = time.perf_counter() - began
    _, said = process.communicate()
    if process.returncode not in good:
        last = (said.strip().splitlines() or [f"exit status {process.returncode}"])[-1]
        raise RuntimeError(f"{' '.join(command[:4])}: {last}")
    return Cost(seconds, _children() - before, memory / 1024)


def most_resident(process: int) -> int:
    """The largest resident size of a process so far, in kB; 0 once it has ended (Linux)."""
    try:
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{process}/status").read_text())
    except OSError:
        return 0
    return int(found[1]) if found else 0


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
