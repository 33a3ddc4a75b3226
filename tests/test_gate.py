"""Who may call, and how a failure looks: settings, keys, errors, other sites' pages."""

from __future__ import annotations

import http.client
import json
import os
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from running import running_service
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from tagstract.cli.main import main
from tagstract.labels import InputError
from tagstract.serving.http import api_keys
from tagstract.serving.http.faults import CODES, OneShape, fault
from tagstract.serving.http.settings import Settings, rename_old, table

PORTAL = "https://portal.example"
BODY = b'{"papers": []}'


class Service:
    """A running service that asks for keys; `call` answers a call over a socket of its own."""

    def __init__(self, address: str, file: Path) -> None:
        self.address, self.file = address, file
        self.key = api_keys.add(file, "portal")

    def call(self, method: str, path: str, body: bytes | None = None, **headers: str):
        connection = http.client.HTTPConnection(self.address, timeout=60)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, named)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def bearer(self, key: str = "") -> dict[str, str]:
        return {"authorization": f"Bearer {key or self.key}"}


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gate")
    file = folder / "keys.json"
    api_keys.add(file, "first")
    environment = {
        **os.environ,
        "TAGSTRACT_KEYS": str(file),
        "TAGSTRACT_ORIGINS": f"{PORTAL}, http://other.example:8080",
        "TAGSTRACT_MAX_BYTES": "2000",
        "TAGSTRACT_MAX_PAPERS": "2",
    }
    with running_service(folder / "log", env=environment) as (_, address):
        service = Service(address, file)
        yield service
        assert service.key not in (folder / "log").read_text()


def wait_for(status: int, ask) -> None:
    """A changed file of keys is seen within a second or so."""
    limit = time.monotonic() + 5
    while ask() != status:
        assert time.monotonic() < limit
        time.sleep(0.1)


@pytest.fixture(scope="module")
def known(service):
    """The service, once it has seen the key that was made after its start."""
    wait_for(200, lambda: service.call("POST", "/tag", BODY, **service.bearer())[0])
    return service


# Settings


def test_settings_are_read_from_the_environment():
    assert Settings.from_environment({"TAGSTRACT_LOG": "", "HOME": "/"}) == Settings()
    read = Settings.from_environment(
        {
            "TAGSTRACT_KEYS": "/etc/keys",
            "TAGSTRACT_ORIGINS": "https://A.example, http://[::1]:80",
            "TAGSTRACT_MAX_PAPERS": "7",
            "TAGSTRACT_RELOAD_SECONDS": "0",
            "TAGSTRACT_CACHE": "/tmp",
            "TAGSTRACT_TEST_POSTGRES": "anything",
        }
    )
    assert (read.keys_file, read.max_papers, read.reload_seconds) == (Path("/etc/keys"), 7, 0)
    assert read.origins == ("https://a.example", "http://[::1]:80")


@pytest.mark.parametrize("place", ["relative.sqlite", "mysql://u:secret@h/n"])
def test_a_place_for_corrections_that_can_be_none_is_told_at_the_start(place, monkeypatch, capsys):
    monkeypatch.setenv("TAGSTRACT_CORRECTIONS", place)
    assert main(["serve", "--settings"]) == 2
    error = capsys.readouterr().err
    assert "corrections" in error.lower()
    assert error.count("\n") == 1
    assert "secret" not in error


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("TAGSTRACT_MAX_PAPER", "5", "did you mean TAGSTRACT_MAX_PAPERS?"),
        ("TAGSTRACT_XYZ", "5", "is not a setting"),
        ("TAGSTRACT_MAX_PAPERS", "0", "'0' can't be used; use a whole number from 1 to"),
        ("TAGSTRACT_MAX_BYTES", "8 MB", "use a whole number from 1,024 to"),
        ("TAGSTRACT_BODY_SECONDS", "nan", "use seconds, from 0.1 to"),
        ("TAGSTRACT_WAIT_SECONDS", "soon", "use seconds, from 0 to"),
        ("TAGSTRACT_ORIGINS", "*", "'*' is not an origin"),
        ("TAGSTRACT_ORIGINS", "https://a.example/", "write each as https://host"),
        ("TAGSTRACT_LOG", "xml", "use json or text"),
        ("TAGSTRACT_WORKERS", "1" + "0" * 20, "use a whole number from 1 to 256"),
        ("TAGSTRACT_CALL_SECONDS", "1e9", "use seconds, from 0.1 to 86,400"),
        ("TAGSTRACT_HOSTS", "a.example:80", "'a.example:80' is not a host"),
    ],
)
def test_a_setting_that_cannot_be_used_is_one_line(name, value, words, monkeypatch, capsys):
    monkeypatch.setenv(name, value)
    assert main(["serve"]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"tagstract: {name}: ")
    assert words in error
    assert error.count("\n") == 1


