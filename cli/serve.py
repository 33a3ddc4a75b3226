"""Run the HTTP service."""

from __future__ import annotations

import argparse
import os
import socket
import sys
from pathlib import Path

import tagstract
from tagstract.cli.messages import note
from tagstract.cli.options import add_model, add_speed
from tagstract.labels.errors import OK, InputError
from tagstract.labels.extras import need


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add("--port", type=int, default=3000, help="port to listen on (default: %(default)s)")
    add_model(parser)
    add("--workers", type=int, help="worker processes, each with its own model (default: 1)")
    add_speed(parser, default=None)
    add("--settings", action="store_true",
        help="print the current settings (environment variables) and exit")  # fmt: skip
    add("--timeout-graceful-shutdown", type=int, metavar="SECONDS",
        help="time for open requests to finish at shutdown (default: 30)")  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    need("serve")
    from tagstract.serving.http.settings import Settings, rename_old, table

    rename_old(os.environ, note)
    if arguments.settings:
        _print(table(os.environ))
        return OK
    settings = Settings.from_environment(os.environ)
    for name in ("workers", "timeout_graceful_shutdown"):
        given = getattr(arguments, name)
        if given is not None and given < 1:
            option = "--" + name.replace("_", "-")
            raise InputError(f"{option} {given}; use 1 or more")
    from tagstract.model_folder import resolve
    from tagstract.model_folder.format import check

    # A service that can't start is started again for ever, so the model is checked here.
    pinned = arguments.model or settings.model
    folder = resolve(pinned)
    model = check(folder)
    keys = _keys(settings.keys_file)
    address = _address(arguments.host, arguments.port)
    print(
        f"serving {model.tag} on http://{arguments.host}:{arguments.port}, POST /tag; {keys}",
        file=sys.stderr,
        flush=True,
    )
    environment = {
        **os.environ,
        # Without a name the service follows what is promoted.
        "TAGSTRACT_MODEL": str(folder.resolve()) if pinned else "",
        "TAGSTRACT_KEYS": str(settings.keys_file.absolute()) if settings.keys_file else "",
        "TAGSTRACT_SPEED": arguments.speed or settings.speed,
        # BentoML's own option for it is taken and does nothing.
        "TAGSTRACT_WORKERS": str(arguments.workers or settings.workers),
        "TAGSTRACT_STOP_SECONDS": str(arguments.timeout_graceful_shutdown or settings.stop_seconds),
        # Else glibc keeps memory for each thread, and a worker grows with every model it takes up.
        "MALLOC_ARENA_MAX": os.environ.get("MALLOC_ARENA_MAX", "2"),
        # The folder it is called from may hold a `serving` or `labels` of its own.
        "PYTHONSAFEPATH": "1",
    }
    command = [sys.executable, "-m", "bentoml", "serve", "tagstract.serving.service:Tagstract",
               "--working-dir", str(Path(tagstract.__file__).parents[1]),
               "--host", address, "--port", str(arguments.port)]  # fmt: skip
    # In the place of this process: signals then reach the service itself.
    os.execve(sys.executable, command, environment)


def _keys(file: Path | None) -> str:
    """What is said of keys at the start.

    Raises:
        InputError: the file of keys can't be used.
    """
    if file is None:
        return "no key required"
    from tagstract.serving.http import api_keys

    in_use = sum(key.revoked is None for key in api_keys.load(file))
    return f"key required, {in_use:,} active"


def _print(rows: list[tuple[str, str, str, str]]) -> None:
    rows = [("setting", "default", "now", "meaning"), *rows]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row[:3], widths, strict=True)]
        print("  ".join([*cells, row[3]]))


def _address(host: str, port: int) -> str:
    """The IP address of a host, once it is known that its port can be listened on.

    The server takes no names, and prints a traceback where it can't listen.
    """
    if not 0 < port < 1 << 16:
        raise InputError(f"--port {port} is not a port; use 1 to 65535")
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host or "?", port))  # an empty host would be every address
            return str(probe.getsockname()[0])
    except (socket.gaierror, UnicodeError) as error:
        raise InputError(f"--host '{host}' is not an address of this machine") from error
    except OSError as error:
        raise InputError(
            f"can't listen on {host}, port {port} ({error.strerror}); use another --port or --host"
        ) from error
