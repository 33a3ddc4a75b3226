"""The middleware of the service, in order."""

from __future__ import annotations

from typing import Any

from starlette.middleware.cors import CORSMiddleware

from tagstract.serving.http.faults import OneShape
from tagstract.serving.http.middleware.admission import Admission, Arrival
from tagstract.serving.http.middleware.authentication import Keys
from tagstract.serving.http.middleware.call_check import CallCheck
from tagstract.serving.http.middleware.hosts import Hosts
from tagstract.serving.http.middleware.observation import Watch
from tagstract.serving.http.openapi import CALLS
from tagstract.serving.http.requests.feed_process import FeedProcesses
from tagstract.serving.http.settings import Settings
from tagstract.serving.http.worker.load import Load

Middleware = tuple[type, dict[str, Any]]


def stack(settings: Settings, load: Load, feeds: FeedProcesses) -> list[Middleware]:
    """Middleware classes and their options; the first is the outermost."""
    found: list[Middleware] = [
        (Watch, {"calls": CALLS}),
        (OneShape, {}),
        (Hosts, {"names": settings.hosts}),
    ]
    if settings.origins:
        cors = {
            "allow_origins": settings.origins,
            "allow_methods": ["GET", "POST"],
            "allow_headers": ["authorization", "content-type", "x-request-id"],
            "expose_headers": ["retry-after", "x-request-id"],
        }
        found.append((CORSMiddleware, cors))
    if settings.keys_file:
        found.append((Keys, {"file": settings.keys_file}))
    return [
        *found,
        (Arrival, {"load": load, "settings": settings}),
        (CallCheck, {"settings": settings, "feeds": feeds}),
        (Admission, {"load": load, "settings": settings}),
    ]