def test_old_names_of_settings_still_count_and_are_warned_of_once(monkeypatch, capsys):
    environ = {
        "TAGSTRACT_MOST_PAPERS": "7",
        "TAGSTRACT_MOST_BYTES": "2048",
        "TAGSTRACT_LOG": "text",
    }
    warnings: list[str] = []
    rename_old(environ, warnings.append)
    rename_old(environ, warnings.append)
    read = Settings.from_environment(environ)
    assert (read.max_papers, read.max_bytes, read.log) == (7, 2048, "text")
    [warning] = warnings
    assert "TAGSTRACT_MOST_PAPERS is now TAGSTRACT_MAX_PAPERS" in warning

    monkeypatch.setenv("TAGSTRACT_MAX_PAPERS", "9")
    monkeypatch.setenv("TAGSTRACT_MOST_PAPERS", "7")
    assert main(["serve", "--settings"]) == 0
    shown = capsys.readouterr()
    [line] = [line for line in shown.out.splitlines() if line.startswith("TAGSTRACT_MAX_PAPERS")]
    assert line.split()[:3] == ["TAGSTRACT_MAX_PAPERS", "512", "9"]
    assert shown.err.count("\n") == 1


def test_the_table_of_settings_shows_no_password(capsys, monkeypatch):
    monkeypatch.setenv("TAGSTRACT_CORRECTIONS", "postgresql+psycopg://me:pass@host/db?password=p2")
    monkeypatch.setenv("TAGSTRACT_BODY_SECONDS", "2.5")
    assert main(["serve", "--settings"]) == 0
    shown = capsys.readouterr().out
    assert "pass@" not in shown and "p2" not in shown
    [line] = [line for line in shown.splitlines() if line.startswith("TAGSTRACT_BODY_SECONDS")]
    assert line.split()[:3] == ["TAGSTRACT_BODY_SECONDS", "10", "2.5"]


def test_the_users_guide_names_every_setting_and_every_code():
    guide = (Path(__file__).parent.parent / "docs" / "users.md").read_text()
    for name, default, *_ in table({}):
        assert f"| `{name}` | {default or 'unset'} |" in guide
    for code, (status, _) in CODES.items():
        assert f"| {status} | `{code}` |" in guide


# Keys


def test_a_key_is_shown_once_and_only_its_hash_is_kept(tmp_path, capsys, monkeypatch):
    file = tmp_path / "keys.json"
    monkeypatch.setenv("TAGSTRACT_KEYS", str(file))
    assert main(["keys", "add", "portal"]) == 0
    said = capsys.readouterr()
    secret = said.out.strip()
    assert secret.startswith("tagstract_")
    assert secret not in said.err + file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert api_keys.holder(secret, api_keys.load(file)) == "portal"
    assert api_keys.holder(secret[:-1], api_keys.load(file)) is None

    assert main(["keys", "revoke", "portal"]) == 0
    assert api_keys.holder(secret, api_keys.load(file)) is None
    capsys.readouterr()
    assert main(["keys", "list", "--keys", str(file)]) == 0
    assert "revoked 2" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["add", "a b"], "is not a valid key name"),
        (["add", "first"], "choose another name"),
        (["revoke", "second"], "no active key for 'second'"),
        (["list", "--keys", "missing.json"], "`tagstract keys add NAME` creates it"),
        (["add", "x", "--keys", "torn.json"], "or is damaged; restore it"),
        (["add", "x", "--keys", "nowhere/keys.json"], "its folder is missing"),
        (["list", "--keys", ""], "use --keys FILE"),
    ],
)
def test_keys_that_cannot_be_changed_are_one_line(tmp_path, monkeypatch, capsys, arguments, words):
    monkeypatch.chdir(tmp_path)
    api_keys.add(Path("keys.json"), "first")
    Path("torn.json").write_text('{"keys": [{"name": "first"')
    if "--keys" not in arguments:
        arguments = [*arguments, "--keys", "keys.json"]
    assert main(["keys", *arguments]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"keys": {"a": 1}}', '{"keys": [1]}', "\xff",
             '{"keys": [{"name": "a", "created": "", "revoked": false, "sha256": "x"}]}']
)  # fmt: skip
def test_a_damaged_file_of_keys_is_no_file_of_keys(tmp_path, text):
    file = tmp_path / "keys.json"
    file.write_text(text, encoding="latin-1")
    with pytest.raises(InputError, match=r"is damaged|is not a key file"):
        api_keys.load(file)


