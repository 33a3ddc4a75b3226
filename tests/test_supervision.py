"""The process manager of the running service: closed to other users, and gone when it should be."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from running import running_service

BENTOML = "import sys; sys.argv[1:1] = []; from bentoml_cli.cli import cli; cli()"

ATTACK = """
import os, sys, zmq
os.setgid(int(sys.argv[2])); os.setuid(int(sys.argv[2]))
socket = zmq.Context().socket(zmq.DEALER)
socket.setsockopt(zmq.LINGER, 0)
socket.connect(sys.argv[1])
socket.send_json({"id": "1", "command": "options", "properties": {"name": "service"}})
print(socket.recv() if socket.poll(1500) else "no answer")
"""
"""Asks circus for the environment of the service, as the user with a given id."""

NOBODY = 65534


def family(process: subprocess.Popen) -> list[psutil.Process]:
    return [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]


def listening_ports(processes: list[psutil.Process]) -> set[int]:
    return {
        connection.laddr.port
        for process in processes
        for connection in process.net_connections("inet")
        if connection.status in (psutil.CONN_LISTEN, psutil.CONN_NONE)
    }


def control_sockets(processes: list[psutil.Process]) -> list[Path]:
    paths = [c.laddr for one in processes for c in one.net_connections("unix") if c.laddr]
    return sorted({Path(path) for path in paths if path.endswith("/control")})


def wait_until_gone(processes: list[psutil.Process], seconds: float) -> None:
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    assert alive == []


def attack(endpoint: str, user: int) -> str:
    """What circus tells a user at an endpoint."""
    command = [sys.executable, "-c", ATTACK, endpoint, str(user)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs a second user")


@as_root
def test_another_user_reaches_no_control_socket_and_a_kill_leaves_no_worker(tmp_path):
    with running_service(tmp_path / "log") as (process, address):
        processes = family(process)
        port = int(address.rpartition(":")[2])
        assert listening_ports(processes) == {port}
        [control] = control_sockets(processes)
        folder = control.parent.stat()
        assert (stat.S_IMODE(folder.st_mode), folder.st_uid) == (0o700, os.geteuid())
        for place in (f"ipc://{control}", f"tcp://{address}"):
            assert attack(place, NOBODY) == "no answer"
        assert "PATH" in attack(f"ipc://{control}", os.geteuid())  # so the attack is a real one
        process.kill()
        wait_until_gone(processes[1:], 5)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))


def test_bentoml_serve_is_guarded_too_and_kills_a_frozen_worker(tmp_path):
    service = [
        "tagstract.serving.service:Tagstract",
        "--working-dir",
        str(Path(__file__).parents[1]),
    ]
    environment = {**os.environ, "TAGSTRACT_STOP_SECONDS": "1"}
    log = tmp_path / "log"
    with running_service(log, *service, command=BENTOML, env=environment) as (process, address):
        processes = family(process)
        assert listening_ports(processes) == {int(address.rpartition(":")[2])}
        assert len(control_sockets(processes)) == 1
        for worker in processes[1:]:
            worker.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        wait_until_gone(processes[1:], 10)
        process.wait(10)
        assert time.monotonic() - began < 10
