"""What the service counts and logs, over a real socket where it can be."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest
from running import keyed, running_service

from tagstract.serving.http.log import Lines, logger
from tagstract.serving.http.metrics import Metrics
from tagstract.serving.http.middleware.observation import Watch

MARKER = "xylophone"
"""In every text that is sent; in no line of the log."""

ROBOTS = {
    "id": f"{MARKER}-7",
    "title": f"Grasping with a {MARKER}",
    "abstract": f"We train a robot arm to grasp a {MARKER} with reinforcement learning in a "
    "simulator. The policy transfers to a real arm and picks up objects that it never saw.",
}
SHORT = {"abstract": "Too short."}


class Service:
    """Two workers that ask for a key."""

    def __init__(self, address, log, key):
        self.address, self.log, self.key = address, log, key

    def call(self, path, body=None, id=None, key=None):
        """Status and answer of a call, and the id that it got."""
        headers = {"Authorization": f"Bearer {key or self.key}"} | (
            {"X-Request-Id": id} if id else {}
        )
        if not isinstance(body, bytes | None):
            body = json.dumps(body).encode()
        request = urllib.request.Request(f"http://{self.address}{path}", body, headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read().decode(), answer.headers["x-request-id"]
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(), error.headers["x-request-id"]

    def counts(self):
        """Each sample of /metrics but the buckets: its name with its labels, and its value."""
        status, text, _ = self.call("/metrics")
        assert status == 200
        pairs = (line.rsplit(" ", 1) for line in text.splitlines() if line[0] != "#")
        return {name: float(value) for name, value in pairs if "_bucket" not in name}

    def line(self, id):
        """The line of the log about a call, once it is there."""
        limit = time.monotonic() + 5
        while time.monotonic() < limit:
            for line in self.log.read_text().splitlines():
                if f'"id": "{id}"' in line:
                    return json.loads(line)
            time.sleep(0.02)
        raise AssertionError(id)


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    folder = tmp_path_factory.mktemp("watched")
    key, environment = keyed(folder)
    with running_service(folder / "log", "--workers", "2", env=environment) as (_, address):
        yield Service(address, folder / "log", key)


def grown(before, after):
    """The counts that have grown, less the sums of seconds."""
    return {
        name: value - before.get(name, 0)
        for name, value in after.items()
        if value != before.get(name, 0) and "seconds" not in name
    }


def test_calls_are_counted_exactly(service):
    before = service.counts()
    correction = {**ROBOTS, "labels": ["robotics"]}
    assert service.call("/tag", {"papers": [ROBOTS, SHORT, {}, ROBOTS]})[0] == 200
    assert service.call("/explain", {"papers": [ROBOTS]})[0] == 200
    assert service.call("/feedback", {"corrections": [correction, correction, {}]})[0] == 200
    assert service.call("/tag", b"{")[0] == 400
    assert service.call("/tag", {"papers": [SHORT] * 513})[0] == 413
    assert service.call("/nowhere")[0] == 404
    assert service.call("/areas", key="wrong")[0] == 401
    after = grown(before, service.counts())
    tags = [after.pop(name) for name in list(after) if name.startswith("tagstract_tags_total")]
    assert sum(tags) >= 3
    assert after == {
        'tagstract_requests_total{call="/tag",code="",status="200"}': 1,
        'tagstract_requests_total{call="/explain",code="",status="200"}': 1,
        'tagstract_requests_total{call="/feedback",code="",status="200"}': 1,
        'tagstract_requests_total{call="/tag",code="bad-json",status="400"}': 1,
        'tagstract_requests_total{call="/tag",code="too-large",status="413"}': 1,
        'tagstract_requests_total{call="other",code="not-found",status="404"}': 1,
        'tagstract_requests_total{call="/areas",code="unauthorized",status="401"}': 1,
        # The reading of `before`: it was not counted yet when it read.
        'tagstract_requests_total{call="/metrics",code="",status="200"}': 1,
        'tagstract_papers_total{call="/tag",reason="",status="tagged"}': 2,
        'tagstract_papers_total{call="/tag",reason="too-short",status="abstained"}': 1,
        'tagstract_papers_total{call="/tag",reason="",status="error"}': 1,
        'tagstract_papers_total{call="/explain",reason="",status="tagged"}': 1,
        'tagstract_call_papers_count{call="/tag"}': 1,
        'tagstract_call_papers_sum{call="/tag"}': 4,
        'tagstract_call_papers_count{call="/explain"}': 1,
        'tagstract_call_papers_sum{call="/explain"}': 1,
        'tagstract_corrections_total{status="stored"}': 1,
        'tagstract_corrections_total{status="duplicate"}': 1,
        'tagstract_corrections_total{status="refused"}': 1,
    }


def test_two_workers_add_up(service, model):
    before = service.counts()
    workers, sent = set(), 0
    while len(workers) < 2:
        assert sent < 200
        ids = [f"both-{number}" for number in range(sent, sent + 8)]
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda id: service.call("/tag", {"papers": [ROBOTS]}, id), ids))
        sent += 8
        assert {status for status, _, _ in answers} <= {200, 429}
        sent -= sum(status == 429 for status, _, _ in answers)
        workers |= {service.line(id)["worker"] for id in ids}
    after = [service.counts() for _ in range(4)]
    for counts in after:  # whichever worker answers
        difference = grown(before, counts)
        assert difference['tagstract_papers_total{call="/tag",reason="",status="tagged"}'] == sent
        assert difference['tagstract_tags_total{area="robotics"}'] == sent
        assert counts["tagstract_papers_in_work"] == 0
        assert counts[f'tagstract_model_info{{model="{model.tag}"}}'] == 1


def test_a_line_says_what_a_call_was(service, model):
    status, _, id = service.call("/feed?top=3", {"papers": [ROBOTS, SHORT]}, "portal/42")
    line = service.line(id)
    assert (status, id) == (200, "portal/42")
    assert line.pop("ms") > 0
    assert line.pop("worker") > 0
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("time"))
    assert line == {
        "level": "info", "event": "request", "id": "portal/42", "method": "POST", "path": "/feed",
        "status": 200, "code": None, "papers": 2, "model": model.tag, "key": "portal",
        "client": "127.0.0.1",
    }  # fmt: skip


def test_an_id_that_is_none_is_replaced(service):
    for given in (None, "two words", "x" * 200, '"'):
        _, _, id = service.call("/areas", id=given)
        assert re.fullmatch("[0-9a-f]{32}", id)
        assert service.line(id)["path"] == "/areas"


def test_no_text_of_a_caller_is_logged(service):
    correction = {**ROBOTS, "labels": [MARKER], "by": MARKER}
    calls = [
        ("/tag", {"papers": [ROBOTS, MARKER, {"abstract": [MARKER]}, {MARKER: MARKER}]}, None),
        ("/explain", {"papers": [ROBOTS]}, None),
        ("/feedback", {"corrections": [correction, {**correction, "labels": ["robotics"]}]}, None),
        ("/tag", f'{{"papers": ["{MARKER}'.encode(), None),
        ("/tag", {MARKER: MARKER}, None),
        ("/tag", {"papers": [ROBOTS]}, f"tagstract_{MARKER}"),
        ("/ui/papers", f"{MARKER} is no feed".encode(), None),
        (f"/areas?q={MARKER}", None, None),
    ]
    for path, body, key in calls:
        _, _, id = service.call(path, body, key=key)
        assert service.line(id)["status"] in (200, 400, 401)
    log = service.log.read_text()
    assert MARKER not in log
    assert service.key not in log


def test_who_leaves_is_logged_as_gone(service):
    host, port = service.address.split(":")
    with socket.create_connection((host, int(port)), 10) as left:
        head = f"Authorization: Bearer {service.key}\r\nX-Request-Id: gone\r\nContent-Length: 9"
        left.sendall(f"POST /tag HTTP/1.1\r\nHost: localhost\r\n{head}\r\n\r\n{{".encode())
        time.sleep(0.2)
    line = service.line("gone")
    assert (line["status"], line["code"]) == (499, "left")


def test_probes_are_not_logged(service):
    for path in ("/livez", "/readyz", "/metrics"):
        assert service.call(path)[0] == 200
    assert not re.search('"path": "/(livez|readyz|metrics)"', service.log.read_text())


async def fails(scope, receive, send):
    raise ValueError(f"can't read {MARKER}")


def test_what_fails_inside_is_one_line_without_its_text(caplog):
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "http.request", "body": MARKER.encode(), "more_body": False}

    scope = {"type": "http", "method": "POST", "path": "/tag", "headers": [], "client": None}
    with caplog.at_level(logging.INFO, "tagstract"):
        asyncio.run(Watch(fails, frozenset({"/tag"}))(scope, receive, send))
    assert sent[0]["status"] == 500
    assert json.loads(sent[1]["body"])["error"]["code"] == "internal"
    failure, call = (Lines("json").format(record) for record in caplog.records)
    assert json.loads(failure)["error"] == "ValueError"
    assert re.fullmatch(r"tests/test_watch\.py:\d+ in fails", json.loads(failure)["place"])
    assert json.loads(call)["code"] == "internal"
    assert MARKER not in failure + call


def test_text_lines_stay_one_line():
    fields = {"path": "/a\nb c", "code": None, "status": 404}
    record = logger.makeRecord(
        "tagstract", logging.INFO, "", 0, "request", (), None, extra={"fields": fields}
    )
    line = Lines("text").format(record)
    assert line.endswith(r'path="/a\nb c" status=404')
    assert "info request" in line


def test_only_the_live_model_is_1():
    counts = Metrics()
    counts.observe_model("areas:1")
    counts.observe_model("areas:2")
    text = counts.exposition().decode()
    assert 'tagstract_model_info{model="areas:1"} 0.0' in text
    assert 'tagstract_model_info{model="areas:2"} 1.0' in text


def test_a_killed_worker_leaves_its_counts_but_has_nothing_in_work(tmp_path):
    code = (
        "import os, sys\n"
        "from tagstract.serving.http.metrics import metrics\n"
        "metrics().observe_request('/tag', 200, '', 0.1)\n"
        "work = metrics().at_work(3)\n"
        "work.__enter__()\n"
        "print(metrics().exposition().decode(), flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "TMPDIR": str(tmp_path)}
    first, second = (
        subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True
        ).stdout
        for _ in range(2)
    )
    assert 'status="200"} 1.0' in first
    assert 'status="200"} 2.0' in second
    assert "tagstract_papers_in_work 3.0" in second
