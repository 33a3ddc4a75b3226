"""Where a trained model goes: a folder of the user's, or the model store."""

from __future__ import annotations

import argparse
import re
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tagstract.cli.messages import log
from tagstract.labels.errors import InputError
from tagstract.labels.storage.atomic import write_error

if TYPE_CHECKING:
    from tagstract.labels import Taxonomy
    from tagstract.training.sealing.writing import Written

_WORD = re.compile(r"[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?")


def add_destination(parser: argparse.ArgumentParser) -> None:
    """Arguments that name the new model and its place."""
    add = parser.add_argument
    add("--name", default="ai-research-areas", help="model name (default: %(default)s)")
    add("--version", help="model version (default: derived from the time and the papers)")
    add("--out", metavar="DIR", help="write a model folder, not a version in the model store")


def check_destination(arguments: argparse.Namespace) -> None:
    """Refuse a model that could not be kept, before it is trained.

    Raises:
        InputError: a name or version of other characters, or a place that is taken.
    """
    from tagstract.labels.storage.new_folder import check_new
    from tagstract.model_folder.store import check_free

    for option in ("name", "version"):
        value = getattr(arguments, option)
        if value is not None and not _WORD.fullmatch(value):
            raise InputError(
                f"--{option} {value!r}: use lowercase letters, digits, '-', '_' and '.', at most 63"
            )
    if arguments.out:
        check_new(Path(arguments.out))
    elif arguments.version:
        check_free(f"{arguments.name}:{arguments.version}")


def make_model(
    arguments: argparse.Namespace, taxonomy: Taxonomy, train: Callable[[Path], Written]
) -> None:
    """Have a model made in a new folder, keep it where `arguments` say, and print its figures.

    Args:
        taxonomy: its areas, as they are known now: whoever edits their file during a long training
            must not change what they mean.
        train: writes the model into an empty folder that holds the taxonomy.

    Raises:
        InputError: the place can't be written.
    """
    started = time.monotonic()

    def made(folder: Path) -> Written:
        (folder / "taxonomy.yaml").write_text(taxonomy.as_text(), encoding="utf-8")
        return train(folder)

    written, where = _in_folder(arguments.out, made) if arguments.out else _in_store(made)
    if written.checkpoints:
        shutil.rmtree(written.checkpoints, ignore_errors=True)
    _print_figures(written, time.monotonic() - started)
    print(where)


def _in_folder(out: str, make: Callable[[Path], Written]) -> tuple[Written, str]:
    from tagstract.labels.storage.new_folder import new_folder

    with new_folder(Path(out)) as folder:
        return make(folder), out


def _in_store(make: Callable[[Path], Written]) -> tuple[Written, str]:
    from tagstract.labels.storage.workspace import workspace
    from tagstract.model_folder.store import clean_wrecks, register

    place = Path(tempfile.gettempdir())
    try:
        with workspace(place) as folder:
            written = make(folder)
            for wreck in clean_wrecks(written.facts.name):
                log(f"removed {wreck}, an incomplete version from an interrupted copy")
            return written, register(written.folder, written.facts)
    except OSError as error:
        raise write_error(error, Path(str(error.filename2 or error.filename or place))) from error


def _print_figures(written: Written, seconds: float) -> None:
    log(f"figures {written.metrics['how']}")
    figures, baseline = written.metrics["model"], written.metrics["baseline"]
    if figures is None:
        log(f"{seconds:.0f} s")
        return
    log(
        f"micro-F1 {figures['micro_f1']:.3f} (TF-IDF + LR {baseline['micro_f1']:.3f}), "
        f"macro-F1 {figures['macro_f1']:.3f} ({baseline['macro_f1']:.3f}), "
        f"precision at 1 {figures['precision_at_1']:.3f}, ECE {figures['ece']:.3f}; {seconds:.0f} s"
    )
