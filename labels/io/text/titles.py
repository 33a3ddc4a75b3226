"""Title and abstract of one text that holds both."""

from __future__ import annotations

import re

from tagstract.labels.io.text.prose import cleaned

MAX_TITLE = 2000
"""Characters of a title that are looked at."""

_MARKS = (" ¤ ", " [SEP] ", "[SEP]")
_SPLIT = (*_MARKS, "\t", "\n\n", "\n")
"""What stands between title and abstract where one field holds both."""


_LABELLED = re.compile(
    r"\s{0,20}\W{0,4}(?:paper )?title\W{0,4}:\W{0,4}\s{0,5}(.{3,400}?)[\s.;|]{1,10}\W{0,6}"
    r"(?:abstract|summary)\W{0,4}:\W{0,4}\s{0,20}",
    re.I | re.S,
)
_LEAD = re.compile(r"(?:#{1,6}\s{1,5}|(?:paper )?title\s?:\s{0,5})", re.I)


def split_title(text: str, clean: str, general: bool = True) -> tuple[str, str]:
    """Title and abstract of a text that holds both; '' and the text where none can be found.

    They are found by labels, a mark between them, a line of its own, or a first sentence in title
    case.

    Args:
        general: whether its field may hold both. In one that is named for abstracts, a first line
            or sentence is the abstract's own.
    """
    labelled = _LABELLED.match(text[:MAX_TITLE])
    if labelled:
        title, rest = cleaned(labelled[1]), cleaned(text[labelled.end() :])
        if 3 <= len(title) <= 300 and rest:
            return title, rest
    text = _LEAD.sub("", text.lstrip(), count=1)
    head = text[:MAX_TITLE]
    for mark in _SPLIT if general else _MARKS:
        first, found, _ = head.partition(mark)
        title = cleaned(first)
        rest = cleaned(text[len(first) + len(mark) :]) if found else ""
        if (
            found
            and 3 <= len(title) <= 300
            and len(rest) > 2 * len(title)
            and not _is_sentence(title)
        ):
            return title, rest
    end = clean.find(". ", 0, 300) if general else -1
    title = clean[:end] if end > 0 else ""
    if title and not clean.isupper() and is_title_case(title) and len(clean) > 2 * end:
        return title, clean[end + 2 :]
    return "", clean


def is_title_case(text: str) -> bool:
    """Whether most long words of a text begin with a capital."""
    words = [word for word in text.split() if len(word) > 3 and word[0].isalpha()]
    return len(words) >= 2 and sum(word[0].isupper() for word in words) >= 0.75 * len(words)


def _is_sentence(text: str) -> bool:
    return text.endswith(".") and len(text.split()) > 25
