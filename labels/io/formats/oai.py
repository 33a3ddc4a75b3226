"""OAI-PMH: arXiv's harvesting interface (`arXiv`, `arXivRaw`, `oai_dc`), DSpace, other archives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from tagstract.labels.io.formats import Format
from tagstract.labels.io.problem import Line
from tagstract.labels.io.sources.source import Source
from tagstract.labels.io.text.markup import plain_text
from tagstract.labels.io.text.prose import english_share, is_prose
from tagstract.labels.io.trees.arxiv import arxiv_id
from tagstract.labels.io.trees.elements import fields_of
from tagstract.labels.io.trees.feed_items import doi_of, texts_of
from tagstract.labels.io.trees.marc import is_marc, marc_fields
from tagstract.labels.io.trees.xml import (
    below,
    child,
    children,
    filled,
    folded_text,
    line_of,
    local,
    parse_xml,
    root_name,
)

_XOAI_LANGUAGE = re.compile(r"(?:none|[a-z]{2}(?:_[A-Z]{2})?|\*)$")


def detects(source: Source) -> bool:
    return root_name(source.head) in ("OAI-PMH", "ListRecords", "GetRecord")


def read(source: Source) -> Iterator[Line]:
    """The records of an answer; deleted ones are passed over, which is noted."""
    root = parse_xml(source)
    for error in children(root, "error"):
        code = error.get("code", "")
        if code != "noRecordsMatch":
            yield (
                line_of(error),
                f"the archive returned an error: {code} {folded_text(error)}".strip(),
            )
    deleted = 0
    for record in below(root, "record"):
        header = child(record, "header")
        if header is not None and header.get("status") == "deleted":
            deleted += 1
            continue
        paper = _paper(record, header)
        if paper:
            yield line_of(record), paper
    if deleted:
        source.notes.add(f"{deleted:,} deleted records were skipped")


def _paper(record: etree._Element, header: etree._Element | None) -> dict[str, Any]:
    identifier = " ".join(texts_of(header, "identifier")[:1]) if header is not None else ""
    metadata = child(record, "metadata")
    inner = (
        next((element for element in metadata if local(element)), None)
        if metadata is not None
        else None
    )
    if inner is None:
        return {}
    kind = local(inner)
    if kind in ("arXiv", "arXivRaw"):
        paper = _arxiv(inner)
    elif kind == "dc":
        paper = _dublin_core(inner)
    elif kind == "record" and is_marc(inner):
        paper = marc_fields(inner)
    elif kind == "metadata":
        paper = _xoai(inner)
    else:
        paper = fields_of(inner)
    return filled({"id": arxiv_id(identifier) or identifier, **paper})


def _arxiv(inner: etree._Element) -> dict[str, Any]:
    text = {local(element): folded_text(element) for element in inner if local(element)}
    names = [
        " ".join([*texts_of(author, "forenames"), *texts_of(author, "keyname"),
                  *texts_of(author, "suffix")])
        for author in below(inner, "author")
    ]  # fmt: skip
    versions = [" ".join(texts_of(version, "date")) for version in children(inner, "version")]
    number = text.get("id", "")
    return {
        "id": f"arxiv:{number}" if number else "",
        "title": text.get("title", ""),
        "abstract": text.get("abstract", ""),
        "authors": names or text.get("authors", ""),
        "published": text.get("created") or next(iter(versions), ""),
        "updated": text.get("updated", ""),
        "url": f"https://arxiv.org/abs/{number}" if number else "",
        "doi": text.get("doi", ""),
        "journal": text.get("journal-ref", ""),
        "categories": text.get("categories", "").split(),
        "comments": text.get("comments", ""),
    }


def _dublin_core(inner: etree._Element) -> dict[str, Any]:
    described = [plain_text(text) for text in texts_of(inner, "description", "abstract")]
    abstracts = sorted(
        described,
        key=lambda text: (is_prose(text), english_share(text) >= 0.12, len(text)),
        reverse=True,
    )
    identifiers = texts_of(inner, "identifier")
    urls = [text for text in identifiers if text.startswith("http")]
    dates = texts_of(inner, "date", "issued")
    return {
        "title": " ".join(texts_of(inner, "title")[:1]),
        "abstract": abstracts[0] if abstracts else "",
        "notes": [text for text in described if text != (abstracts or [""])[0]],
        "authors": texts_of(inner, "creator"),
        "published": dates[0] if dates else "",
        "url": urls[0] if urls else "",
        "doi": doi_of([text for text in identifiers if "10." in text]),
        "categories": texts_of(inner, "subject"),
    }


def _xoai(inner: etree._Element) -> dict[str, Any]:
    """DSpace's `xoai`: elements inside each other, whose names are the parts of a field's."""
    record: dict[str, Any] = {}
    for field in below(inner, "field"):
        if field.get("name") != "value":
            continue
        parts = [element.get("name", "") for element in field.iterancestors("{*}element")][::-1]
        language = parts.pop() if parts and _XOAI_LANGUAGE.match(parts[-1]) else ""
        mark = f"[{language}]" if language != "none" and language else ""
        name = ".".join(parts) + mark
        text = folded_text(field)
        old = record.get(name)
        record[name] = text if old is None else [*(old if isinstance(old, list) else [old]), text]
    return record


FORMAT = Format(
    name="oai",
    title="OAI-PMH: arXiv (`arXiv`, `arXivRaw`, `oai_dc`), repositories",
    detected="the root element `OAI-PMH`",
    kept="`id`, `title`, `abstract`, `authors`, `published`, `url`, `doi`, `journal`, "
    "`categories`, `comments`; of other schemas every element",
    detects=detects,
    read=read,
    order=20,
    aliases=("oai-pmh",),
)
