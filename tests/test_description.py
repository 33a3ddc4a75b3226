"""The description of the service is true: what it says and what is answered are the same."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from running import keyed, running_service
from starlette.routing import Route

from tagstract.serving.http.faults import CODES
from tagstract.serving.http.openapi import description
from tagstract.serving.http.settings import Settings

ROOT = Path(__file__).parents[1]

CHECKS = """
[checks.negative_data_rejection]
expected-statuses = [400, 401, 404, 405, 413, 415]

# No schema tells which text is a feed.
[[operations]]
include-path-regex = "^/(ui/papers|feed)$"
[operations.checks.positive_data_acceptance]
expected-statuses = [200, 400]
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A service that asks for keys: its address, and a key."""
    folder = tmp_path_factory.mktemp("described")
    key, environment = keyed(folder)
    with running_service(folder / "log", env=environment) as (_, address):
        yield address, key


def get(server, path):
    address, key = server
    headers = {"Authorization": f"Bearer {key}"}
    request = urllib.request.Request(f"http://{address}{path}", headers=headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read().decode()


def test_schemathesis_finds_nothing(server, tmp_path):
    address, key = server
    config = tmp_path / "checks.toml"
    config.write_text(CHECKS)
    found = subprocess.run(
        [
            sys.executable, "-m", "schemathesis.cli", "--config-file", config,
            "run", f"http://{address}/openapi.json", "-H", f"Authorization: Bearer {key}",
            "--seed", "1", "--max-examples", "30", "--phases", "examples,coverage,fuzzing",
            "--warnings", "off",
        ],
        cwd=tmp_path, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert found.returncode == 0, found.stdout + found.stderr
    assert int(re.search(r"(\d+) generated", found.stdout)[1]) > 300


def test_both_addresses_give_it_with_every_code(server):
    told = json.loads(get(server, "/openapi.json"))
    assert told == json.loads(get(server, "/docs.json"))
    assert told["security"] == [{"key": []}]
    codes = told["components"]["schemas"]["Error"]["properties"]["error"]["properties"]["code"]
    assert codes["enum"] == list(CODES)
    statuses = {int(status) for status in told["components"]["responses"]}
    assert statuses == {status for status, _ in CODES.values()}


def test_every_route_is_described():
    # In a process of its own: BentoML and its log are set up for good by an import.
    routes = subprocess.run(
        [sys.executable, "-c", "import test_description; test_description.print_routes()"],
        cwd=Path(__file__).parent, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True,
    )  # fmt: skip
    assert routes.returncode == 0, routes.stderr
    told = {
        (method.upper(), path)
        for path, operations in description(Settings())["paths"].items()
        for method in operations
    }
    assert {tuple(route) for route in json.loads(routes.stdout)} == told


def print_routes():
    """The routes that the service answers, as JSON."""
    from tagstract.serving.http.routes import nothing
    from tagstract.serving.service import Tagstract

    routes, found = list(Tagstract.to_asgi().routes), set()
    for route in routes:
        if isinstance(route, Route):
            if route.endpoint is not nothing:
                found |= {(method, route.path) for method in (route.methods or ()) - {"HEAD"}}
        elif route.name != "static_content":  # behind `nothing`
            routes += route.app.routes
    print(json.dumps(sorted(found)))


def test_no_page_loads_anything_from_outside(server):
    for path in ("/", "/ui"):
        page = get(server, path)
        assert re.findall(r'(?:src|href)="([^"]*)"', page)
        assert not re.search(r'(?:src|href)="(?:https?:)?//', page)
