"""The service, made from its settings; nothing here reads the environment."""

from __future__ import annotations

import gc
import sys
from dataclasses import dataclass
from typing import Any

import bentoml
from pydantic_core import to_json
from starlette.applications import Starlette
from starlette.responses import Response
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from tagstract.serving.http.call import CURRENT, ParsedCall
from tagstract.serving.http.feedback import UNREACHABLE, Feedback
from tagstract.serving.http.log import set_up
from tagstract.serving.http.metrics import metrics
from tagstract.serving.http.middleware.observation import watched
from tagstract.serving.http.middleware.stack import Middleware, stack
from tagstract.serving.http.requests.feed_process import FeedProcesses
from tagstract.serving.http.routes import routes
from tagstract.serving.http.settings import Settings
from tagstract.serving.http.worker.load import Load
from tagstract.serving.http.worker.shutdown import finish_before_stop

__all__ = ["App", "Worker", "create_app"]


@dataclass(frozen=True)
class App:
    """What BentoML makes a service of: the class of its workers, its options, its middleware."""

    worker: type[Worker]
    options: dict[str, Any]
    middleware: list[Middleware]


def create_app(settings: Settings) -> App:
    """The service with these settings."""
    load, feeds = Load(), FeedProcesses()
    application = routes(settings, feeds)

    @bentoml.asgi_app(application, path="/")
    class Tagstract(Worker):
        """Tags research abstracts with research areas."""

        def __init__(self) -> None:
            super().__init__(settings, load, application)

    options = {
        "name": "tagstract",
        "workers": settings.workers,
        # Calls at a time. They mostly wait for the encoder, which has threads of its own, as many
        # as there are cores; so a few long calls, or a slow store of corrections, hold up no other.
        "threads": 32,
        "http": {"host": "127.0.0.1", "port": 3000},
        # `Watch` does both. BentoML's counts have a label for each path that anybody asks for.
        "metrics": {"enabled": False},
        "logging": {"access": {"enabled": False}},
        # BentoML records a span of each call also where no traces are collected. Who collects them
        # sets this to "" in the same configuration.
        "tracing": {"excluded_urls": "."},
    }
    return App(Tagstract, options, stack(settings, load, feeds))


class Worker:
    """One process of the service: the live model, and the calls that it answers.

    `POST /tag` is deliberately not batchable. The encoder runs one paper at a time, so
    merging requests would win nothing, and would let one request's fault reach another.
    """

    def __init__(self, settings: Settings, load: Load, application: Starlette) -> None:
        # Here: BentoML's supervisor imports this module too, and needs no model.
        from tagstract.serving.http.worker.live_model import Live

        set_up(settings.log)
        # Python's turns are 5 ms long, and the event loop would wait one for each call in work.
        sys.setswitchinterval(0.0005)
        # The threads of numpy's products wait for more work at full speed, on the encoder's cores.
        threadpool_limits(1, user_api="blas")
        self.load = load
        self.live = application.state.live = Live(settings)
        self.live.start()
        load.pace = lambda: self.live.now.model.encoder.pace
        load.cost = lambda: self.live.now.model.cost
        load.window = self.live.now.model.encoder.threads
        finish_before_stop(load, settings.stop_seconds)
        # What is here now stays: looking through it for garbage would stop all calls for long.
        gc.collect()
        gc.freeze()

    @bentoml.on_shutdown  # type: ignore[untyped-decorator]
    def end(self) -> None:
        """The worker ends."""
        self.live.stop()

    async def __is_ready__(self) -> bool:
        return not self.load.stopping

    @bentoml.api(route="/tag")  # type: ignore[untyped-decorator]
    def tag(self, papers: list[Any]) -> Any:
        """Tagged papers, in the order of the papers and as many; a bad one has its own error."""
        return self._tagged("/tag", papers)

    @bentoml.api(route="/explain")  # type: ignore[untyped-decorator]
    def explain(self, papers: list[Any]) -> Any:
        """The same, and `evidence`: for each tag the sentences that support it."""
        return self._tagged("/explain", papers, explain=True)

    @bentoml.api(route="/feed")  # type: ignore[untyped-decorator]
    def feed(self, papers: list[Any]) -> Any:
        """The tagged papers of a feed file, which is the body, whatever its format is."""
        return self._tagged("/feed", papers)

    @bentoml.api(route="/feedback")  # type: ignore[untyped-decorator]
    def feedback(self, corrections: list[Any], ctx: bentoml.Context) -> dict[str, Any]:
        """What became of each correction, in order; 503 where none could be stored."""
        asked = _parsed(corrections)
        answer = Feedback(self.live.now.model.taxonomy).store(asked.items)
        if answer is None:
            ctx.response.status_code = UNREACHABLE.status
            return UNREACHABLE.body()
        metrics().observe_corrections([result["status"] for result in answer["results"]])
        return answer

    def _tagged(self, path: str, papers: list[Any], explain: bool = False) -> Response:
        """The answer to a call with papers, with the options that it gives."""
        asked, served = _parsed(papers), self.live.now
        explain = explain or asked.explain
        tagger = served.explainer if explain else served.tagger
        if asked.top is not None or asked.threshold is not None or asked.all_probabilities:
            tagger = served.tagger_for(asked.top, asked.threshold, asked.all_probabilities, explain)
        return _json([answer.as_dict() for answer in watched(path, tagger.tag, asked.items)])


def _parsed(items: list[Any]) -> ParsedCall:
    """The call that is answered now; one of `items` where no middleware has read it."""
    call = CURRENT.get()
    return call.parsed if call is not None and call.parsed is not None else ParsedCall(items)


def _json(answers: list[dict[str, Any]]) -> Response:
    """An answer as it is sent, made in the thread of its call: BentoML would check and write a
    list in the event loop, which all calls share. JSON has no word for what 1e999 is read as."""
    return Response(to_json(answers, inf_nan_mode="null"), media_type="application/json")
