"""The Daily Papers page saved as text: site chrome, then title and abstract in turn."""

from __future__ import annotations

import re

from labels import InputError

_HEADING = "daily papers"
_DATE = re.compile(r"^[A-Z][a-z]{2,8}\.? \d{1,2}(, \d{4})?$")
_CHROME = re.compile(
    r"^(by ak|subscribe\b|submit\b|previous\b|next\b|trending papers\b|\W*\d*\W*$)", re.I
)


def is_daily_papers(text: str) -> bool:
    """Whether the first lines hold the page's heading."""
    return any(line.strip().lower() == _HEADING for line in text.splitlines()[:40])


def read_daily_papers(text: str, source: str = "feed") -> list[dict[str, str]]:
    """Papers of a Daily Papers page, in the page's order.

    Paragraphs stand between blank lines. After the heading and its chrome they come in
    pairs: a title, then its abstract, which the page may have cut short.

    Raises:
        InputError: no heading, no papers, or a last title without its abstract.
    """
    lines = text.splitlines()
    start = next((i for i, line in enumerate(lines) if line.strip().lower() == _HEADING), None)
    if start is None:
        raise InputError("has no heading 'Daily Papers'", source)
    paragraphs: list[tuple[int, str]] = []
    open_paragraph = False
    for number, line in enumerate(lines[start + 1 :], start + 2):
        stripped = line.strip()
        if not stripped or _CHROME.match(stripped) or _DATE.match(stripped):
            open_paragraph = False
        elif open_paragraph:
            first, before = paragraphs[-1]
            paragraphs[-1] = (first, f"{before} {stripped}")
        else:
            paragraphs.append((number, stripped))
            open_paragraph = True
    if not paragraphs:
        raise InputError("holds no papers after the heading 'Daily Papers'", source)
    if len(paragraphs) % 2:
        raise InputError("a title without its abstract", source, paragraphs[-1][0])
    pairs = zip(paragraphs[::2], paragraphs[1::2], strict=True)
    return [{"title": title, "abstract": abstract} for (_, title), (_, abstract) in pairs]
