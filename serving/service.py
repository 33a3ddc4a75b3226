"""The HTTP service: one BentoML service over one tagger.

`POST /tag` is no batchable endpoint on purpose. The encoder runs one paper at a time, so merging
requests would win nothing, and would let one request's fault reach another.
"""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("BENTOML_DO_NOT_TRACK", "True")

import bentoml
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from model_folder import Model, resolve
from serving import page
from serving.feedback import UNREACHABLE, Feedback
from serving.limits import CallCheck
from serving.tagger import Tagger

MODEL_VARIABLE = "TAGSTRACT_MODEL"
"""Names the model to serve; without it the promoted one, else the one that ships."""

WARM_UP = {
    "title": "A paper to warm up with",
    "abstract": "The first run of a model is slower than those after it, so it is not a user's. "
    "We let the service read a short abstract before it says that it is ready.",
}


async def areas(request: Request) -> JSONResponse:
    """`GET /areas`: the taxonomy of the live model."""
    taxonomy = request.app.state.model.taxonomy
    return JSONResponse(
        {
            "name": taxonomy.name,
            "version": taxonomy.version,
            "model": request.app.state.model.tag,
            "groups": [
                {
                    "id": group,
                    "name": name,
                    "areas": [
                        {"id": area.id, "name": area.name, "description": area.description}
                        for area in taxonomy.areas
                        if area.group == group
                    ],
                }
                for group, name in taxonomy.groups.items()
            ],
        }
    )


async def model(request: Request) -> JSONResponse:
    """`GET /model`: name, version, taxonomy version, metrics and thresholds."""
    return JSONResponse(request.app.state.model.as_dict())


pages = Starlette(routes=[Route("/areas", areas), Route("/model", model), *page.routes])


@bentoml.service(
    name="tagstract",
    workers=1,
    # Requests at a time; the encoder has threads of its own, as many as there are cores.
    threads=8,
    traffic={"timeout": 300},
    http={"host": "127.0.0.1", "port": 3000},
)
@bentoml.asgi_app(pages, path="/")
class Tagstract:
    """Tags research abstracts with research areas."""

    def __init__(self) -> None:
        self.model = Model.load(resolve(os.environ.get(MODEL_VARIABLE) or None))
        self.tagger = Tagger(self.model)
        self.explainer = Tagger(self.model, explain=True)
        self.corrections = Feedback(self.model.taxonomy)
        self.explainer.tag([WARM_UP])
        pages.state.model = self.model

    @bentoml.api(route="/tag")  # type: ignore[untyped-decorator]
    def tag(self, papers: list[Any]) -> list[dict[str, Any]]:
        """Tagged papers, in the order of the papers and as many; a bad one has its own error."""
        return self.tagger.tag(papers)

    @bentoml.api(route="/explain")  # type: ignore[untyped-decorator]
    def explain(self, papers: list[Any]) -> list[dict[str, Any]]:
        """The same, and `evidence`: for each tag the sentences that support it."""
        return self.explainer.tag(papers)

    @bentoml.api(route="/feedback")  # type: ignore[untyped-decorator]
    def feedback(self, corrections: list[Any], ctx: bentoml.Context) -> dict[str, Any]:
        """What became of each correction, in order; 503 where none could be stored."""
        answer = self.corrections.store(corrections)
        if answer is None:
            ctx.response.status_code = 503
            return UNREACHABLE
        return answer


Tagstract.add_asgi_middleware(CallCheck)  # type: ignore[attr-defined]
