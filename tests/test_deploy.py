"""What lies in `deploy/`: the proxy's configuration in a real nginx, the rest against the code."""

from __future__ import annotations

import ast
import configparser
import contextlib
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from running import running_service

from tagstract.serving.http.settings import Settings

DEPLOY = Path(__file__).parent.parent / "deploy"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Busy(BaseHTTPRequestHandler):
    """A replica that has too much to do."""

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        body = b'{"error": {"code": "overloaded", "message": "come back"}}'
        self.send_response(429)
        self.send_header("retry-after", "7")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def proxy(folder: Path, replicas: list[int]):
    """nginx with our configuration before replicas on these ports; yields its port."""
    if NGINX is None:
        pytest.skip("there is no nginx")
    folder.mkdir()
    port = free_port()
    site = (DEPLOY / "nginx.conf").read_text().replace("listen 8080", f"listen 127.0.0.1:{port}")
    servers = "".join(f"server 127.0.0.1:{one} max_fails=2 fail_timeout=5s;" for one in replicas)
    site = re.sub(r"(?:    server 127.*\n)+", f"    {servers}\n", site)
    bodies = " ".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = folder / "nginx.conf"
    # As root its workers would be nobody, who may not enter the tests' folders.
    user = "user root root; " if os.geteuid() == 0 else ""
    whole.write_text(
        f"{user}daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;\n"
        f"events {{}}\nhttp {{ access_log off; {bodies}\n{site}\n}}\n"
    )
    checked = subprocess.run([NGINX, "-t", "-c", whole], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    process = subprocess.Popen([NGINX, "-c", whole], stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def call(port: int, method: str, path: str, body: bytes = b"", **headers: str):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    found = answer.status, dict(answer.getheaders()), answer.read()
    connection.close()
    return found


def test_a_proxy_before_a_replica_that_lives_and_one_that_is_gone(tmp_path, starter):
    with running_service(tmp_path / "log") as (_, address):
        replicas = [free_port(), int(address.split(":")[1])]
        with proxy(tmp_path / "nginx", replicas) as port:
            body = json.dumps({"papers": starter[:2]}).encode()
            page = f"http://127.0.0.1:{port}"
            for _ in range(6):
                status, headers, answer = call(port, "POST", "/tag", body, Origin=page)
                assert (status, len(json.loads(answer))) == (200, 2)
            assert call(port, "POST", "/tag", body, Origin="http://elsewhere.example")[0] == 403
            large = json.dumps({"papers": [{"note": "x" * 200_000}]}).encode()
            given = {"X-Request-Id": "from-the-caller"}
            status, headers, answer = call(port, "POST", "/tag", large, **given)
            assert (status, json.loads(answer)[0]["status"]) == (200, "error")
            assert headers["x-request-id"] == "from-the-caller"
            status, headers, answer = call(port, "POST", "/tag", b"{torn")
            assert (status, json.loads(answer)["error"]["code"]) == (400, "bad-json")
            assert len(headers["x-request-id"]) == 32
            status, _, answer = call(port, "POST", "/tag", b" " * (9 << 20))
            assert (status, json.loads(answer)["error"]["code"]) == (413, "too-large")
            status, _, answer = call(port, "GET", "/metrics")
            assert (status, json.loads(answer)["error"]["code"]) == (404, "not-found")
            assert b"<title>" in call(port, "GET", "/ui")[2]


def test_a_proxy_passes_on_that_a_replica_is_busy_and_says_when_none_is_there(tmp_path):
    busy = ThreadingHTTPServer(("127.0.0.1", 0), Busy)
    threading.Thread(target=busy.serve_forever, daemon=True).start()
    with proxy(tmp_path / "nginx", [busy.server_port] * 2) as port:
        for _ in range(5):  # and it is not taken for a dead one
            status, headers, answer = call(port, "POST", "/tag", b"{}")
            assert (status, headers["retry-after"]) == (429, "7")
            assert json.loads(answer)["error"]["code"] == "overloaded"
        busy.shutdown()
        busy.server_close()
        status, headers, answer = call(port, "POST", "/tag", b"{}")
        assert (status, headers["Retry-After"]) == (503, "2")
        assert json.loads(answer)["error"]["code"] == "unavailable"


def test_the_settings_that_are_shown_are_settings():
    lines = (DEPLOY / "tagstract.env").read_text().splitlines()
    shown = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    settings = Settings.from_environment(shown)
    assert settings.keys_file == Path("/etc/tagstract/keys.json")
    site = (DEPLOY / "nginx.conf").read_text()
    assert f"client_max_body_size {settings.max_bytes >> 20}m;" in site
    assert f"client_body_timeout {settings.body_seconds:g}s;" in site
    [wait] = re.findall(r"proxy_read_timeout (\d+)s", site)
    assert int(wait) > settings.body_seconds + settings.call_seconds


def test_the_unit_gives_calls_in_work_their_time():
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str
    unit.read(DEPLOY / "tagstract@.service")
    service = unit["Service"]
    assert int(service["TimeoutStopSec"]) > Settings().stop_seconds + 5
    assert service["ExecStart"].split()[1:] == ["serve", "--host", "127.0.0.1", "--port", "%i"]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_the_unit_gives_the_service_no_rights(tmp_path):
    unit = tmp_path / "tagstract@.service"
    text = (DEPLOY / unit.name).read_text()
    unit.write_text(text.replace("/opt/tagstract/bin/tagstract", "/bin/true"))  # which is there
    analyze = ["systemd-analyze", "--no-pager"]
    done = subprocess.run([*analyze, "verify", str(unit)], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    most = ["security", "--offline=true", "--threshold=35", str(unit)]  # of 100 for no protection
    done = subprocess.run([*analyze, *most], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_prometheus_asks_the_replicas_that_the_proxy_knows():
    [job] = yaml.safe_load((DEPLOY / "prometheus.yml").read_text())["scrape_configs"]
    [group] = job["static_configs"]
    site = (DEPLOY / "nginx.conf").read_text()
    assert group["targets"] == re.findall(r"    server (127\S+) ", site)


MODULES_OF_THE_SERVICE = """
import sys, tagstract.serving.service, tagstract.serving.tagger, tagstract.model_folder.encoder
ours = [name for name in sys.modules if name.split(".")[0] == "tagstract"]
print(*(sys.modules[name].__file__ for name in ours), sep="\\n")
"""


def test_a_bento_brings_all_that_the_service_imports():
    line = [sys.executable, "-c", MODULES_OF_THE_SERVICE]
    files = subprocess.run(line, capture_output=True, text=True, check=True).stdout.split()
    imported = set()
    for file in files:
        for node in ast.walk(ast.parse(Path(file).read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add((node.module or "").split(".")[0])
    ours = {"tagstract"}
    from_outside = imported - ours - sys.stdlib_module_names - {"bentoml"}
    packages = metadata.packages_distributions()
    needed = {folded(packages[name][0]) for name in from_outside}
    bento = yaml.safe_load((DEPLOY.parent / "bentofile.yaml").read_text())
    brought = {folded(one) for one in bento["python"]["packages"]}
    brought |= {folded(one) for one in metadata.requires("bentoml") if "extra ==" not in one}
    assert {"threadpoolctl", "onnxruntime", "starlette"} <= needed
    # `onnx` is imported on a machine with a GPU alone, which the bento is not made for.
    assert needed - {"onnx"} <= brought


def folded(requirement: str) -> str:
    """The name that a requirement begins with, as package indexes compare them."""
    return re.split(r"[^\w.-]", requirement, maxsplit=1)[0].lower().replace("_", "-")
