"""Run the HTTP service."""

from __future__ import annotations

import argparse
import os
import socket
import sys
from pathlib import Path

from labels.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add("--port", type=int, default=3000, help="(default: %(default)s)")
    add("--model", metavar="NAME_OR_DIR", help="default: the promoted one, else the one that ships")
    add("--workers", type=int, default=1, help="processes, each with a model of its own")
    add("--timeout-graceful-shutdown", type=int, default=30, metavar="SECONDS",
        help="what requests in flight get when it is stopped (default: %(default)s)")  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    for name in ("workers", "timeout_graceful_shutdown"):
        if getattr(arguments, name) < 1:
            option = "--" + name.replace("_", "-")
            raise InputError(f"{option} {getattr(arguments, name)}; give 1 or more")
    from model_folder import Model, resolve

    # A service that can't start is started again for ever, so the model is checked here.
    folder = resolve(arguments.model)
    model = Model.load(folder, threads=1)
    address = _address(arguments.host, arguments.port)
    print(
        f"serving {model.tag} on http://{arguments.host}:{arguments.port}, POST /tag",
        file=sys.stderr,
        flush=True,
    )
    environment = {
        **os.environ,
        "TAGSTRACT_MODEL": str(folder.resolve()),
        "BENTOML_DO_NOT_TRACK": "True",
        # The folder it is called from may hold a `serving` or `labels` of its own.
        "PYTHONSAFEPATH": "1",
    }
    command = [sys.executable, "-m", "bentoml", "serve", "serving.service:Tagstract",
               "--working-dir", str(Path(__file__).parents[2]),
               "--host", address, "--port", str(arguments.port),
               "--api-workers", str(arguments.workers),
               "--timeout-graceful-shutdown", str(arguments.timeout_graceful_shutdown)]  # fmt: skip
    # In the place of this process: signals then reach the service itself.
    os.execve(sys.executable, command, environment)


def _address(host: str, port: int) -> str:
    """The IP address of a host, once it is known that its port can be listened on.

    The server takes no names, and prints a traceback where it can't listen.
    """
    if not 0 < port < 1 << 16:
        raise InputError(f"--port {port} is no port; give 1 to 65535")
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host or "?", port))  # an empty host would be every address
            return str(probe.getsockname()[0])
    except (socket.gaierror, UnicodeError) as error:
        raise InputError(f"--host '{host}' is no address of this machine; give another") from error
    except OSError as error:
        raise InputError(
            f"can't listen on {host}, port {port} ({error.strerror}); give another --port or --host"
        ) from error
