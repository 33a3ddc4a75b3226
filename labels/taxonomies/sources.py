"""A taxonomy from what people have: SKOS, a table of areas, or the labels of labelled papers."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from tagstract.labels.errors import InputError
from tagstract.labels.io.feed import read_lines
from tagstract.labels.io.labels import written_labels
from tagstract.labels.io.paper import paper_of
from tagstract.labels.io.text.marks import stream_safe
from tagstract.labels.taxonomy import Area, Taxonomy

__all__ = ["as_yaml", "from_file", "slug"]

SKOS_FORMATS = {".ttl": "turtle", ".rdf": "xml", ".xml": "xml", ".nt": "nt", ".jsonld": "json-ld",
                ".n3": "n3"}  # fmt: skip

WORDS = 8
"""Words of its papers that describe an area which nobody has described."""

_WORD = re.compile(r"[a-z][a-z-]{3,}")
_KEYS = {
    "id": ("id", "notation", "code", "key"),
    "name": ("name", "label", "preflabel", "area", "title"),
    "description": ("description", "definition", "scopenote", "scope", "note"),
    "group": ("group", "parent", "broader", "category"),
}


def from_file(path: Path, name: str | None = None) -> Taxonomy:
    """A taxonomy from SKOS (`.ttl`, `.rdf`, `.jsonld`, ...), a table or a labelled file.

    Raises:
        InputError: it can't be read, or holds no areas.
    """
    title = slug(name or path.stem)
    kind = SKOS_FORMATS.get(path.suffix.lower())
    if kind:
        return _built(title, _skos_areas(path, kind), str(path))
    source, lines = read_lines(path)
    records = [record for _, record in lines if isinstance(record, dict)]
    if not records:
        raise InputError("has no records; use SKOS, a table of areas or labelled papers", source)
    if any(paper_of(record).abstract for record in records):
        return _built(title, _labelled_areas(records), source)
    return _built(title, _table_areas(records), source)


def as_yaml(taxonomy: Taxonomy) -> str:
    """The text of a taxonomy file."""
    return yaml.safe_dump(taxonomy.as_dict(), sort_keys=False, allow_unicode=True, width=100)


def slug(text: str) -> str:
    """An id made of a name: small letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", stream_safe(text)).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-") or "area"


def _built(title: str, areas: Iterable[Area], source: str) -> Taxonomy:
    """With ids that are there once, and groups in the order of their areas."""
    kept: dict[str, Area] = {}
    for area in areas:
        first = kept.get(area.id)
        if first is not None and first.name != area.name:
            number = 2
            while f"{area.id}-{number}" in kept:
                number += 1
            area = Area(f"{area.id}-{number}", area.name, area.description, area.group)
        kept.setdefault(area.id, area)
    if not kept:
        raise InputError("has no areas; at least one is needed", source)
    groups = {slug(area.group): area.group for area in kept.values()}
    listed = [Area(a.id, a.name, a.description, slug(a.group)) for a in kept.values()]
    order = {group: place for place, group in enumerate(groups)}
    listed.sort(key=lambda area: order[area.group])
    return Taxonomy(title, 1, groups, tuple(listed))


def _table_areas(records: Sequence[Mapping[str, Any]]) -> Iterator[Area]:
    """One area a row, by columns of the usual names."""
    for record in records:
        folded = {re.sub(r"[\W_]", "", str(key).lower()): value for key, value in record.items()}
        found = {
            field: next((str(folded[key]).strip() for key in keys if folded.get(key)), "")
            for field, keys in _KEYS.items()
        }
        name = found["name"] or found["id"]
        if name:
            yield Area(
                slug(found["id"] or name),
                name,
                found["description"] or f"{name}.",
                found["group"] or "All",
            )


def _labelled_areas(records: Sequence[Mapping[str, Any]]) -> Iterator[Area]:
    """The labels of papers, the commonest first; described by the words that set their papers
    apart, to be rewritten by a person."""
    papers: dict[str, list[set[str]]] = {}
    everywhere: Counter[str] = Counter()
    for record in records:
        labels = written_labels(record)
        paper = paper_of(record)
        words = set(_WORD.findall(f"{paper.title} {paper.abstract}".lower()))
        everywhere.update(words)
        for label in labels.values if labels else ():
            papers.setdefault(label, []).append(words)
    for label, texts in sorted(papers.items(), key=lambda item: (-len(item[1]), item[0])):
        inside = Counter(word for words in texts for word in words)
        ranked = sorted(
            inside,
            key=lambda word: (-inside[word] * inside[word] / everywhere[word], word),
        )
        name = label.replace("-", " ").replace("_", " ").strip()
        name = name[:1].upper() + name[1:]
        described = f"{name}: {', '.join(ranked[:WORDS])}." if ranked else f"{name}."
        yield Area(slug(label), name, described, "All")


def _skos_areas(path: Path, kind: str) -> Iterator[Area]:
    """Concepts of a SKOS vocabulary; those at the top that have narrower ones become groups."""
    try:
        from rdflib import Graph
        from rdflib.namespace import RDF, SKOS
    except ImportError as error:
        problem = "is SKOS, which needs the package rdflib; install it with: pip install rdflib"
        raise InputError(problem, str(path)) from error
    try:
        graph = Graph().parse(str(path), format=kind)
    except OSError as error:
        raise InputError(f"can't be read: {error.strerror}", str(path)) from error
    except Exception as error:  # each parser of rdflib has errors of its own
        what = (str(error).splitlines() or ["?"])[0]
        raise InputError(f"is not RDF ({kind}): {what}", str(path)) from error
    broader: dict[Any, Any] = {one: two for one, two in graph.subject_objects(SKOS.broader)}
    for one, two in graph.subject_objects(SKOS.narrower):
        broader.setdefault(two, one)
    parents = set(broader.values())

    def text(concept: Any, *predicates: Any) -> str:
        for predicate in predicates:
            values = list(graph.objects(concept, predicate))
            ranked = sorted(
                values, key=lambda v: (getattr(v, "language", None) not in ("en", None), str(v))
            )
            if ranked:
                return " ".join(str(ranked[0]).split())
        return ""

    def name(concept: Any) -> str:
        end = re.split(r"[#/]", str(concept).rstrip("#/"))[-1]
        return text(concept, SKOS.prefLabel) or end.replace("-", " ").replace("_", " ")

    for concept in sorted(graph.subjects(RDF.type, SKOS.Concept), key=name):
        top, seen = concept, {concept}
        while broader.get(top) is not None and broader[top] not in seen:
            top = broader[top]
            seen.add(top)
        if top == concept and concept in parents:
            continue  # a group
        described = text(concept, SKOS.definition, SKOS.scopeNote, SKOS.note)
        others = sorted(str(one) for one in graph.objects(concept, SKOS.altLabel))
        description = described or f"{name(concept)}."
        if others:
            description = f"{description.rstrip('.')}. Also: {', '.join(others)}."
        code = text(concept, SKOS.notation)
        group = name(top) if top != concept else "All"
        yield Area(slug(code or name(concept)), name(concept), description, group)
