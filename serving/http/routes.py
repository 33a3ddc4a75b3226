"""The routes beside BentoML's own: the taxonomy, the model, the metrics, and the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tagstract.serving.http import page
from tagstract.serving.http.faults import fault
from tagstract.serving.http.middleware.observation import exposition
from tagstract.serving.http.openapi import description
from tagstract.serving.http.requests.feed_process import FeedProcesses
from tagstract.serving.http.settings import Settings

if TYPE_CHECKING:
    from tagstract.model_folder import Model

__all__ = ["nothing", "routes"]


async def areas(request: Request) -> JSONResponse:
    """`GET /areas`: the taxonomy of the live model."""
    model: Model = request.app.state.live.now.model
    return JSONResponse({**model.taxonomy.as_dict(), "model": model.tag})


async def model(request: Request) -> JSONResponse:
    """`GET /model`: name, version, taxonomy version, metrics and thresholds."""
    return JSONResponse(request.app.state.live.now.model.as_dict())


async def openapi(request: Request) -> JSONResponse:
    """`GET /openapi.json`: the OpenAPI description of the service."""
    return JSONResponse(description(request.app.state.settings))


async def nothing(request: Request) -> JSONResponse:
    """404 for what BentoML would show and this service does not."""
    return fault("not-found").response()


def routes(settings: Settings, feeds: FeedProcesses) -> Starlette:
    """The application with these routes; its `state.live` must be set before it is called."""
    application = Starlette(
        routes=[
            Route("/areas", areas),
            Route("/model", model),
            Route("/metrics", exposition),
            Route("/openapi.json", openapi),
            Route("/docs.json", openapi),
            Route("/static_content/{file:path}", nothing),
            *page.routes,
        ]
    )
    # A redirect would send the caller to whatever `Host` says.
    application.router.redirect_slashes = False
    application.state.settings, application.state.feeds = settings, feeds
    return application
