"""The command line: `tagstract`."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

import tagstract
from tagstract.cli.parsing import UNUSABLE, overview, print_error, run_command
from tagstract.labels.errors import TagstractError

COMMANDS = {
    "tag": "tag papers of feed files",
    "feed": "report how tagged feeds change",
    "train": "train a new model version from labelled papers",
    "evaluate": "score a model on labelled papers",
    "serve": "run the HTTP service",
    "keys": "create, list and revoke API keys",
    "models": "list, compare, promote, roll back, push and pull model versions",
    "taxonomy": "create, check and change taxonomies",
    "labels": "check, describe, choose, export and import labelled papers",
}
"""What each command does; its module here has its name."""

_FITTING = ("train", "evaluate", "labels")
"""Commands that fit models, with products of matrices that need all cores."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns 0 all done, 1 some records failed, 2 unusable call or input."""
    _mend_streams()
    try:
        try:
            return _run(list(sys.argv[1:] if argv is None else argv))
        finally:
            sys.stdout.flush()
    except TagstractError as error:
        print_error(str(error))
    except ModuleNotFoundError as error:
        from tagstract.labels.extras import of_module

        missing = of_module(error.name or "")
        if missing is None:
            raise
        print_error(str(missing))
    except OSError as error:
        # Whoever opens a file tells of its faults; a fault without a file is standard output's.
        if error.filename is None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):  # `| head` has what it wanted: whole lines
            print_error(f"{error.filename or '<stdout>'}: {error.strerror or error}")
    except KeyboardInterrupt:
        print_error("stopped")
    except MemoryError:
        print_error("out of memory; use smaller files")
    return UNUSABLE


def _run(arguments: list[str]) -> int:
    if not arguments or arguments[0] not in COMMANDS:
        about = "Tags research abstracts with research areas."
        parser = overview("tagstract", about, COMMANDS, "command")
        parser.add_argument("--version", action="version", version=tagstract.__version__)
        parser.parse_args(arguments)
        return UNUSABLE
    if arguments[0] not in _FITTING:
        # OpenBLAS starts its threads when NumPy is imported, and tagging has no use for them.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    return run_command(arguments[0], arguments[1:])


def _mend_streams() -> None:
    """Write nowhere where the caller closed a stream, and any text in any encoding."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
