"""What the service says of itself: `GET /openapi.json`."""

from tagstract.serving.http.openapi.paths import CALLS, description

__all__ = ["CALLS", "description"]
