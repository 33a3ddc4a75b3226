"""The order of a digest, which Markdown and HTML share: by group and area of the taxonomy."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from tagstract.labels.io.paper import paper_of
from tagstract.labels.io.text.latex import plain_latex
from tagstract.labels.tagged import is_answer
from tagstract.serving.output.text import paragraphs, plain, reason_of, summary_line, title_of
from tagstract.serving.sentences import sentences_of

if TYPE_CHECKING:
    from tagstract.labels import Taxonomy

_ARXIV = re.compile(r"arxiv:((?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?)", re.A)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_SAFE = "%/:?#[]@!$&'*+,;=~-._"
_NAMED_AUTHORS = 4


@dataclass(frozen=True)
class Tag:
    """A tag as it is shown; `evidence` are (sentence, weight) pairs."""

    area: str
    name: str
    probability: float
    evidence: list[tuple[str, float]]


@dataclass(frozen=True)
class Paper:
    """A paper as it is shown: every text in it is one line, safe for a terminal or a page.

    Attributes:
        number: its place in the digest's input, from 1.
        facts: authors, date, source or id.
        date: `2026-03-02`, or '' where none is known.
        lead: the first sentence of the abstract.
        rest: the other paragraphs of the abstract, without the lead.
    """

    number: int
    title: str
    link: str | None
    facts: list[str]
    date: str
    tags: list[Tag]
    lead: str
    rest: list[str]
    reason: str
    truncated: bool


@dataclass
class Section:
    """The papers of an area: whole where it is their first, in `also` where it is another."""

    id: str
    name: str
    papers: list[Paper] = field(default_factory=list)
    also: list[Paper] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Papers that have the area as a tag."""
        return len(self.papers) + len(self.also)


@dataclass
class Group:
    """A group of the taxonomy with those of its areas that have papers."""

    name: str
    sections: list[Section]

    @property
    def count(self) -> int:
        """Papers that are shown whole in the group."""
        return sum(len(section.papers) for section in self.sections)


@dataclass(frozen=True)
class Digest:
    """All papers: whole under their most probable area, a line under their others; or untagged."""

    heading: str
    summary: str
    models: str
    groups: list[Group]
    abstained: list[Paper]
    failed: list[Paper]


def _model_of(record: dict[str, Any]) -> str:
    """The model that answered, and at which speed."""
    model, speed = plain(record.get("model")), plain(record.get("speed"))
    return f"{model} at speed {speed}" if model and speed else model


def make_digest(tagged: Iterable[dict[str, Any]], taxonomy: Taxonomy, heading: str) -> Digest:
    """Sort papers into the taxonomy's order; inside an area they keep the order they came in.

    An area that the taxonomy does not have (papers of another model) goes to a last group.
    """
    names = {area.id: area.name for area in taxonomy.areas}
    sections = {area: Section(area, name) for area, name in names.items()}
    abstained: list[Paper] = []
    failed: list[Paper] = []
    statuses: Counter[str] = Counter()
    models: dict[str, None] = {}
    for number, record in enumerate(tagged, 1):
        paper = _paper(record, number, names)
        statuses[str(record.get("status"))] += 1
        models[_model_of(record)] = None
        if record.get("status") == "error":
            failed.append(paper)
        elif not paper.tags:
            abstained.append(paper)
        else:
            first = paper.tags[0]
            sections.setdefault(first.area, Section(first.area, first.name)).papers.append(paper)
            for tag in paper.tags[1:]:
                sections.setdefault(tag.area, Section(tag.area, tag.name)).also.append(paper)
    homes = {area.id: area.group for area in taxonomy.areas}
    groups = [
        Group(name, [section for section in sections.values() if homes.get(section.id) == group])
        for group, name in [*taxonomy.groups.items(), (None, "Other areas")]
    ]
    for group in groups:
        group.sections = [section for section in group.sections if section.count]
    return Digest(
        heading=plain(heading),
        summary=summary_line(statuses),
        models=", ".join(name for name in models if name),
        groups=[group for group in groups if group.sections],
        abstained=abstained,
        failed=failed,
    )


def link_of(paper: dict[str, Any]) -> str | None:
    """Where to read a paper: its arXiv page, else its `url` if that is http or https, else None."""
    found = _ARXIV.fullmatch(plain(paper.get("id")))
    if found:
        return f"https://arxiv.org/abs/{found[1]}"
    url = paper.get("url")
    if not isinstance(url, str):
        return None
    url = plain(url)
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return None
    return quote(url, safe=_SAFE)


def _paper(record: dict[str, Any], number: int, names: dict[str, str]) -> Paper:
    tags = record.get("tags") or [] if record.get("status") == "tagged" else []
    day = _day(record)
    lead, rest = _split_lead([plain_latex(part) for part in paragraphs(record.get("abstract"))])
    return Paper(
        number=number,
        title=plain_latex(title_of(record)),
        link=link_of(record),
        facts=[fact for fact in (_authors(record), day, plain(record.get("id"))) if fact],
        date=day if _DAY.fullmatch(day) else "",
        tags=[_tag(record, tag, names) for tag in tags],
        lead=lead,
        rest=rest,
        reason=reason_of(record),
        truncated=record.get("truncated") is True,
    )


def _tag(record: dict[str, Any], tag: dict[str, Any], names: dict[str, str]) -> Tag:
    area = tag["area"]
    # That the title speaks for a tag is no news to someone who reads the title.
    title = plain(record.get("title"))
    found = record.get("evidence")
    sentences = found.get(area, []) if found and is_answer("evidence", found) else []
    evidence = [
        (text, one["weight"]) for one in sentences if (text := plain(one["sentence"])) != title
    ][:1]
    return Tag(area, names.get(area) or plain(area), tag["probability"], evidence)


def _authors(record: dict[str, Any]) -> str:
    authors = record.get("authors")
    if not isinstance(authors, list):
        return plain(authors) if isinstance(authors, str) else ""
    named = [plain(author) for author in authors if isinstance(author, str)]
    if len(named) > _NAMED_AUTHORS:
        named = [*named[: _NAMED_AUTHORS - 1], f"{len(named) - _NAMED_AUTHORS + 1} more"]
    return ", ".join(named)


def _day(record: dict[str, Any]) -> str:
    """The date part of an ISO time, or whatever text stands there."""
    published = plain(paper_of(record).date)
    return published[:10] if _DAY.match(published) else published


def _split_lead(texts: list[str]) -> tuple[str, list[str]]:
    """The first sentence of an abstract, and the paragraphs after it."""
    if not texts:
        return "", []
    sentences = sentences_of(texts[0])
    rest = " ".join(sentences[1:])
    return sentences[0], [rest, *texts[1:]] if rest else texts[1:]
