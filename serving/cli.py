"""The command line: `tagstract`. A command's module is imported only when it is called."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

UNUSABLE = 2

COMMANDS = {
    "tag": ("serving.commands.tag", "tag papers of feed files"),
    "train": ("training.commands.train", "train a new model version from labelled papers"),
    "evaluate": ("training.commands.evaluate", "score a model on labelled papers"),
    "serve": ("serving.commands.serve", "run the HTTP service"),
    "models": ("serving.commands.models", "list, show, promote and roll back model versions"),
    "labels": ("labels.commands.labels", "check, describe, choose and import labelled papers"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns 0 all done, 1 some records failed, 2 unusable call or input."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] not in COMMANDS:
        _overview().parse_args(arguments)
        return UNUSABLE
    name, rest = arguments[0], arguments[1:]
    module = import_module(COMMANDS[name][0])
    parser = argparse.ArgumentParser(prog=f"tagstract {name}", description=module.__doc__)
    module.add_arguments(parser)
    parsed = parser.parse_args(rest)
    from labels.errors import TagstractError

    try:
        return int(module.run(parsed))
    except TagstractError as error:
        print(f"tagstract: {error}", file=sys.stderr)
    except BrokenPipeError:
        # The reader of a pipe has left (`| head`); what it took is whole lines.
        sys.stderr.close()
    except KeyboardInterrupt:
        print("tagstract: stopped", file=sys.stderr)
    return UNUSABLE


def _overview() -> argparse.ArgumentParser:
    """The parser that answers `--help` and refuses an unknown command."""
    from importlib.metadata import version

    lines = "\n".join(f"  {name:10} {text}" for name, (_, text) in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="tagstract",
        usage="tagstract COMMAND ...",
        description="Tags research abstracts with research areas.",
        epilog=f"commands:\n{lines}\n\n`tagstract COMMAND --help` tells more of each.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=version("tagstract"))
    parser.add_argument("command", choices=list(COMMANDS), help=argparse.SUPPRESS)
    return parser
