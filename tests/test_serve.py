"""The running service, over a real socket."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import json
import os
import random
import subprocess
import sys
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest
from running import answers_of, running_service

from tagstract.cli.main import main
from tagstract.serving.http.settings import Settings
from tagstract.serving.tagger import Tagger


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """`tagstract serve` on a free port; yields its address. No call may leave a traceback.

    It runs in a folder that holds other packages of our names, as the folder of a user may.
    """
    folder = tmp_path_factory.mktemp("elsewhere")
    for name in ("labels", "serving"):
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text("raise SystemExit('not this one')")
    command = "import sys; sys.path.pop(0); from tagstract.cli.main import main; main()"
    log = folder / "log"
    # What is refused when there is too much to do, tests/test_flow.py shows.
    environment = {**os.environ, "TAGSTRACT_WAIT_SECONDS": "600"}
    options = {"command": command, "cwd": folder, "env": environment}
    with running_service(log, "--host", "localhost", **options) as (_, address):
        yield address


def call(
    server: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[int, bytes]:
    headers = {"content-type": "application/json", **(headers or {})}
    request = urllib.request.Request(f"http://{server}{path}", body, headers)
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def tag(server: str, papers: list) -> list[dict]:
    status, body = call(server, "/tag", json.dumps({"papers": papers}).encode())
    assert status == 200, body
    return json.loads(body)


def test_it_answers_as_the_tagger_does(server, model, starter):
    papers = [starter[0], {"abstract": ""}, starter[1], None]
    assert tag(server, papers) == answers_of(Tagger(model), papers)
    assert tag(server, []) == []


def test_200_posts_at_once_get_every_answer_in_its_place(server, model, starter):
    chooser = random.Random(0)
    bad = [{}, 5, None, {"abstract": 3}, {"abstract": " "}, {"title": "no abstract"}]
    posts = []
    for number in range(200):
        papers = [
            chooser.choice(bad) if chooser.random() < 0.4 else dict(chooser.choice(starter))
            for _ in range(chooser.randint(1, 4))
        ]
        for place, paper in enumerate(papers):
            if isinstance(paper, dict):
                papers[place] = {**paper, "id": f"{number}-{place}"}
        posts.append(papers)
    with ThreadPoolExecutor(200) as pool:
        answers = list(pool.map(lambda papers: tag(server, papers), posts))
    tagger = Tagger(model)
    wanted = answers_of(tagger, [paper for papers in posts for paper in papers])
    assert [len(answer) for answer in answers] == [len(papers) for papers in posts]
    for got, expected in zip([p for answer in answers for p in answer], wanted, strict=True):
        assert {k: v for k, v in got.items() if k != "tags"} == {
            k: v for k, v in expected.items() if k != "tags"
        }
        assert [t["area"] for t in got["tags"]] == [t["area"] for t in expected["tags"]]


def test_explain_gives_evidence(server, starter):
    status, body = call(server, "/explain", json.dumps({"papers": [starter[0]]}).encode())
    [paper] = json.loads(body)
    assert status == 200
    assert set(paper["evidence"]) == {t["area"] for t in paper["tags"]} != set()


def test_areas_and_model_describe_the_live_model(server, model):
    status, body = call(server, "/areas")
    areas = [area["id"] for group in json.loads(body)["groups"] for area in group["areas"]]
    assert (status, areas) == (200, list(model.taxonomy.ids))
    status, body = call(server, "/model")
    about = json.loads(body)
    assert (status, about["name"], about["version"]) == (200, model.name, model.version)
    assert about["taxonomy"]["version"] == model.taxonomy.version
    assert about["metrics"]["model"]["micro_f1"] == model.metrics["model"]["micro_f1"]
    assert about["thresholds"]["robotics"] == model.thresholds[model.taxonomy.ids.index("robotics")]


def test_health_and_metrics(server):
    assert call(server, "/livez")[0] == call(server, "/readyz")[0] == 200
    status, body = call(server, "/metrics")
    assert status == 200
    assert b"tagstract_requests_total" in body


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{torn", "the body is not JSON"),
        (b"\xff\xfe", "the body is not JSON"),
        (b"[" * 100_000, "the body is not JSON"),
        (b"[]", "the body has no list 'papers'"),
        (b"{}", "the body has no list 'papers'"),
        (b'{"papers": 5}', "the body has no list 'papers'"),
    ],
)
def test_a_body_that_is_no_call_is_400(server, body, message):
    status, answer = call(server, "/tag", body)
    assert status == 400
    assert message in json.loads(answer)["error"]["message"]


def test_a_body_is_json_whatever_it_is_called(server, starter):
    body = json.dumps({"papers": [starter[0]]}).encode()
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain"):
        status, answer = call(server, "/tag", body, {"content-type": kind})
        assert (status, json.loads(answer)[0]["status"]) == (200, "tagged")
    assert call(server, "/tag", gzip.compress(body), {"content-encoding": "gzip"})[0] == 415


def test_half_a_character_spoils_no_paper(server, starter):
    odd = {**starter[0], "title": "half \ud83d, whole \U0001f331, none \\ud83d"}
    tagged = tag(server, [odd, starter[1]])
    assert tagged[0]["title"] == "half \ufffd, whole \U0001f331, none \\ud83d"
    assert [paper["status"] for paper in tagged] == ["tagged", "tagged"]


def test_a_number_that_json_does_not_have_spoils_no_paper(server, starter):
    """1e999 is JSON and read as infinity, which is not: its paper fails alone."""
    body = json.dumps({"papers": [{**starter[0], "year": "?"}, starter[1]]}).replace('"?"', "1e999")

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    for path in ("/tag", "/explain"):
        status, answer = call(server, path, body.encode())
        papers = json.loads(answer, parse_constant=refuse)
        assert (status, len(papers), papers[0]["status"]) == (200, 2, "error")
        assert "a number that is too large" in papers[0]["reason"]


def test_calls_are_not_traced_where_nobody_collects_traces(server, starter):
    """BentoML answers the id of the span that it has recorded of a call."""
    body = json.dumps({"papers": starter[:1]}).encode()
    request = urllib.request.Request(
        f"http://{server}/tag", body, {"content-type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert "x-request-id" in answer.headers
        assert "x-bentoml-request-id" not in answer.headers


def test_a_page_of_another_site_cannot_call(server, starter):
    body = json.dumps({"papers": starter[:1]}).encode()
    for origin, status in (("http://elsewhere.example", 403), (f"http://{server}", 200)):
        request = urllib.request.Request(f"http://{server}/tag", body, {"Origin": origin})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                assert answer.status == status
        except urllib.error.HTTPError as error:
            assert error.code == status


def test_too_much_is_413(server):
    for path, most in (("/tag", Settings.max_papers), ("/explain", Settings.max_explained)):
        papers = [{"abstract": "x"}] * (most + 1)
        assert call(server, path, json.dumps({"papers": papers}).encode())[0] == 413
    host, port = server.split(":")
    for chunked in (False, True):
        connection = http.client.HTTPConnection(host, int(port), timeout=60)
        block = b" " * (1 << 20)
        # Refused before all was sent, as it should be.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.request(
                "POST",
                "/tag",
                (block for _ in range(Settings.max_bytes // len(block) + 2)) if chunked else b" ",
                {} if chunked else {"content-length": str(Settings.max_bytes + 1)},
                encode_chunked=chunked,
            )
        assert connection.getresponse().status == 413
        connection.close()


def test_a_body_that_nobody_reads_is_not_waited_for(server):
    host, port = server.split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=10)
    connection.putrequest("PUT", "/tag")
    connection.putheader("content-length", "100")
    connection.endheaders(b"{")
    assert connection.getresponse().status == 405
    connection.close()


def test_what_cannot_be_served_is_one_line(tmp_path, capsys, server):
    port = server.split(":")[1]
    for arguments, message in [
        (["--port", port], "use another --port"),
        (["--port", "99999"], "use 1 to 65535"),
        (["--host", "nowhere.invalid"], "is not an address of this machine"),
        (["--host", ""], "is not an address of this machine"),
        (["--model", str(tmp_path)], "is not a model folder"),
        (["--workers", "0"], "use 1 or more"),
    ]:
        assert main(["serve", *arguments]) == 2
        error = capsys.readouterr().err
        assert message in error
        assert error.count("\n") == 1


def test_bentoml_builds_a_bento_that_holds_the_model(tmp_path, model):
    root = os.path.dirname(os.path.dirname(__file__))
    environment = {**os.environ, "BENTOML_HOME": str(tmp_path)}
    built = subprocess.run(
        [sys.executable, "-m", "bentoml", "build", "--output", "tag"],
        cwd=root, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    [facts] = tmp_path.glob("bentos/tagstract/*/src/model_folder/default/model.json")
    assert json.loads(facts.read_text())["version"] == model.version
    assert not list(tmp_path.glob("bentos/tagstract/*/src/training"))
