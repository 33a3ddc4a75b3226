"""When two records are the same paper."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator

from tagstract.labels.io.paper import Paper
from tagstract.labels.io.text.marks import stream_safe

__all__ = ["keys_of", "label_of"]

_ARXIV = re.compile(
    r"(?:^|arxiv[.:/]\s*|arxiv\.org/(?:abs|pdf|html)/)"
    r"(\d{4}\.\d{4,5}|[a-z-]+(?:\.[a-z]{2})?/\d{7})(?:v\d+)?(?:\.pdf)?$",
    re.ASCII,
)
_WORDS = re.compile(r"\w+")
_MIN_TITLE = 16
"""Letters of a title that may stand for its paper: "Editorial" and "Introduction" may not."""
_ABSTRACT_START = 60
"""Letters of an abstract that tell papers of one title apart where no author is known."""
_TITLE_START = 2
"""Words of a title that must agree where a DOI or an id does: exports hold placeholders."""
_LONG_ID = 16
"""An id of so many characters is taken to be the same paper in any file."""


def keys_of(paper: Paper, source: str) -> list[int]:
    """Keys of a paper, 64 bits each: two records that share one are the same paper.

    They stand for the arXiv id without its version; the DOI or the id, with how the title begins;
    and the title, without case, accents and punctuation, with the first author's family name, or
    with how the abstract begins where no author is known and the id is not a row's number. An id
    that may be a row's number counts together with the title; an id that is not unique by its
    form, only within one file.

    Args:
        source: the file that the record comes from.
    """
    return [_hash(key) for key in dict.fromkeys(_keys(paper, source))]


def label_of(paper: Paper) -> str:
    """What to call a paper: its id, else its title."""
    return paper.id or paper.title[:200]


def _keys(paper: Paper, source: str) -> Iterator[str]:
    record_id = " ".join(paper.id.casefold().split())
    for text in (record_id, paper.doi, paper.url.casefold()):
        found = _ARXIV.search(text)
        if found:
            yield f"arxiv {found[1]}"
    title = _folded(paper.title)
    start = " ".join(title.split()[:_TITLE_START])
    if paper.doi:
        yield f"doi {paper.doi.rstrip('.,;)')} {start}"
    if record_id:
        if ":" in record_id or "/" in record_id or len(record_id) >= _LONG_ID:
            yield f"id {record_id} {start}"
        elif record_id.isdigit():
            yield f"id {record_id} {title}"
        else:
            yield f"id {record_id} {title}"
            yield f"id {record_id} in {source}"
    if len(title) >= _MIN_TITLE:
        if paper.authors:
            yield f"title {title} by {_family_name(paper.authors[0])}"
        elif not record_id.isdigit():
            yield f"title {title} on {_folded(paper.abstract[:1000])[:_ABSTRACT_START]}"


def _family_name(author: str) -> str:
    """The family name of `Ada M. Lovelace` or `Lovelace, A. M.`."""
    family, comma, _ = author.partition(",")
    if comma:
        return _folded(family)
    # `Lovelace AM`, as PubMed writes it: the last word is initials.
    words = [word for word in author.split() if not (word.isupper() and len(word) <= 2)]
    words = [word for word in words if not word.endswith(".")] or author.split()
    return _folded(words[-1]) if words else ""


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", stream_safe(text)).casefold()
    letters = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(_WORDS.findall(letters))


def _hash(key: str) -> int:
    digest = hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
