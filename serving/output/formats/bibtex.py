"""Tagged papers as BibTeX, by bibtexparser; areas are keywords, which Zotero makes tags."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagstract.labels.storage.atomic import atomic_writer
from tagstract.serving.output.fields import Papers
from tagstract.serving.output.formats import Format
from tagstract.serving.output.latex import latex_encoder
from tagstract.serving.output.reference import Reference, reference_of
from tagstract.serving.output.text import plain

if TYPE_CHECKING:
    from bibtexparser.model import Entry

    from tagstract.labels import Taxonomy

_BATCH = 500
_TYPES = frozenset(
    """
    article book booklet inbook incollection inproceedings manual mastersthesis misc online
    phdthesis proceedings report techreport thesis unpublished
    """.split()  # noqa: SIM905
)
_KEPT = (
    "journal", "booktitle", "volume", "number", "pages", "publisher", "editor", "series", "month",
    "school", "institution", "address", "edition", "isbn", "issn", "note", "language",
)  # fmt: skip
"""Fields of a record that keep their names."""

_NOT_IN_KEY = re.compile(r"[^A-Za-z0-9:._/+-]+")


def write(path: Path, tagged: Papers, taxonomy: Taxonomy, heading: str) -> None:
    """Write one entry a paper; the areas' ids follow the paper's own keywords."""
    from bibtexparser.entrypoint import write_string
    from bibtexparser.library import Library
    from bibtexparser.middlewares import LatexEncodingMiddleware

    # It logs each letter that LaTeX has no command for, and keeps the letter: that is fine.
    logging.getLogger("pylatexenc").setLevel(logging.ERROR)
    encoding = LatexEncodingMiddleware(encoder=latex_encoder())
    entries = _entries(tagged)
    with atomic_writer(path) as file:
        while some := list(islice(entries, _BATCH)):
            file.write(write_string(Library([*some]), prepend_middleware=[encoding]))
            file.write("\n")


def _entries(tagged: Papers) -> Iterator[Entry]:
    from bibtexparser.model import Entry, Field

    keys: set[str] = set()
    for number, paper in enumerate(tagged, 1):
        reference = reference_of(paper)
        fields = [Field(name, value) for name, value in _fields(paper, reference).items() if value]
        kind = plain(paper.get("type")).lower()
        if kind not in _TYPES:
            kind = "article" if reference.venue else "misc"
        yield Entry(kind, _key(reference.id, number, keys), fields)


def _fields(paper: dict[str, Any], reference: Reference) -> dict[str, str]:
    fields = {
        "title": reference.title,
        "author": " and ".join(reference.authors),
        "year": reference.year,
        "journal": reference.venue,
        "doi": reference.doi,
        "url": reference.url,
        "eprint": reference.arxiv,
        "archiveprefix": "arXiv" if reference.arxiv else "",
        "abstract": reference.abstract,
    }
    for name in _KEPT:
        value = paper.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool):
            fields[name] = plain(value)
    if fields.get("booktitle"):
        fields["journal"] = ""
    return {**fields, "keywords": ", ".join(reference.keywords)}


def _key(paper_id: str, number: int, keys: set[str]) -> str:
    """A key that no other entry of the file has."""
    base = _NOT_IN_KEY.sub("-", paper_id)[:80].strip("-") or f"paper-{number}"
    key = base if base not in keys else f"{base}-{number}"
    keys.add(key)
    return key


FORMAT = Format("BibTeX", (".bib",), write)
