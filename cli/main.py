"""The command line: `tagstract`. A command's module is imported only when it is called."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from tagstract.labels.errors import TagstractError, one_line

UNUSABLE = 2

COMMANDS = {
    "tag": "tag papers of feed files",
    "feed": "report how tagged feeds change",
    "train": "train a new model version from labelled papers",
    "evaluate": "score a model on labelled papers",
    "serve": "run the HTTP service",
    "keys": "create, list and revoke API keys",
    "models": "list, compare, promote, roll back, push and pull model versions",
    "taxonomy": "create, check and change taxonomies",
    "labels": "check, describe, choose and import labelled papers",
}
"""What each command does; its module here has its name."""

ACTIONS = {
    ("labels", "check"): "check",
    ("labels", "suggest"): "suggest",
    ("models", "promote"): "promote",
    ("models", "diff"): "diff",
    ("models", "push"): "push",
    ("models", "pull"): "pull",
}
"""Actions that have a module of their own."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns 0 all done, 1 some records failed, 2 unusable call or input."""
    _mend_streams()
    try:
        try:
            return _run(list(sys.argv[1:] if argv is None else argv))
        finally:
            sys.stdout.flush()
    except TagstractError as error:
        _print_error(str(error))
    except ModuleNotFoundError as error:
        from tagstract.labels.extras import of_module

        missing = of_module(error.name or "")
        if missing is None:
            raise
        _print_error(str(missing))
    except OSError as error:
        # Whoever opens a file tells of its faults; a fault without a file is standard output's.
        if error.filename is None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):  # `| head` has what it wanted: whole lines
            _print_error(f"{error.filename or '<stdout>'}: {error.strerror or error}")
    except KeyboardInterrupt:
        _print_error("stopped")
    except MemoryError:
        _print_error("out of memory; give smaller files")
    return UNUSABLE


def _run(arguments: list[str]) -> int:
    if not arguments or arguments[0] not in COMMANDS:
        _overview().parse_args(arguments)
        return UNUSABLE
    name, rest = arguments[0], arguments[1:]
    place, prog = name, f"tagstract {name}"
    if (name, *rest[:1]) in ACTIONS:
        action = rest.pop(0)
        place, prog = ACTIONS[name, action], f"{prog} {action}"
    module = import_module(f"tagstract.cli.{place}")
    parser = _Parser(prog=prog, description=module.__doc__)
    module.add_arguments(parser)
    return int(module.run(parser.parse_args(rest)))


class _Parser(argparse.ArgumentParser):
    """Tells a wrong call in one line, without the usage before it."""

    def error(self, message: str) -> NoReturn:
        _print_error(f"{message}; see `{self.prog} --help`")
        sys.exit(UNUSABLE)


def _print_error(message: str) -> None:
    print(f"tagstract: {one_line(message)}", file=sys.stderr)


def _mend_streams() -> None:
    """Write nowhere where the caller closed a stream, and any text in any encoding."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _overview() -> argparse.ArgumentParser:
    """The parser that answers `--help` and refuses an unknown command."""
    from importlib.metadata import version

    lines = "\n".join(f"  {name:10} {text}" for name, text in COMMANDS.items())
    parser = _Parser(
        prog="tagstract",
        usage="tagstract COMMAND ...",
        description="Tags research abstracts with research areas.",
        epilog=f"commands:\n{lines}\n\nSee `tagstract COMMAND --help` for its options.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=version("tagstract"))
    parser.add_argument("command", choices=list(COMMANDS), help=argparse.SUPPRESS)
    return parser
