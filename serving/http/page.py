"""The page for people: its files, and the papers of a feed they give it.

The page is plain HTML, style and script, served as they are; it calls `/tag`, `/explain`,
`/areas` and `/feedback` as any other caller does. Only for feeds it needs a route of its own.
"""

from __future__ import annotations

from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tagstract.labels import InputError, Problem
from tagstract.labels.io.source import Source
from tagstract.serving.feeds import feed_of
from tagstract.serving.http.faults import fault

__all__ = ["papers_of", "routes"]

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
_SHOWN = ("id", "title", "abstract")


async def show(request: Request) -> Response:
    """`GET /ui`, `/`: the page; `GET /ui/NAME`: its style and scripts."""
    name = request.path_params.get("name", "page.html")
    if name not in _FILES:
        return fault("not-found").response()
    settings = request.app.state.settings
    is_page = name == "page.html"
    body = _page(settings.most_bytes, settings.most_papers) if is_page else _FILES[name]
    return Response(body, media_type=_KINDS[Path(name).suffix], headers=_HEADERS)


@cache
def _page(most_bytes: int, most_papers: int) -> bytes:
    """The page, which sends nothing that would be refused here."""
    size = f"{most_bytes >> 20} MB" if most_bytes >= 1 << 20 else f"{most_bytes >> 10} KB"
    page = _FILES["page.html"]
    for name, value in (("bytes", most_bytes), ("papers", most_papers), ("size", size)):
        page = page.replace(f"{{most_{name}}}".encode(), str(value).encode())
    return page


async def papers(request: Request) -> Response:
    """`POST /ui/papers`: the papers of a feed file, which is the body."""
    data = await request.body()
    try:
        answer = await run_in_threadpool(papers_of, data, request.app.state.settings.most_papers)
    except InputError as error:
        return fault("bad-call", str(error)).response()
    return JSONResponse(answer)


def papers_of(data: bytes, most: int) -> dict[str, Any]:
    """The papers of a feed's bytes, whatever its format is.

    Returns:
        `format`, `notes` (what was guessed), `papers` (`most` at most; each has what is there of
        id, title and abstract, or `error`, one line, where its record can't be read) and
        `left_out`, how many follow.

    Raises:
        InputError: it is no feed, packed, or unusable as a whole.
    """
    source = Source.of_bytes(data, "the feed")
    # A packed file can be a thousand times larger than the body that was let in.
    if source.packed:
        raise InputError("is packed; unpack it", "the feed")
    feed = feed_of(source)
    shown = [_shown(record) for record in islice(feed.records, most)]
    left_out = sum(1 for _ in feed.records)
    return {"format": feed.format, "papers": shown, "left_out": left_out, "notes": feed.notes.told}


def _shown(record: dict[str, Any] | Problem) -> dict[str, Any]:
    if isinstance(record, Problem):
        return {"error": str(record)}
    return {name: record[name] for name in _SHOWN if record.get(name) is not None}


routes = [
    Route("/", show),
    Route("/ui", show),
    Route("/ui/papers", papers, methods=["POST"]),
    Route("/ui/{name}", show),
]
