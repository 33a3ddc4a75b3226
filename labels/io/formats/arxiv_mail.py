"""arXiv's listing mails: the daily announcement, saved as text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tagstract.labels.io.formats import Format
from tagstract.labels.io.problem import Line
from tagstract.labels.io.sources.source import Source
from tagstract.labels.io.trees.arxiv import arxiv_id
from tagstract.labels.io.trees.xml import filled

_START = re.compile(r"^(?:> ?)?\\\\\r?\n(?:> ?)?(?:arXiv:|Paper: ?)\S", re.M)
_HEAD = re.compile(r"(?:arXiv:|Paper: ?)(\S{1,40})")
_FIELD = re.compile(r"(Title|Authors?|Categories|Comments|Date|Journal-ref|DOI|License|Report-no|"
                    r"MSC-class|ACM-class|From|Subj-class|Proxy): ?(.*)$", re.S)  # fmt: skip
_URL = re.compile(r"https?://\S{5,200}")


def detects(source: Source) -> bool:
    return _START.search(source.start) is not None


def read(source: Source) -> Iterator[Line]:
    """The papers of a mail; a replaced paper has no abstract there."""
    header: list[str] = []
    abstract: list[str] = []
    part, first = 0, 0
    for number, line in enumerate(source.text().split("\n"), 1):
        line = line.removesuffix("\r")
        if line.startswith(">"):
            line = line[1:].removeprefix(" ")
        if line.rstrip() == "\\\\" or line.startswith("\\\\ ("):
            if part == 0:
                part, first, header, abstract = 1, number + 1, [], []
            elif line.startswith("\\\\ (") or part == 2:
                if header and _HEAD.match(header[0]):
                    yield first, _paper(header, abstract, line)
                part = 0
            else:
                part = 2
        elif part == 1:
            header.append(line)
        elif part == 2:
            if line.startswith("-----") or line.startswith("%%--"):
                if header and _HEAD.match(header[0]):
                    yield first, _paper(header, abstract, "")
                part = 0
            else:
                abstract.append(line)
    if part == 2 and header and _HEAD.match(header[0]):
        yield first, _paper(header, abstract, "")


def _paper(header: list[str], abstract: list[str], end: str) -> dict[str, Any]:
    head = _HEAD.match(header[0])
    fields: dict[str, str] = {}
    name = ""
    for line in header[1:]:
        found = _FIELD.match(line)
        if found:
            name = found[1].rstrip("s") if found[1].startswith("Author") else found[1]
            fields[name] = found[2].strip()
        elif name and line.startswith(" ") and line.strip():
            fields[name] += f" {line.strip()}"
    url = _URL.search(end)
    number = head[1] if head else ""
    return filled(
        {
            "id": arxiv_id(f"arxiv:{number}") or number,
            "title": fields.get("Title", ""),
            "abstract": " ".join(" ".join(abstract).split()),
            "authors": fields.get("Author", ""),
            "published": fields.get("Date", "").split("  ")[0].strip(),
            "url": url[0] if url else f"https://arxiv.org/abs/{number}",
            "categories": fields.get("Categories", "").split(),
            "comments": fields.get("Comments", ""),
            "journal": fields.get("Journal-ref", ""),
            "doi": fields.get("DOI", ""),
        }
    )


FORMAT = Format(
    name="arxiv-mail",
    title="arXiv's listing mail",
    detected="a line `\\\\` and `arXiv:` after it",
    kept="`id`, `title`, `abstract`, `authors`, `published`, `url`, `categories`, `comments`, "
    "`journal`, `doi`",
    detects=detects,
    read=read,
    order=45,
)
