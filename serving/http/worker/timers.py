"""BentoML's timer of a call, taken out."""

from __future__ import annotations

from bentoml._internal.server.http.traffic import TimeoutMiddleware
from starlette.types import Receive, Scope, Send

__all__ = ["leave_out_timers"]


def leave_out_timers() -> None:
    """Let calls pass by BentoML's `TimeoutMiddleware`; `Admission` ends late calls.

    It starts a timer for each call and never stops it, and no setting turns it off. What a timer
    holds of its call is some forty objects, which stay for the whole time allowed: under load ten
    thousand calls, for which each look for garbage stopped the event loop a tenth of a second.
    """

    async def pass_on(self: TimeoutMiddleware, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)

    TimeoutMiddleware.__call__ = pass_on  # type: ignore[method-assign]
