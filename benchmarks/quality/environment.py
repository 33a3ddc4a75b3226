"""Peers that live in environments of their own, made at first use under `build/peers`."""

from __future__ import annotations

import subprocess
import sys
import venv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tagstract.labels import TagstractError

DONE = ".requirements"


def environment(folder: Path, requirements: Sequence[str], log: Callable[[str], None]) -> Path:
    """The `bin` of an environment with these packages; made where it is not there yet.

    Raises:
        TagstractError: they can't be installed; the last line that pip said.
    """
    wanted = "\n".join(requirements)
    done, scripts = folder / DONE, folder.resolve() / "bin"
    if done.is_file() and done.read_text() == wanted:
        return scripts
    log(f"installing {', '.join(requirements)} into {folder}")
    venv.create(folder, with_pip=True)
    call([scripts / "python", "-m", "pip", "install", "-q", *requirements])
    done.write_text(wanted)
    return scripts


def call(
    command: Sequence[str | Path],
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    loud: bool = False,
) -> None:
    """Run a peer's command.

    Args:
        loud: what it says goes to standard error, not away.

    Raises:
        TagstractError: it failed; the last line that it said.
    """
    words = [str(word) for word in command]
    stream = sys.stderr if loud else subprocess.PIPE
    done = subprocess.run(
        words, cwd=cwd, env=env, stdout=stream, stderr=stream, text=True, check=False
    )
    if done.returncode:
        last = ((done.stderr or done.stdout or "").strip().splitlines() or ["said nothing"])[-1]
        raise TagstractError(f"{' '.join(words[:3])} failed: {last}")
