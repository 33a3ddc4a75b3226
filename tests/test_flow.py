"""The running service with too much to do, with slow callers, and while its model changes."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import psutil
import pytest
from running import answers_of, running_service

from tagstract.cli.main import main
from tagstract.model_folder import ModelFacts
from tagstract.model_folder import format as files
from tagstract.model_folder.encoder import threads_to_use
from tagstract.model_folder.store import DEFAULT_FOLDER, NAME, register
from tagstract.model_folder.store.promotions import promote
from tagstract.serving.tagger import Tagger


def call(address: str, path: str, papers: list | None = None, **headers: str):
    """Status, headers and the answer of a call over a socket of its own."""
    connection = http.client.HTTPConnection(address, timeout=120)
    try:
        body = None if papers is None else json.dumps({"papers": papers}).encode()
        connection.request("GET" if body is None else "POST", path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, json.loads(answer.read().strip() or b"null")
    finally:
        connection.close()


def code_of(answer) -> tuple[int, str]:
    return answer[0], answer[2]["error"]["code"]


def wait_until(true, seconds: float = 20) -> None:
    limit = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < limit
        time.sleep(0.05)


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """The default model with little patience for slow bodies."""
    log = tmp_path_factory.mktemp("flow") / "log"
    environment = {**os.environ, "TAGSTRACT_BODY_SECONDS": "1.5", "TAGSTRACT_MODEL": "default"}
    with running_service(log, env=environment) as (_, address):
        yield address


def test_a_paper_does_not_wait_for_a_long_call(service, starter):
    with ThreadPoolExecutor(1) as pool:
        long = pool.submit(call, service, "/tag", (starter * 2)[:256])
        time.sleep(0.5)
        for _ in range(3):
            status, _, [paper] = call(service, "/tag", starter[:1])
            assert (status, paper["status"]) == (200, "tagged")
        assert not long.done()
        status, _, papers = long.result()
    assert status == 200
    assert [paper["id"] for paper in papers] == [p["id"] for p in (starter * 2)[:256]]


def test_a_burst_is_answered_or_refused_at_once(service, starter, model):
    start, took = threading.Barrier(240), []

    def one(paper: dict):
        start.wait()
        began = time.monotonic()
        answer = call(service, "/tag", [paper])
        took.append((answer[0], time.monotonic() - began))
        return answer

    with ThreadPoolExecutor(240) as pool:
        answers = list(pool.map(one, starter[:240]))
    refused = [answer for answer in answers if answer[0] == 429]
    assert 0 < len(refused) < 239
    for answer in refused:
        assert code_of(answer) == (429, "overloaded")
        assert int(answer[1]["retry-after"]) >= 1
    wanted = answers_of(Tagger(model), starter[:240])
    for (status, _, given), paper in zip(answers, wanted, strict=True):
        assert status in (200, 429)
        if status == 200:
            assert [given[0][key] for key in ("id", "status")] == [paper["id"], paper["status"]]
            assert [t["area"] for t in given[0]["tags"]] == [t["area"] for t in paper["tags"]]
    slowest = {status: max(s for code, s in took if code == status) for status in (200, 429)}
    assert slowest[429] < slowest[200]
    assert call(service, "/tag", starter[:64])[0] == 200  # nothing is left over


def test_what_costs_nothing_is_never_refused(service, starter):
    with ThreadPoolExecutor(2) as pool:
        long = pool.submit(call, service, "/tag", starter[:200])
        time.sleep(0.3)
        assert code_of(call(service, "/tag", starter[:200])) == (429, "overloaded")
        for path in ("/livez", "/areas", "/model"):
            assert call(service, path)[0] == 200
        assert call(service, "/tag", [])[0] == 200
        assert long.result()[0] == 200


def trickle(address: str, seconds: float) -> bytes:
    """What is answered to a body that comes a byte at a time."""
    host, port = address.split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(b"POST /tag HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n")
        limit = time.monotonic() + seconds
        connection.settimeout(0.1)
        while time.monotonic() < limit:
            connection.send(b" ")
            try:
                answer = connection.recv(4096)
            except TimeoutError:
                continue
            # The service lingers; a byte that crossed its end makes the close a reset.
            connection.settimeout(10)
            with contextlib.suppress(ConnectionResetError):
                while more := connection.recv(4096):
                    answer += more
            return answer  # and the connection was closed
    raise AssertionError("no answer")


def test_a_caller_who_sends_all_of_a_huge_body_still_reads_the_refusal(service):
    host, port = service.split(":")
    head = b"POST /tag HTTP/1.1\r\nHost: localhost\r\n"
    huge = b" " * (20 << 20)
    bodies = [
        b"Content-Length: %d\r\n\r\n" % len(huge) + huge,
        b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(huge) + huge + b"\r\n0\r\n\r\n",
    ]
    for body in bodies:
        with socket.create_connection((host, int(port)), timeout=30) as connection:
            connection.sendall(head + body)
            answer = http.client.HTTPResponse(connection)
            answer.begin()
            assert (answer.status, json.load(answer)["error"]["code"]) == (413, "too-large")


def test_a_slow_body_is_refused_and_holds_up_nobody(service, starter):
    with ThreadPoolExecutor(40) as pool:
        slow = [pool.submit(trickle, service, 15) for _ in range(40)]
        time.sleep(0.5)
        assert call(service, "/tag", starter[:2])[0] == 200
        assert not any(one.done() for one in slow)
        for one in slow:
            assert one.result().startswith(b"HTTP/1.1 408 ")
            assert b'"slow-body"' in one.result()


def test_who_leaves_keeps_no_place(service, starter):
    host, port = service.split(":")
    body = json.dumps({"papers": starter[:24]}).encode()
    for _ in range(3):
        connection = socket.create_connection((host, int(port)))
        connection.sendall(
            b"POST /tag HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s"
            % (len(body), body)
        )
        connection.close()
    wait_until(lambda: call(service, "/tag", starter[:100])[0] == 200)


def test_a_header_of_no_encoding_is_no_trouble(service, starter):
    host, port = service.split(":")
    body = json.dumps({"papers": starter[:1]}).encode()
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(
            b"POST /tag HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: \xff\xfe\r\nX-Request-Id: \xe9\r\n"
            b"Connection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
        )
        assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")


def version(facts: ModelFacts, number: str, folder) -> str:
    """The default model as another version of the store."""
    shutil.copytree(DEFAULT_FOLDER, folder)
    return register(folder, files.seal(folder, replace(facts, version=number)))


def test_a_promoted_model_takes_over_without_a_lost_call(model, starter, tmp_path):
    tags = [version(model.facts, number, tmp_path / number) for number in ("1.0.0", "2.0.0")]
    main(["models", "promote", tags[0]])
    environment = {**os.environ, "TAGSTRACT_RELOAD_SECONDS": "0.2", "TAGSTRACT_WAIT_SECONDS": "60"}
    seen, failed, stop = [], [], threading.Event()
    log = tmp_path / "log"
    with running_service(log, env=environment) as (_, address):

        def caller() -> None:
            while not stop.is_set():
                status, _, papers = call(address, "/tag", starter[:3])
                if status != 200 or len({paper["model"] for paper in papers}) != 1:
                    failed.append((status, papers))
                    return
                seen.append(papers[0]["model"])

        callers = [threading.Thread(target=caller) for _ in range(3)]
        for one in callers:
            one.start()
        try:
            wait_until(lambda: tags[0] in seen)
            main(["models", "promote", tags[1]])
            wait_until(lambda: tags[1] in seen)
            assert call(address, "/model")[2]["model"] == tags[1]
            # What can't be loaded changes nothing, and is told once.
            promote(f"{NAME}:3.0.0")
            wait_until(lambda: "3.0.0" in log.read_text())
            time.sleep(1)
            assert log.read_text().count("3.0.0") == 1
            assert call(address, "/areas")[2]["model"] == seen[-1] == tags[1]
            main(["models", "rollback"])
            main(["models", "rollback"])
            wait_until(lambda: seen[-1] == tags[0])
        finally:
            stop.set()
            for one in callers:
                one.join()
    assert failed == []


def workers_of(process: subprocess.Popen) -> list[int]:
    return [child.pid for child in psutil.Process(process.pid).children(recursive=True)]


def test_a_killed_worker_comes_back_and_late_calls_are_ended(model, starter, tmp_path):
    tag = version(model.facts, "1.0.0", tmp_path / "1.0.0")
    environment = {**os.environ, "TAGSTRACT_CALL_SECONDS": "0.8", "TAGSTRACT_RELOAD_SECONDS": "0.2"}
    log = tmp_path / "log"
    with running_service(log, "--workers", "2", env=environment) as (process, address):
        wait_until(lambda: log.read_text().count("initialized") == 2)
        assert code_of(call(address, "/explain", starter[:32])) == (504, "timeout")
        first = workers_of(process)
        assert len(first) == 2
        main(["models", "promote", tag])
        wait_until(lambda: log.read_text().count(f"{tag} in place of") == 2)  # both
        os.kill(first[0], signal.SIGKILL)
        wait_until(lambda: log.read_text().count("initialized") == 3, 30)
        assert len(workers_of(process)) == 2
        assert set(workers_of(process)) != set(first)
        assert {call(address, "/model")[2]["model"] for _ in range(8)} == {tag}


def test_a_stop_finishes_what_is_in_work_and_refuses_the_rest(starter, tmp_path):
    with (
        running_service(tmp_path / "log") as (process, address),
        ThreadPoolExecutor(1) as pool,
    ):
        long = pool.submit(call, address, "/tag", starter[:120])
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        wait_until(lambda: call(address, "/readyz")[0] == 503, 5)
        assert code_of(call(address, "/tag", starter[:1])) == (503, "unavailable")
        assert not long.done()
        status, _, papers = long.result()
        assert (status, len(papers)) == (200, 120)
        assert process.wait(20) == 0


def test_a_stop_ends_what_takes_longer_than_it_may(starter, tmp_path):
    environment = {**os.environ, "TAGSTRACT_STOP_SECONDS": "1"}
    with (
        running_service(tmp_path / "log", env=environment) as (process, address),
        ThreadPoolExecutor(1) as pool,
    ):
        longest = pool.submit(call, address, "/tag", [*starter, *starter][:512])
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        assert code_of(longest.result()) == (503, "unavailable")
        assert process.wait(20) == 0
    assert "Exception" not in (tmp_path / "log").read_text()


TIMERS_AFTER_A_CALL = """
import asyncio
import tagstract.serving.service
from bentoml._internal.server.http.traffic import TimeoutMiddleware

