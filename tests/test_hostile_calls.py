"""The running service under callers that mean harm: nobody waits for them, and memory stays."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from running import answers_of, running_service

from tagstract.serving.http.faults import Fault
from tagstract.serving.http.requests import feed_process
from tagstract.serving.http.requests.feed_process import FeedProcesses
from tagstract.serving.tagger import Tagger

MB = 1 << 20
SAMPLE = Path(__file__).parents[1] / "serving" / "sample_feed.txt"


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    log = folder / "log"
    environment = {
        **os.environ,
        "TAGSTRACT_MODEL": "default",
        "TAGSTRACT_WAIT_SECONDS": "60",
        "TAGSTRACT_CORRECTIONS": str(folder / "corrections.sqlite"),
        "TAGSTRACT_HOSTS": "tags.example.org",
    }
    with running_service(log, env=environment) as (process, address):
        yield process, address


def post(address: str, path: str, body: bytes, **headers: str) -> tuple[int, object]:
    connection = http.client.HTTPConnection(address, timeout=120)
    try:
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


class Pulse:
    """Asks for /livez without a pause; `longest` is the longest wait for an answer in seconds."""

    def __init__(self, address: str) -> None:
        self.longest = 0.0
        self._address, self._stop = address, threading.Event()
        self._thread = threading.Thread(target=self._beat)

    def _beat(self) -> None:
        while not self._stop.is_set():
            began = time.monotonic()
            connection = http.client.HTTPConnection(self._address, timeout=60)
            connection.request("GET", "/livez")
            assert connection.getresponse().status == 200
            connection.close()
            self.longest = max(self.longest, time.monotonic() - began)
            time.sleep(0.01)

    def __enter__(self) -> Pulse:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._thread.join()


def test_a_feed_is_tagged_as_its_papers_are(service, model):
    status, tagged = post(service[1], "/feed", SAMPLE.read_bytes())
    assert status == 200
    assert [paper["status"] for paper in tagged].count("tagged") >= 8
    papers = [{key: paper[key] for key in ("title", "abstract")} for paper in tagged]
    wanted = answers_of(Tagger(model), papers)
    assert [paper["tags"] for paper in tagged] == [paper["tags"] for paper in wanted]
    status, tagged = post(service[1], "/feed?top=1&explain=true", SAMPLE.read_bytes())
    assert status == 200
    assert {len(paper["tags"]) for paper in tagged} <= {0, 1}
    assert any(paper["evidence"] for paper in tagged)


def test_a_bad_record_of_a_feed_is_an_error_in_its_place(service):
    good = json.dumps({"id": "a", "abstract": "We train robots to walk. " * 8})
    status, tagged = post(service[1], "/feed", f"{good}\n{{torn\n{good}\n".encode())
    assert status == 200
    assert [paper["status"] for paper in tagged][1] == "error"
    assert [paper.get("id") for paper in tagged] == ["a", None, "a"]


@pytest.mark.parametrize(
    ("path", "body", "headers", "code"),
    [
        ("/feed", b"no feed", {}, "bad-call"),
        ("/feed", b"", {}, "bad-call"),
        ("/feed?thershold=0.1", b"{}", {}, "bad-call"),
        ("/feed?top=none", b"{}", {}, "bad-call"),
        ("/feed?top=1&top=2", b"{}", {}, "bad-call"),
        ("/tag?top=1", b'{"papers": []}', {}, "bad-call"),
        ("/feed", b"--x", {"content-type": "multipart/form-data; boundary=x"}, "bad-call"),
        ("/feed", b'{"abstract": "one"}\n' * 600, {}, "too-large"),
        ("/tag", b'{"papers": [], "thershold": 0.1}', {}, "bad-call"),
        ("/tag", b'{"papers": [], "threshold": 7}', {}, "bad-call"),
        ("/tag", b'{"papers": [NaN]}', {}, "bad-json"),
        ("/tag", b'{"papers": [' + b"{}," * 40 + b'{}], "explain": true}', {}, "too-large"),
        ("/explain", b'{"papers": [], "explain": true}', {}, "bad-call"),
        ("/feedback", b'{"corrections": [], "top": 1}', {}, "bad-call"),
    ],
)
def test_what_can_not_be_served_is_told(service, path, body, headers, code):
    status, told = post(service[1], path, body, **headers)
    assert told["error"]["code"] == code, told
    assert status in (400, 413)


def test_options_change_the_answer_of_their_call_alone(service, starter):
    def tag(**options):
        body = json.dumps({"papers": starter[:4], **options}).encode()
        status, tagged = post(service[1], "/tag", body)
        assert status == 200
        return tagged

    plain = tag()
    assert all(len(paper["tags"]) > 10 for paper in tag(threshold=0.0))
    assert all(len(paper["tags"]) == 1 for paper in tag(top=1))
    assert all(len(paper["probabilities"]) == 55 for paper in tag(all_probabilities=True))
    assert all(paper["evidence"] for paper in tag(explain=True))
    assert tag() == plain


def test_a_field_twice_fails_its_paper_alone(service):
    abstract = "We train robots to walk. " * 8
    good = json.dumps({"abstract": abstract})
    bad = f'{{"abstract": "{abstract}", "abstract": "{abstract}"}}'
    status, tagged = post(service[1], "/tag", f'{{"papers": [{good}, {bad}, {good}]}}'.encode())
    assert status == 200
    assert [paper["status"] for paper in tagged] == ["tagged", "error", "tagged"]
    assert "has a duplicate field" in tagged[1]["reason"]


FEEDS = {
    "a title of lead-ins": b"<rss><channel><item><title>" + b"(arXiv:" * 10_000
    + b"</title><description>x</description></item></channel></rss>",
    "a header of columns": b"abstract," + b",".join(b"c%d" % i for i in range(30_000)) + b"\n",
    "lines of braces": b'{\n"abstract": "x"\n}\n' + b"{\n" * 50_000,
    "a page": b"Daily Papers\n\n" + b"Ab Cd and " * 100_000,
}  # fmt: skip


@pytest.mark.parametrize("name", FEEDS)
def test_a_feed_that_is_slow_to_parse_holds_up_nobody(service, name):
    began = time.monotonic()
    with Pulse(service[1]) as pulse:
        status, _ = post(service[1], "/ui/papers", FEEDS[name])
    assert status in (200, 400, 504)
    assert time.monotonic() - began < feed_process.SECONDS + 5
    assert pulse.longest < 0.5


def test_large_bodies_take_no_more_memory_than_a_worker_has(service):
    process, address = service
    objects = b'{"papers":[' + b",".join([b"{}"] * 2_700_000) + b"]}"
    texts = json.dumps({"papers": [{"abstract": "We. " * 4000, "x": ["a"] * 150}] * 490}).encode()
    [worker] = [
        child
        for child in psutil.Process(process.pid).children()
        if "worker" in " ".join(child.cmdline())
    ]
    most, stop = [0], threading.Event()

    def watch() -> None:
        while not stop.wait(0.02):
            most[0] = max(most[0], worker.memory_info().rss)

    watching = threading.Thread(target=watch)
    watching.start()
    with Pulse(address), ThreadPoolExecutor(16) as pool:
        bodies = [objects, texts] * 8
        answers = list(pool.map(lambda body: post(address, "/feedback", body), bodies))
        papers = [post(address, "/tag", objects) for _ in range(3)]
    stop.set()
    watching.join()
    assert {status for status, _ in answers} <= {400, 413, 429}
    assert {status for status, _ in papers} == {413}
    assert most[0] < 600 * MB


def get(address: str, path: str, **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(address, timeout=60)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:3000", 200),
        ("127.0.0.1", 200),
        ("[::1]:3000", 200),
        ("app.localhost.", 200),
        ("192.168.7.7:80", 200),
        ("Tags.Example.org:443", 200),
        ("evil.example", 403),
        ("tags.example.org.evil.example", 403),
        ("127.0.0.1.evil.example", 403),
        ("localhost.evil.example:3000", 403),
        ("[::1].evil.example", 403),
    ],
)
def test_a_page_whose_name_was_pointed_here_may_not_call(service, host, status):
    assert get(service[1], "/areas", host=host).status == status
    assert get(service[1], "/livez", host=host).status == 200
    headers = {"host": host, "origin": f"http://{host}"}
    assert post(service[1], "/feedback", b'{"corrections": []}', **headers)[0] == status


def test_no_path_redirects_to_what_host_says(service):
    for path in ("/metrics/", "/tag/", "/ui/", "/areas/", "//evil.example/ui"):
        answer = get(service[1], path, host="tags.example.org")
        assert (answer.status, answer.getheader("location")) == (404, None)


def test_who_calls_is_not_what_the_caller_says(service, tmp_path_factory):
    get(service[1], "/areas", **{"x-forwarded-for": "6.6.6.6", "x-request-id": "forwarded"})
    log = next(tmp_path_factory.getbasetemp().glob("hostile*/log")).read_text()
    [line] = [line for line in log.splitlines() if '"forwarded"' in line]
    assert json.loads(line)["client"] == "127.0.0.1"


def test_a_locked_store_of_corrections_holds_up_no_papers(service, tmp_path_factory, starter):
    place = next(tmp_path_factory.getbasetemp().glob("hostile*")) / "corrections.sqlite"
    one = {**starter[0], "by": "anna"}
    body = json.dumps({"corrections": [one]}).encode()
    assert post(service[1], "/feedback", body)[0] == 200
    with sqlite3.connect(place, isolation_level=None) as lock, ThreadPoolExecutor(40) as pool:
        lock.execute("BEGIN EXCLUSIVE")
        waiting = [pool.submit(post, service[1], "/feedback", body) for _ in range(40)]
        time.sleep(1)
        began = time.monotonic()
        status, _ = post(service[1], "/tag", json.dumps({"papers": starter[:1]}).encode())
        took = time.monotonic() - began
        lock.execute("ROLLBACK")
        assert {call.result()[0] for call in waiting} <= {200, 429, 503}
    assert (status, took < 3) == (200, True)


def test_a_child_that_hangs_is_killed_and_one_that_dies_is_replaced(monkeypatch):
    async def go() -> list[bytes | Fault]:
        feeds = FeedProcesses()
        answers = []
        for start in ("while True: pass", "import os; os._exit(3)", good):
            monkeypatch.setattr(feed_process, "_START", start)
            answers.append(await feeds.read(b'{"abstract": "one"}', 5, whole=True))
        # The one that has answered is kept for the next feed.
        child = feeds._idle
        answers.append(await feeds.read(b'{"abstract": "two"}', 5, whole=True))
        assert feeds._idle is child
        child.kill()
        await child.wait()
        return answers

    good = feed_process._START
    monkeypatch.setattr(feed_process, "SECONDS", 3.0)
    children = set(psutil.Process().children(recursive=True))
    hung, died, first, second = asyncio.run(go())
    assert (hung.code, died.code) == ("timeout", "bad-call")
    assert json.loads(first)["papers"] == [{"abstract": "one"}]
    assert json.loads(second)["papers"] == [{"abstract": "two"}]
    assert set(psutil.Process().children(recursive=True)) <= children


def test_the_child_knows_no_secret_and_bounds_its_memory(monkeypatch):
    monkeypatch.setenv("TAGSTRACT_CORRECTIONS", "postgresql://u:secret@h/n")

    async def look() -> tuple[bytes, bytes | Fault]:
        feeds = FeedProcesses()
        await feeds.read(b'{"abstract": "one"}', 5, whole=True)
        environment = Path(f"/proc/{feeds._idle.pid}/environ").read_bytes()
        limits = Path(f"/proc/{feeds._idle.pid}/limits").read_text()
        feeds._idle.kill()
        await feeds._idle.wait()
        return environment, limits

    environment, limits = asyncio.run(look())
    assert b"secret" not in environment
    [line] = [line for line in limits.splitlines() if line.startswith("Max address space")]
    assert "unlimited" not in line
