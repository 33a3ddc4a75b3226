"""Run the HTTP service."""

from __future__ import annotations

import argparse
import os
import socket
import sys

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
    if arguments.workers < 1:
        raise InputError(f"--workers {arguments.workers}; give 1 or more")
    from model_folder import Model, resolve

    # A service that can't start is started again for ever, so the model is checked here.
    folder = resolve(arguments.model)
    model = Model.load(folder, threads=1)
    _check_port(arguments.host, arguments.port)
    print(
        f"serving {model.tag} on http://{arguments.host}:{arguments.port}, POST /tag",
        file=sys.stderr,
        flush=True,
    )
    environment = {
        **os.environ,
        "TAGSTRACT_MODEL": str(folder.resolve()),
        "BENTOML_DO_NOT_TRACK": "True",
    }
    command = [sys.executable, "-m", "bentoml", "serve", "serving.service:Tagstract",
               "--host", arguments.host, "--port", str(arguments.port),
               "--api-workers", str(arguments.workers),
               "--timeout-graceful-shutdown", str(arguments.timeout_graceful_shutdown)]  # fmt: skip
    # In the place of this process: signals then reach the service itself.
    os.execve(sys.executable, command, environment)


def _check_port(host: str, port: int) -> None:
    """Refuse an address that can't be listened on, rather than print the server's traceback."""
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"can't listen on port {port} ({reason}); give another --port") from error