async def app(scope, receive, send):
    await send("answer")

async def send(message):
    print(message, end=" ")

async def call():
    await TimeoutMiddleware(app, timeout=60)({"type": "http"}, None, send)
    print(len(asyncio.get_running_loop()._scheduled))

asyncio.run(call())
"""


def test_a_call_leaves_no_timer_behind():
    """Those of BentoML stay for as long as a call may take, with all that belongs to the call."""
    line = [sys.executable, "-c", TIMERS_AFTER_A_CALL]
    assert subprocess.run(line, capture_output=True, text=True).stdout == "answer 0\n"


BLAS_THREADS_OF_A_WORKER = """
import asyncio
import numpy
from threadpoolctl import threadpool_info
from tagstract.serving.service import Tagstract

def threads():
    return max(one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas")

async def work():
    before = threads()
    worker = Tagstract.inner()
    print(before, threads())
    worker.end()

asyncio.run(work())
"""


@pytest.mark.skipif(threads_to_use() < 2, reason="numpy has one thread on one core anyway")
def test_no_thread_of_numpy_stands_beside_those_of_the_encoder():
    """They wait for more work at full speed, for as long as ours would have used their core."""
    line = [sys.executable, "-c", BLAS_THREADS_OF_A_WORKER]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "2"}
    found = subprocess.run(line, capture_output=True, text=True, env=environment)
    assert found.stdout.split() == ["2", "1"], found.stderr
