"""Tagged papers as RIS, by rispy; areas are keywords, which Zotero makes tags."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagstract.labels.storage.atomic import atomic_writer
from tagstract.serving.output.fields import Papers
from tagstract.serving.output.formats import Format
from tagstract.serving.output.reference import reference_of
from tagstract.serving.output.text import plain

if TYPE_CHECKING:
    from tagstract.labels import Taxonomy

_BATCH = 500


def write(path: Path, tagged: Papers, taxonomy: Taxonomy, heading: str) -> None:
    """Write one reference a paper; the areas' ids follow the paper's own keywords."""
    papers = iter(tagged)
    with atomic_writer(path) as file:
        while some := list(islice(papers, _BATCH)):
            file.write(_writer().formats([_fields(paper) for paper in some]))


@cache
def _writer() -> Any:
    import rispy

    class Writer(rispy.RisWriter):  # type: ignore[misc]
        """Leaves out the number before each reference, which no standard knows."""

        def set_header(self, count: int) -> str:
            return ""

    return Writer()


def _fields(paper: dict[str, Any]) -> dict[str, Any]:
    """A reference under rispy's names; what the record has under these names is kept."""
    reference = reference_of(paper)
    own = dict(_own(paper))
    fields: dict[str, Any] = {
        "type_of_reference": "JOUR" if reference.venue else "GEN",
        "title": reference.title,
        "authors": list(reference.authors),
        "abstract": reference.abstract,
        "year": reference.year,
        "date": reference.date,
        "journal_name": reference.venue,
        "doi": reference.doi,
        "urls": [reference.url] if reference.url else [],
        "id": reference.id,
        **own,
        "keywords": list(reference.keywords),
    }
    return {name: value for name, value in fields.items() if value}


def _own(paper: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    from rispy.config import LIST_TYPE_TAGS, TAG_KEY_MAPPING

    for tag, name in TAG_KEY_MAPPING.items():
        value = paper.get(name)
        if tag in ("ER", "UK") or value is None:
            continue
        if tag in LIST_TYPE_TAGS:
            items = value if isinstance(value, list) else [value]
            texts = [text for item in items if isinstance(item, str) and (text := plain(item))]
            if len(texts) == len(items):
                yield name, texts
        elif isinstance(value, str | int | float) and not isinstance(value, bool):
            yield name, plain(value)


FORMAT = Format("RIS", (".ris",), write)
