"""arXiv's ids, and the lead-in of its descriptions."""

from __future__ import annotations

import re

_ID = re.compile(
    r"(?:arxiv\.org/(?:abs|pdf|html)/|^oai:arxiv\.org:|^arxiv:)"
    r"(\d{4}\.\d{4,5}|[a-z-]{2,20}(?:\.[A-Z]{2})?/\d{7})(?:v\d{1,3})?(?:\.pdf)?/?$",
    re.I,
)
_ANNOUNCED = re.compile(r"\s{0,50}arXiv:(\S{1,60})\s{1,50}Announce Type:\s{0,50}(\S{1,40})\s{1,50}")
_ABSTRACT = re.compile(r"Abstract:\s{0,50}")


def arxiv_id(text: str) -> str | None:
    """`arxiv:2603.01234` from arXiv's address, OAI id or own id of a paper; no version."""
    found = _ID.search(text.strip()[:500])
    return f"arxiv:{found[1]}" if found else None


def announced(text: str) -> tuple[str, str | None, str | None]:
    """Abstract, paper id and announce type of a description as arXiv writes it.

    Any other text comes back as it is, with None twice.
    """
    found = _ANNOUNCED.match(text)
    if not found:
        return text, None, None
    rest = text[found.end() :]
    lead = _ABSTRACT.match(rest)
    return rest[lead.end() if lead else 0 :], arxiv_id(f"arxiv:{found[1]}"), found[2]
