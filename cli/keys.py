"""Create, list and revoke API keys for the HTTP service."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from tagstract.labels.errors import OK, InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = actions.add_parser("add", help="create a key and print it once")
    revoke = actions.add_parser("revoke", help="revoke a key; takes effect within two seconds")
    actions.add_parser("list", help="list active and revoked keys")
    for action in (add, revoke):
        action.add_argument("name", metavar="NAME", help="name of the client, shown in the log")
    for action in actions.choices.values():
        action.add_argument("--keys", metavar="FILE", help="key file; default: $TAGSTRACT_KEYS")


def run(arguments: argparse.Namespace) -> int:
    from tagstract.serving.http import api_keys

    given = arguments.keys or os.environ.get("TAGSTRACT_KEYS")
    if not given:
        raise InputError("no key file is set; use --keys FILE or set TAGSTRACT_KEYS")
    path = Path(given)
    if arguments.action == "add":
        print(api_keys.add(path, arguments.name))
        note = f"the key of '{arguments.name}'; it is not stored and can't be shown again"
        print(f"tagstract: {note}", file=sys.stderr)
    elif arguments.action == "revoke":
        api_keys.revoke(path, arguments.name)
        print(f"the key of '{arguments.name}' is revoked")
    else:
        for key in api_keys.load(path):
            state = f"revoked {key.revoked}" if key.revoked else "in use"
            print(f"{key.name:32} {key.created}  {state}")
    return OK
