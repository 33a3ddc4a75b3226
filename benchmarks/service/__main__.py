"""`python -m benchmarks.service ladder|soak`."""

from __future__ import annotations

import argparse

from benchmarks.service import ladder, soak


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.service")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for module in (ladder, soak):
        name = module.__name__.rpartition(".")[2]
        action = actions.add_parser(name, help=(module.__doc__ or "").splitlines()[0])
        module.add_arguments(action)
        action.set_defaults(run=module.run)
    arguments = parser.parse_args()
    status: int = arguments.run(arguments)
    return status


if __name__ == "__main__":
    raise SystemExit(main())
