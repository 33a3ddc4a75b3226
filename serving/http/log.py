"""The log: a line an event on standard error, in JSON or as text.

No line holds a title, an abstract, a key or a correction. So an exception is logged by its class
and place; its message may quote what a caller sent.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import tagstract
from tagstract.labels.errors import one_line
from tagstract.serving.http.call import CURRENT

__all__ = ["logger", "place_of", "set_up"]

logger = logging.getLogger("tagstract")

_PACKAGE = Path(tagstract.__file__).parent
_ROOT = _PACKAGE.parent
_LIBRARIES = ("bentoml", "uvicorn", "uvicorn.error", "uvicorn.access", "circus")
"""They have handlers of their own, which would print tracebacks."""


class Lines(logging.Formatter):
    """One line a record; `extra={"fields": {...}}` of a logging call goes into it."""

    def __init__(self, form: str) -> None:
        super().__init__()
        self._text = form == "text"

    def format(self, record: logging.LogRecord) -> str:
        """The line, of printable ASCII."""
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        call = CURRENT.get()
        fields: dict[str, Any] = {
            "time": time.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "event": record.getMessage().strip(),
            "worker": os.getpid(),
            "id": call.id if call else None,
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[1] is not None:
            fields["error"] = type(record.exc_info[1]).__name__
            fields["place"] = place_of(record.exc_info[1])
        if not self._text:
            return json.dumps(fields)
        head = [one_line(str(fields.pop(name))) for name in ("time", "level", "event")]
        rest = [f"{name}={_word(value)}" for name, value in fields.items() if value is not None]
        return " ".join((*head, *rest))


def set_up(form: str) -> None:
    """Write the log of this process to standard error, `form` json or text, BentoML's too."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines(form))
    logging.getLogger().handlers = [handler]
    for name in _LIBRARIES:
        library = logging.getLogger(name)
        library.handlers, library.propagate = [], True
    logger.setLevel(logging.INFO)


def place_of(error: BaseException) -> str:
    """`FILE:LINE in FUNCTION` where it was raised; in our own code, where it came through that."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return "nowhere"
    ours = [
        frame
        for frame in frames
        if Path(frame.filename).is_relative_to(_PACKAGE)
        or (Path(frame.filename).is_relative_to(_ROOT) and "site-packages" not in frame.filename)
    ]
    frame = (ours or frames)[-1]
    path = Path(frame.filename)
    shown = path.relative_to(_ROOT) if path.is_relative_to(_ROOT) else path.name
    return f"{shown}:{frame.lineno} in {frame.name}"


def _word(value: Any) -> str:
    """A value as one word: quoted where a space, a quote or a line's end is in it."""
    text = str(value)
    plain = text.isascii() and text.isprintable() and not set(text) & set(' "=\\')
    return text if plain and text else json.dumps(text)
