"""Tagged papers as an Atom or RSS feed, by feedgen: one of all papers, or one for each area."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagstract.labels.storage.atomic import atomic_writer
from tagstract.serving.output.digest import link_of
from tagstract.serving.output.formats import Format
from tagstract.serving.output.papers import Papers
from tagstract.serving.output.reference import reference_of
from tagstract.serving.output.text import plain, title_of

if TYPE_CHECKING:
    from feedgen.feed import FeedGenerator

    from tagstract.labels import Taxonomy

_AREA = "{area}"


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
    feed.title(plain(heading) or "Papers")
    feed.description(plain(heading) or "Papers")
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
    entry.id(link or f"urn:tagstract:paper:{reference.id or reference.title[:100]}")
    entry.guid(link or reference.id or reference.title[:100], permalink=bool(link))
    entry.title(title_of(paper))
    if link:
        entry.link(href=link)
    areas = ", ".join(names.get(area, area) for area in reference.areas)
    text = f"[{areas}] {reference.abstract}" if areas else reference.abstract
    entry.description(text, True)
    if not link:  # an Atom entry needs the one or the other
        entry.content(text or title_of(paper), type="text")
    for area in reference.areas:
        entry.category(term=area)
    for author in reference.authors:
        entry.author(name=author)
    moment = _moment(reference.date)
    entry.published(moment)
    entry.updated(moment)
    return moment


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