def test_keys_made_at_once_are_all_kept(tmp_path):
    file = tmp_path / "keys.json"
    with ThreadPoolExecutor(8) as pool:
        secrets = list(pool.map(lambda number: api_keys.add(file, f"caller-{number}"), range(24)))
    held = api_keys.load(file)
    assert {api_keys.holder(secret, held) for secret in secrets} == {
        f"caller-{n}" for n in range(24)
    }


def test_it_does_not_start_without_its_file_of_keys(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("TAGSTRACT_KEYS", str(tmp_path / "keys.json"))
    assert main(["serve", "--port", "1"]) == 2
    assert "keys.json: is missing" in capsys.readouterr().err


def test_a_call_needs_a_key_and_a_probe_none(known):
    for method, path in [("POST", "/tag"), ("GET", "/areas"), ("GET", "/metrics"),
                         ("POST", "/ui/papers"), ("GET", "/nowhere")]:  # fmt: skip
        status, headers, body = known.call(method, path, BODY if method == "POST" else None)
        assert (status, json.loads(body)["error"]["code"]) == (401, "unauthorized")
        assert headers["www-authenticate"] == "Bearer"
    for path in ("/livez", "/readyz", "/healthz", "/", "/ui", "/ui/page.js"):
        assert known.call("GET", path)[0] == 200
    assert known.call("GET", "/areas", **known.bearer())[0] == 200
    for wrong in (f"Basic {known.key}", known.key, "Bearer", "Bearer ", f"Bearer {known.key}x",
                  f"Bearer {known.key.lower()}"):  # fmt: skip
        assert known.call("GET", "/areas", authorization=wrong)[0] == 401


def test_the_page_tells_what_this_service_takes(known):
    page = known.call("GET", "/ui")[2]
    assert b'data-max-bytes="2000"' in page and b"up to 1 KB." in page
    assert b'data-max-papers="2"' in page


def test_keys_come_and_go_while_it_runs(known):
    made = api_keys.add(known.file, "guest")
    ask = lambda: known.call("GET", "/areas", **known.bearer(made))[0]  # noqa: E731
    wait_for(200, ask)
    api_keys.revoke(known.file, "guest")
    wait_for(401, ask)
    assert known.call("GET", "/areas", **known.bearer())[0] == 200
    whole = known.file.read_bytes()
    known.file.write_bytes(whole[:-20])
    wait_for(503, lambda: known.call("GET", "/areas", **known.bearer())[0])
    assert known.call("GET", "/livez")[0] == known.call("GET", "/ui")[0] == 200
    known.file.write_bytes(whole)
    wait_for(200, lambda: known.call("GET", "/areas", **known.bearer())[0])


# Errors


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status", "code"),
    [
        ("POST", "/tag", b"{torn", {}, 400, "bad-json"),
        ("POST", "/tag", b"[]", {}, 400, "bad-call"),
        ("POST", "/feedback", b'{"papers": []}', {}, 400, "bad-call"),
        ("POST", "/ui/papers", b"no feed", {}, 400, "bad-call"),
        ("POST", "/tag", BODY, {"authorization": "Bearer x"}, 401, "unauthorized"),
        ("POST", "/tag", BODY, {"origin": "https://elsewhere.example"}, 403, "forbidden"),
        ("POST", "/ui/papers", BODY, {"origin": "null"}, 403, "forbidden"),
        ("GET", "/nowhere", None, {}, 404, "not-found"),
        ("GET", "/ui/nowhere.js", None, {}, 404, "not-found"),
        ("GET", "/tag", None, {}, 405, "method-not-allowed"),
        ("DELETE", "/areas", None, {}, 405, "method-not-allowed"),
        ("POST", "/tag", b'{"papers": [1, 2, 3]}', {}, 413, "too-large"),
        ("POST", "/tag", b" " * 2001, {}, 413, "too-large"),
        ("POST", "/tag", b" ", {"content_length": "9" * 18}, 413, "too-large"),
        ("POST", "/tag", BODY, {"content_encoding": "gzip"}, 415, "unsupported-encoding"),
    ],
)
def test_every_failure_has_one_shape(known, method, path, body, headers, status, code):
    got, said, answer = known.call(method, path, body, **{**known.bearer(), **headers})
    error = json.loads(answer)["error"]
    assert (got, error["code"], set(error)) == (status, code, {"code", "message"})
    assert error["message"] and error["message"].isprintable()
    assert said["content-type"] == "application/json"


