"""What is wrong with a taxonomy that can be read: what people, or a model, would mix up."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import yaml

from tagstract.labels.io.labels import folded_label
from tagstract.labels.taxonomy import Area, Taxonomy, load_taxonomy

__all__ = ["faults"]

NEAR = 0.85
"""Likeness of descriptions, 0 to 1, from which they tell two areas apart no longer."""

MIN_WORDS = 3

_KNOWN = {
    "taxonomy": {"version", "name", "groups", "areas"},
    "group": {"id", "name", "areas"},
    "area": {"id", "name", "description", "group"},
}


def faults(path: Path) -> list[str]:
    """Everything that should be mended, one line each.

    Raises:
        InputError: it can't be read as a taxonomy at all.
    """
    taxonomy = load_taxonomy(path)
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [
        f"{path}: {fault}"
        for fault in (
            *_unknown_keys(document),
            *_collisions(taxonomy),
            *_descriptions(taxonomy),
            *_shipped(taxonomy),
        )
    ]


def _unknown_keys(document: dict[str, Any]) -> Iterator[str]:
    def strange(kind: str, entry: Any, where: str) -> Iterator[str]:
        for key in entry:
            if key not in _KNOWN[kind]:
                near = difflib.get_close_matches(str(key), _KNOWN[kind], n=1)
                hint = f"did you mean '{near[0]}'?" if near else "it is ignored"
                yield f"unknown key '{key}' in {where}; {hint}"

    yield from strange("taxonomy", document, "the taxonomy")
    for group in document["groups"]:
        yield from strange("group", group, f"the group '{group['id']}'")
    loose = document.get("areas") or []
    for holder in (*document["groups"], {"areas": loose}):
        for area in holder.get("areas") or []:
            yield from strange("area", area, f"the area '{area['id']}'")


def _collisions(taxonomy: Taxonomy) -> Iterator[str]:
    for first, second in combinations(taxonomy.areas, 2):
        if folded_label(first.id) == folded_label(second.id):
            yield f"the ids '{first.id}' and '{second.id}' differ only in case or punctuation"
        if folded_label(first.name) == folded_label(second.name):
            yield f"'{first.id}' and '{second.id}' have the same name, '{first.name}'"
        for one, other in ((first, second), (second, first)):
            if folded_label(one.id) == folded_label(other.name):
                yield f"the id '{one.id}' is the name of another area, '{other.id}'"


def _descriptions(taxonomy: Taxonomy) -> Iterator[str]:
    words = {area.id: _words(area) for area in taxonomy.areas}
    for area in taxonomy.areas:
        if len(words[area.id]) < MIN_WORDS:
            yield (
                f"the description of '{area.id}' says too little; describe in a sentence what "
                "belongs there"
            )
    for first, second in combinations(taxonomy.areas, 2):
        likeness = _likeness(words[first.id], words[second.id])
        if likeness >= NEAR:
            yield (
                f"'{first.id}' and '{second.id}' have nearly the same description; say how "
                "they differ, or merge them"
            )


def _shipped(taxonomy: Taxonomy) -> Iterator[str]:
    """Ids that Tagstract's own taxonomy has with another meaning."""
    ours = {area.id: area for area in load_taxonomy().areas}
    if set(ours) <= set(taxonomy.ids):
        return
    for area in taxonomy.areas:
        other = ours.get(area.id)
        if other and _likeness(_words(area), _words(other)) < 0.3:
            yield (
                f"the id '{area.id}' is '{other.name}' in the shipped taxonomy; use another "
                "id if yours means something else"
            )


def _words(area: Area) -> frozenset[str]:
    return frozenset(folded_label(word) for word in area.description.split()) - {""}


def _likeness(first: frozenset[str], second: frozenset[str]) -> float:
    """Shared words as a share of all (Jaccard)."""
    return len(first & second) / len(first | second) if first | second else 1.0
