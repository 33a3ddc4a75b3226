"""The HTTP service: one BentoML service over one tagger.

`POST /tag` is no batchable endpoint on purpose. The encoder runs one paper at a time, so merging
requests would win nothing, and would let one request's fault reach another.
"""

from __future__ import annotations

import gc
import os
import sys
from typing import Any

import bentoml
from pydantic_core import to_json
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from tagstract.model_folder import Model
from tagstract.serving.http import page
from tagstract.serving.http.faults import OneShape, fault
from tagstract.serving.http.feedback import UNREACHABLE, Feedback
from tagstract.serving.http.live_model import Live
from tagstract.serving.http.load import Load
from tagstract.serving.http.log import set_up
from tagstract.serving.http.metrics import metrics
from tagstract.serving.http.middleware.admission import Admission, Arrival
from tagstract.serving.http.middleware.authentication import Keys
from tagstract.serving.http.middleware.call_check import CallCheck
from tagstract.serving.http.middleware.observation import Watch, exposition, watched
from tagstract.serving.http.openapi import CALLS, description
from tagstract.serving.http.protocol import use_protocol
from tagstract.serving.http.settings import Settings
from tagstract.serving.http.shutdown import finish_before_stop
from tagstract.serving.http.supervision import end_with_supervisor, guard_supervisor
from tagstract.serving.http.timers import leave_out_timers

SETTINGS = Settings.from_environment(os.environ)
LOAD = Load()
end_with_supervisor()
guard_supervisor(SETTINGS.stop_seconds)
leave_out_timers()
use_protocol()


async def areas(request: Request) -> JSONResponse:
    """`GET /areas`: the taxonomy of the live model."""
    model: Model = request.app.state.live.now.model
    return JSONResponse({**model.taxonomy.as_dict(), "model": model.tag})


async def model(request: Request) -> JSONResponse:
    """`GET /model`: name, version, taxonomy version, metrics and thresholds."""
    return JSONResponse(request.app.state.live.now.model.as_dict())


async def openapi(request: Request) -> JSONResponse:
    """`GET /openapi.json`: what the service says of itself."""
    return JSONResponse(description(SETTINGS))


async def nothing(request: Request) -> JSONResponse:
    """What BentoML would show here and we do not."""
    return fault("not-found").response()


pages = Starlette(
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
pages.state.most_papers = SETTINGS.most_papers
pages.state.most_bytes = SETTINGS.most_bytes


@bentoml.service(
    name="tagstract",
    workers=SETTINGS.workers,
    # Calls at a time. They mostly wait for the encoder, which has threads of its own, as many as
    # there are cores; so a few long calls, or a slow store of corrections, hold up no other.
    threads=32,
    http={"host": "127.0.0.1", "port": 3000},
    # `Watch` does both. BentoML's counts have a label for each path that anybody asks for.
    metrics={"enabled": False},
    logging={"access": {"enabled": False}},
    # BentoML records a span of each call also where no traces are collected. Who collects them
    # sets this to "" in the same configuration.
    tracing={"excluded_urls": "."},
)
@bentoml.asgi_app(pages, path="/")
class Tagstract:
    """Tags research abstracts with research areas."""

    def __init__(self) -> None:
        set_up(SETTINGS.log)
        # Python's turns are 5 ms long, and the event loop would wait one for each call in work.
        sys.setswitchinterval(0.0005)
        # The threads of numpy's products wait for more work at full speed, on the encoder's cores.
        threadpool_limits(1, user_api="blas")
        self.live = pages.state.live = Live(SETTINGS)
        self.live.start()
        LOAD.pace = lambda: self.live.now.model.encoder.pace
        LOAD.window = self.live.now.model.encoder.threads
        finish_before_stop(LOAD, SETTINGS.stop_seconds)
        # What is here now stays: looking through it for garbage would stop all calls for long.
        gc.collect()
        gc.freeze()

    @bentoml.on_shutdown  # type: ignore[untyped-decorator]
    def end(self) -> None:
        """The worker ends."""
        self.live.stop()

    async def __is_ready__(self) -> bool:
        return not LOAD.stopping

    @bentoml.api(route="/tag")  # type: ignore[untyped-decorator]
    def tag(self, papers: list[Any]) -> Any:
        """Tagged papers, in the order of the papers and as many; a bad one has its own error."""
        return _json(watched("/tag", self.live.now.tagger.tag, papers))

    @bentoml.api(route="/explain")  # type: ignore[untyped-decorator]
    def explain(self, papers: list[Any]) -> Any:
        """The same, and `evidence`: for each tag the sentences that support it."""
        return _json(watched("/explain", self.live.now.explainer.tag, papers))

    @bentoml.api(route="/feedback")  # type: ignore[untyped-decorator]
    def feedback(self, corrections: list[Any], ctx: bentoml.Context) -> dict[str, Any]:
        """What became of each correction, in order; 503 where none could be stored."""
        answer = Feedback(self.live.now.model.taxonomy).store(corrections)
        if answer is None:
            ctx.response.status_code = UNREACHABLE.status
            return UNREACHABLE.body()
        metrics().observe_corrections([result["status"] for result in answer["results"]])
        return answer


def _json(answers: list[dict[str, Any]]) -> Response:
    """An answer as it is sent, made in the thread of its call: BentoML would check and write a
    list in the event loop, which all calls share. JSON has no word for what 1e999 is read as."""
    return Response(to_json(answers, inf_nan_mode="null"), media_type="application/json")


# The first is the outermost.
add: Any = Tagstract.add_asgi_middleware  # type: ignore[attr-defined]
add(Watch, calls=CALLS)
add(OneShape)
if SETTINGS.origins:
    add(
        CORSMiddleware,
        allow_origins=SETTINGS.origins,
        allow_methods=["GET", "POST"],
        allow_headers=["authorization", "content-type", "x-request-id"],
        expose_headers=["retry-after", "x-request-id"],
    )
if SETTINGS.keys_file:
    add(Keys, file=SETTINGS.keys_file)
add(Arrival, load=LOAD, settings=SETTINGS)
add(CallCheck, settings=SETTINGS)
add(Admission, load=LOAD, settings=SETTINGS)
