"""The page for people: its files, and the papers of a feed they give it.

The page is plain HTML, style and script, served as they are; it calls `/tag`, `/explain`,
`/areas` and `/feedback` as any other caller does. Only for feeds it needs a route of its own.
"""

from __future__ import annotations

import json
from functools import cache
from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tagstract.labels.tagged import Reason
from tagstract.serving.http.faults import Fault, fault

__all__ = ["routes"]

_FOLDER = Path(__file__).with_name("static")
_KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript",
          ".svg": "image/svg+xml"}  # fmt: skip
_FILES = {path.name: path.read_bytes() for path in _FOLDER.iterdir() if path.suffix in _KINDS}

_HEADERS = {
    # Trusted types: a script that sets HTML from text, ours by mistake or another's, is stopped.
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-cache",
}


async def show(request: Request) -> Response:
    """`GET /ui`, `/`: the page; `GET /ui/NAME`: its style and scripts."""
    name = request.path_params.get("name", "page.html")
    if name not in _FILES:
        return fault("not-found").response()
    settings = request.app.state.settings
    is_page = name == "page.html"
    body = _page(settings.max_bytes, settings.max_papers) if is_page else _FILES[name]
    return Response(body, media_type=_KINDS[Path(name).suffix], headers=_HEADERS)


@cache
def _page(max_bytes: int, max_papers: int) -> bytes:
    """The page, which sends nothing that would be refused here."""
    size = f"{max_bytes >> 20} MB" if max_bytes >= 1 << 20 else f"{max_bytes >> 10} KB"
    page = _FILES["page.html"]
    for name, value in (("bytes", max_bytes), ("papers", max_papers), ("size", size)):
        page = page.replace(f"{{max_{name}}}".encode(), str(value).encode())
    reasons = json.dumps({reason: reason.words for reason in Reason})
    return page.replace(b"{reasons}", escape(reasons).encode())


async def papers(request: Request) -> Response:
    """`POST /ui/papers`: the papers of a feed file, which is the body."""
    state = request.app.state
    answer = await state.feeds.read(await request.body(), state.settings.max_papers, whole=False)
    if isinstance(answer, Fault):
        return answer.response()
    return Response(answer, media_type="application/json")


routes = [
    Route("/", show),
    Route("/ui", show),
    Route("/ui/papers", papers, methods=["POST"]),
    Route("/ui/{name}", show),
]
