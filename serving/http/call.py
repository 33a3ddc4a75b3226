"""What is known of the call that is answered now; each stage adds what it finds out."""

from __future__ import annotations

import uuid
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from starlette.types import Scope

__all__ = ["CURRENT", "Call", "ParsedCall", "call_of"]

_IN_SCOPE = "tagstract.call"


@dataclass(frozen=True)
class ParsedCall:
    """A call that was read: the items of its list, and its options as `Tagger` takes them."""

    items: list[Any]
    top: int | None = None
    threshold: float | None = None
    all_probabilities: bool = False
    explain: bool = False


@dataclass
class Call:
    """The state of a call.

    Attributes:
        id: names it in the log and in the answer.
        key: name of the API key that it brought.
        papers: how many papers it asks about.
        runs: runs of the encoder that these cost if it reads all of them.
        staged: whether cheaper stages of the model may answer them.
        model: the model that answered.
        parsed: what its body holds. BentoML gets an empty list in its place: it would parse the
            body once more, in the event loop.
    """

    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    key: str | None = None
    papers: int | None = None
    runs: int = 0
    staged: bool = False
    model: str | None = None
    parsed: ParsedCall | None = None


CURRENT: ContextVar[Call | None] = ContextVar("tagstract_call", default=None)
"""The call of this task or thread, for the log."""


def call_of(scope: Scope) -> Call:
    """The call of an ASGI scope; a new one where there is none yet."""
    call = scope.get(_IN_SCOPE)
    if not isinstance(call, Call):
        call = scope[_IN_SCOPE] = Call()
    return call
