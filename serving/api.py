"""The Python API: `tagstract.load()` gives a tagger."""

from __future__ import annotations

from os import PathLike, fspath

from tagstract.model_folder import Model, resolve
from tagstract.model_folder.cascade import Speed
from tagstract.serving.tagger import Tagger

__all__ = ["Tagger", "load"]


def load(
    model: str | PathLike[str] | None = None,
    *,
    top: int | None = None,
    threshold: float | None = None,
    all_probabilities: bool = False,
    explain: bool = False,
    speed: str = "best",
) -> Tagger:
    """Load a model to tag with; about half a second.

    Args:
        model: a model folder, `NAME:VERSION` or `NAME` in the model store; by default the promoted
            version, or the model that ships where none is promoted.
        top: maximum number of tags per paper.
        threshold: minimum probability of a tag, in place of the model's own thresholds.
        all_probabilities: adds the probability of every area.
        explain: adds the sentences that support each tag; takes several times as long.
        speed: "best", "balanced" or "fast". The latter two answer easy papers by cheaper stages;
            on held-out papers they lose about 0.1 and 0.5 points of micro-F1.

    Raises:
        TagstractError: there is no such speed or model, or its folder is incomplete or damaged.
    """
    loaded = Model.load(resolve(None if model is None else fspath(model)), speed=Speed.read(speed))
    return Tagger(loaded, top, threshold, all_probabilities, explain)
