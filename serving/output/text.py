"""Text of tagged papers made fit to be shown: feeds are written by strangers."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from tagstract.labels.tagged import Reason

NO_TITLE = "(no title)"

_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor, clearing
    # OSC and kin. One in another is none: without that, many that don't end take a square's time.
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x90\x98\x9c-\x9f]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-~]"
)
# Controls; marks that turn the direction of the text after them; line marks that hide.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_BLANK_LINE = re.compile(r"\n[ \t\r]*\n")


def plain(value: Any) -> str:
    """One line of text without escape sequences, control characters and lone surrogates.

    Whatever a terminal or a browser would obey is gone; white space is folded. None is "".
    """
    if value is None:
        return ""
    text = value if isinstance(value, str) else str(value)
    if not text.isprintable():
        text = _ESCAPES.sub("", text)
        text = _CONTROLS.sub("", " ".join(text.split()))
        text = whole(text)
    return " ".join(text.split())


def whole(text: str) -> str:
    """The text with lone surrogates, which no file can hold as UTF-8, replaced by U+FFFD."""
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)


def paragraphs(value: Any) -> list[str]:
    """The paragraphs of a text, each as `plain` gives it; blank lines separate them."""
    if not isinstance(value, str):
        return []
    return [text for part in _BLANK_LINE.split(value) if (text := plain(part))]


def title_of(paper: dict[str, Any]) -> str:
    """The title; where there is none, the id; else the first words of the abstract."""
    abstract = plain(paper.get("abstract"))
    if len(abstract) > 80:
        abstract = f"{abstract[:80].rsplit(' ', 1)[0]}…"
    return plain(paper.get("title")) or plain(paper.get("id")) or abstract or NO_TITLE


def reason_of(paper: dict[str, Any]) -> str:
    """Why a paper got no tags, in words."""
    reason = plain(paper.get("reason"))
    return Reason(reason).words if reason in set(Reason) else reason or "no reason was given"


def summary_of(tagged: Iterable[dict[str, Any]]) -> str:
    """How many papers there are and what became of them, in one line."""
    return summary_line(Counter(str(paper.get("status")) for paper in tagged))


def summary_line(statuses: Counter[str]) -> str:
    """The line of `summary_of` from the number of papers of each status."""
    total = statuses.total()
    return (
        f"{total:,} {'paper' if total == 1 else 'papers'}: {statuses['tagged']:,} tagged, "
        f"{statuses['abstained']:,} abstained, {statuses['error']:,} failed"
    )


def json_text(value: Any) -> str:
    """JSON in one line, not escaped to ASCII; what JSON can't hold becomes null or its text."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, default=str)
    except ValueError:
        return json.dumps(_finite(value), ensure_ascii=False, default=str)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
