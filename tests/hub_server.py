"""A stand-in for the Hugging Face Hub: the calls that pushing and pulling a model make."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Repository:
    private: bool
    commits: list[dict[str, bytes]] = field(default_factory=lambda: [{}])
    tags: dict[str, int] = field(default_factory=dict)

    def at(self, revision: str) -> int | None:
        if revision == "main":
            return len(self.commits) - 1
        if revision in self.tags:
            return self.tags[revision]
        found = [n for n in range(len(self.commits)) if oid(n) == revision]
        return found[0] if found else None


def oid(number: int) -> str:
    return hashlib.sha1(str(number).encode()).hexdigest()


class HubServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.repositories: dict[str, Repository] = {}
        self.large: dict[str, bytes] = {}
        self.token = "hf_" + "x" * 34

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextlib.contextmanager
def hub_server() -> Iterator[HubServer]:
    server = HubServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Handler(BaseHTTPRequestHandler):
    server: HubServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_) -> None:
        pass

    def answer(self, status: int, body: bytes | dict | list = b"", **headers: str) -> None:
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def do_POST(self) -> None:
        body = self.body()
        if self.path == "/api/validate-yaml":
            return self.answer(200, {"errors": [], "warnings": []})
        if self.headers.get("Authorization") != f"Bearer {self.server.token}":
            return self.answer(401, {"error": "Invalid username or password."})
        if self.path == "/api/repos/create":
            asked = json.loads(body)
            name = f"{asked['organization']}/{asked['name']}" if "organization" in asked else asked["name"]  # fmt: skip  # noqa: E501
            if name in self.server.repositories:
                return self.answer(409, {"url": f"{self.server.url}/{name}"})
            self.server.repositories[name] = Repository(bool(asked.get("private")))
            return self.answer(200, {"url": f"{self.server.url}/{name}"})
        if found := re.fullmatch(r"/api/models/([^/]+/[^/]+)/preupload/main", self.path):
            asked = json.loads(body)["files"]
            # As the Hub: what is no text, or large, is kept apart.
            answer = [
                {
                    "path": one["path"],
                    "uploadMode": "lfs" if one["path"].endswith((".onnx", ".npz")) else "regular",
                    "shouldIgnore": False,
                }
                for one in asked
            ]
            return self.answer(200, {"files": answer})
        if self.path.endswith(".git/info/lfs/objects/batch"):
            objects = [
                {
                    "oid": one["oid"],
                    "size": one["size"],
                    "actions": {"upload": {"href": f"{self.server.url}/large/{one['oid']}"}},
                }
                for one in json.loads(body)["objects"]
            ]
            return self.answer(200, {"transfer": "basic", "objects": objects})
        if found := re.fullmatch(r"/api/models/([^/]+/[^/]+)/commit/main", self.path):
            return self.commit(self.server.repositories[found[1]], body)
        if found := re.fullmatch(r"/api/models/([^/]+/[^/]+)/tag/(.+)", self.path):
            repository = self.server.repositories[found[1]]
            name = json.loads(body)["tag"]
            if name in repository.tags:
                return self.answer(409, {"error": "Tag exists"})
            repository.tags[name] = repository.at(found[2])
            return self.answer(200, {})
        return self.answer(404, {"error": f"no such call: {self.path}"})

    def commit(self, repository: Repository, body: bytes) -> None:
        files = dict(repository.commits[-1])
        for line in body.splitlines():
            part = json.loads(line)
            if part["key"] == "file":
                files[part["value"]["path"]] = base64.b64decode(part["value"]["content"])
            elif part["key"] == "lfsFile":
                files[part["value"]["path"]] = self.server.large[part["value"]["oid"]]
        repository.commits.append(files)
        number = len(repository.commits) - 1
        self.answer(
            200,
            {
                "commitUrl": f"{self.server.url}/x/y/commit/{oid(number)}",
                "commitOid": oid(number),
                "success": True,
            },
        )

    def do_PUT(self) -> None:
        data = self.body()
        self.server.large[self.path.rpartition("/")[2]] = data
        self.answer(200)

    def do_GET(self) -> None:
        if found := re.fullmatch(
            r"/api/models/([^/]+/[^/]+?)(?:/(?:revision|tree)/([^?/]+))?(?:\?.*)?", self.path
        ):
            repository = self.server.repositories.get(found[1])
            number = repository.at(found[2] or "main") if repository else None
            if number is None:
                code = "RevisionNotFound" if repository else "RepoNotFound"
                return self.answer(404, {"error": "not found"}, X_Error_Code=code)
            files = repository.commits[number]
            if "/tree/" in self.path:
                tree = [
                    {"type": "file", "path": name, "size": len(data), "oid": digest(data)}
                    for name, data in files.items()
                ]
                return self.answer(200, tree)
            siblings = [{"rfilename": name} for name in files]
            about = {"id": found[1], "sha": oid(number), "siblings": siblings, "private": False}
            return self.answer(200, about)
        if found := re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", self.path):
            repository = self.server.repositories[found[1]]
            number = repository.at(found[2])
            data = repository.commits[number].get(found[3])
            if data is None:
                return self.answer(404, {"error": "no such file"}, X_Error_Code="EntryNotFound")
            return self.answer(
                200,
                data,
                ETag=f'"{digest(data)}"',
                X_Repo_Commit=oid(number),
                Content_Length=str(len(data)),
            )
        return self.answer(404, {"error": f"no such call: {self.path}"})

    do_HEAD = do_GET


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