def test_a_bad_call_keeps_its_connection(known):
    connection = http.client.HTTPConnection(known.address, timeout=60)
    for body, status in ((b"{torn", 400), (BODY, 200)):
        connection.request("POST", "/tag", body, known.bearer())
        answer = connection.getresponse()
        assert (answer.status, answer.read() != b"") == (status, True)
        assert not answer.will_close
    connection.close()


def test_what_the_frameworks_answer_gets_the_shape():
    answers = {
        "/text": PlainTextResponse("Bad\nthing", 400, {"x-kept": "1"}),
        "/list": JSONResponse([{"error": "Missing field"}], 400),
        "/inside": JSONResponse({"error": "secret", "detail": [1]}, 500),
        "/odd": PlainTextResponse("short and stout", 418),
        "/ours": fault("overloaded", "busy", {"retry-after": "3"}).response(),
        "/good": JSONResponse({"error": 1}),
    }
    routes = [Route(path, lambda _, answer=answer: answer) for path, answer in answers.items()]
    client = TestClient(OneShape(Starlette(routes=routes)))
    got = {path: client.get(path) for path in answers}
    told = {path: answer.json()["error"] for path, answer in got.items()}
    assert told["/text"] == {"code": "bad-call", "message": "Bad\\nthing"}
    assert got["/text"].headers["x-kept"] == "1"
    assert told["/list"] == {"code": "bad-call", "message": "Missing field"}
    assert (told["/inside"]["code"], "secret" in got["/inside"].text) == ("internal", False)
    assert (got["/odd"].status_code, told["/odd"]["code"]) == (418, "bad-call")
    assert told["/ours"] == {"code": "overloaded", "message": "busy"}
    assert got["/ours"].headers["retry-after"] == "3"
    assert (got["/good"].status_code, told["/good"]) == (200, 1)


# Pages of other sites


def test_only_a_named_origin_may_call_from_its_pages(known):
    ask = {"access_control_request_method": "POST",
           "access_control_request_headers": "authorization,content-type"}  # fmt: skip
    allowed = "access-control-allow-origin"
    status, headers, _ = known.call("OPTIONS", "/tag", origin=PORTAL, **ask)
    assert (status, headers[allowed]) == (200, PORTAL)
    assert "authorization" in headers["access-control-allow-headers"].lower()
    status, headers, _ = known.call("POST", "/tag", BODY, origin=PORTAL, **known.bearer())
    assert (status, headers[allowed]) == (200, PORTAL)
    status, headers, _ = known.call("POST", "/tag", BODY, origin=PORTAL)
    assert (status, headers[allowed]) == (401, PORTAL)  # so that the page can read why
    for other in ("https://elsewhere.example", f"{PORTAL}.elsewhere.example", "null"):
        status, headers, body = known.call("OPTIONS", "/tag", origin=other, **ask)
        assert (status, headers[allowed]) == (400, None)
        assert json.loads(body)["error"]["code"] == "bad-call"
        status, headers, _ = known.call("POST", "/tag", BODY, origin=other, **known.bearer())
        assert (status, headers[allowed]) == (403, None)
