"""From the words of a call to the module that answers it.

A command is a module of this folder; one with actions is a package that lists them in `ACTIONS`,
and each action is a module in it. A module is imported only when it is called.
"""

from __future__ import annotations

import argparse
import keyword
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any, NoReturn

from tagstract.labels.errors import InputError, one_line

__all__ = ["UNUSABLE", "Parser", "module_of", "overview", "print_error", "run_command"]

UNUSABLE = 2
"""Exit status of a call that can't be used."""


class Parser(argparse.ArgumentParser):
    """Reports a wrong call in one line, without the usage before it.

    Args:
        elsewhere: what to say of an option that belongs to another action, by option.
    """

    def __init__(self, *, elsewhere: Mapping[str, str] | None = None, **options: Any) -> None:
        super().__init__(**options)
        self._elsewhere = elsewhere or {}

    def parse_args(self, words: Any = None, namespace: Any = None) -> Any:
        arguments, unknown = self.parse_known_args(words, namespace)
        for word in unknown:
            if word.partition("=")[0] in self._elsewhere:
                raise InputError(self._elsewhere[word.partition("=")[0]])
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return arguments

    def error(self, message: str) -> NoReturn:
        print_error(f"{message}; see `{self.prog} --help`")
        sys.exit(UNUSABLE)


def overview(prog: str, about: str, parts: Mapping[str, str], what: str, usage: str = "") -> Parser:
    """The parser that answers `--help` and refuses an unknown command or action.

    Args:
        parts: what each command or action does.
        what: "command" or "action".
    """
    width = max(map(len, parts)) + 1
    lines = "\n".join(f"  {name:{width}} {text}" for name, text in parts.items())
    parser = Parser(
        prog=prog,
        usage=usage or f"{prog} {what.upper()} ...",
        description=about,
        epilog=f"{what}s:\n{lines}\n\nSee `{prog} {what.upper()} --help` for its options.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(what, choices=list(parts), help=argparse.SUPPRESS)
    return parser


def run_command(name: str, words: list[str]) -> int:
    """Run a command with what follows its name; returns its exit status."""
    command = import_module(f"tagstract.cli.{name}")
    prog, elsewhere = f"tagstract {name}", None
    actions: Mapping[str, str] | None = getattr(command, "ACTIONS", None)
    if actions is not None:
        if not words or words[0] not in actions:
            implied = getattr(command, "implied_action", None)
            if implied is None or not words or words[0] in ("-h", "--help"):
                about, usage = command.__doc__ or "", getattr(command, "USAGE", "")
                overview(prog, about, actions, "action", usage).parse_args(words)
                return UNUSABLE
            words = implied(words)
        action, *words = words
        prog = f"{prog} {action}"
        elsewhere = getattr(command, "elsewhere", lambda _: None)(action)
        command = module_of(name, action)
    parser = Parser(prog=prog, description=command.__doc__, elsewhere=elsewhere)
    command.add_arguments(parser)
    return int(command.run(parser.parse_args(words)))


def module_of(command: str, action: str) -> Any:
    """The module of an action; none can be called `import`."""
    name = action.replace("-", "_")
    name = f"{name}_" if keyword.iskeyword(name) else name
    return import_module(f"tagstract.cli.{command}.{name}")


def print_error(message: str) -> None:
    """What a call failed of, in one line."""
    print(f"tagstract: {one_line(message)}", file=sys.stderr)
