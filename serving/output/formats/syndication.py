"""Tagged papers as an Atom or RSS feed, by feedgen: one of all papers, or one for each area."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagstract.labels.storage.atomic import atomic_writer
from tagstract.serving.output.digest import link_of
from tagstract.serving.output.fields import Papers
from tagstract.serving.output.formats import Format
from tagstract.serving.output.reference import reference_of
from tagstract.serving.output.text import plain, title_of

if TYPE_CHECKING:
    from feedgen.feed import FeedGenerator

    from tagstract.labels import Taxonomy

_AREA = "{area}"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(path: Path, tagged: Papers, taxonomy: Taxonomy, heading: str) -> None:
    """Write one feed with the areas as categories; with `{area}` in the name, one for each area.

    Every area gets its file, also where it has no papers: someone may follow it. Failed papers and
    duplicates are left out.
    """
    names = {area.id: area.name for area in taxonomy.areas}
    if _AREA not in path.name:
        _write(path, [paper for paper in tagged if _is_shown(paper)], names, heading)
        return
    papers: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for paper in filter(_is_shown, tagged):
        for tag in paper["tags"]:
            papers[tag["area"]].append(paper)
    for area in dict.fromkeys([*names, *papers]):
        place = path.with_name(path.name.replace(_AREA, area))
        _write(place, papers[area], names, f"{heading}: {names.get(area, area)}")


def _is_shown(paper: dict[str, Any]) -> bool:
    return paper.get("status") != "error" and paper.get("reason") != "duplicate"


def _write(path: Path, papers: list[dict[str, Any]], names: dict[str, str], heading: str) -> None:
    from feedgen.feed import FeedGenerator

    feed = FeedGenerator()
    feed.generator("tagstract")
    feed.title(_xml(plain(heading)) or "Papers")
    feed.description(_xml(plain(heading)) or "Papers")
    feed.id(f"urn:tagstract:{path.stem}")
    feed.link(href=f"urn:tagstract:{path.stem}")
    moments = [_add(feed, paper, names) for paper in papers]
    feed.updated(max(moments, default=_today()))
    feed.lastBuildDate(max(moments, default=_today()))
    text = feed.rss_str() if path.suffix.lower() == ".rss" else feed.atom_str()
    with atomic_writer(path, "wb") as file:
        file.write(text)


def _add(feed: FeedGenerator, paper: dict[str, Any], names: dict[str, str]) -> datetime:
    """Add a paper's entry; returns its date."""
    reference = reference_of(paper)
    entry = feed.add_entry(order="append")
    link = link_of(paper) or reference.url
    title = _xml(title_of(paper))
    name = link or f"urn:tagstract:paper:{_xml(reference.id) or title[:100]}"
    entry.id(name)
    entry.guid(name, permalink=bool(link))
    entry.title(title)
    if link:
        entry.link(href=link)
    areas = ", ".join(names.get(area, area) for area in reference.areas)
    text = f"[{areas}] {reference.abstract}" if areas else reference.abstract
    text = _xml(text) or title
    entry.description(text, True)
    if not link:  # an Atom entry needs the one or the other
        entry.content(text, type="text")
    for area in reference.areas:
        entry.category(term=area)
    for author in reference.authors:
        entry.author(name=_xml(author) or "unknown")
    moment = _moment(reference.date)
    entry.published(moment)
    entry.updated(moment)
    return moment


def _xml(text: str) -> str:
    """The text without the characters that XML 1.0 can't hold."""
    return _NOT_XML.sub("", text)


def _moment(date: str) -> datetime:
    """The time that an ISO date names; else today."""
    try:
        moment = datetime.fromisoformat(date.replace("Z", "+00:00"))
    except ValueError:
        return _today()
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _today() -> datetime:
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


FORMAT = Format("Atom or RSS feed", (".atom", ".rss"), write, by_area=True)
