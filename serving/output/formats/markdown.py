"""Tagged papers as a Markdown digest by area, short enough for mail; abstracts are left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tagstract.labels.storage.atomic import atomic_writer
from tagstract.serving.output.digest import Digest, Paper, make_digest
from tagstract.serving.output.fields import Papers
from tagstract.serving.output.formats import Format
from tagstract.serving.output.text import plain

if TYPE_CHECKING:
    from tagstract.labels import Taxonomy

# Escaped wherever they stand; no text of a paper opens a line, where more would count.
_MARKS = re.compile(r"([\\`*_{}\[\]<>#|~&$@])")
_LINKS = re.compile(r"(?i)\b(https?|ftp)://|\bwww\.")


def write(path: Path, tagged: Papers, taxonomy: Taxonomy, heading: str) -> None:
    """Write the digest: one item a paper, its tags below it, evidence below the tags."""
    digest = make_digest(tagged, taxonomy, heading)
    with atomic_writer(path) as file:
        file.writelines(f"{line}\n" for line in lines_of(digest))


def escape(text: str) -> str:
    """Text that Markdown shows as it is: no markup, no HTML, no link made of it."""
    escaped = _MARKS.sub(r"\\\1", plain(text))
    return _LINKS.sub(lambda found: found[0].replace(":", "\\:").replace(".", "\\."), escaped)


def lines_of(digest: Digest) -> Iterator[str]:
    """The digest in Markdown, line by line."""
    yield f"# {escape(digest.heading)}"
    yield ""
    yield f"{digest.summary}."
    if digest.models:
        yield ""
        yield f"Tagged by {escape(digest.models)}."
    for group in digest.groups:
        for section in group.sections:
            yield from _heading(section.name, section.count)
            for paper in section.papers:
                yield from _tagged(paper)
            for paper in section.also:
                yield f"- also: {_title(paper)}"
    for name, papers in (("Abstained", digest.abstained), ("Failed", digest.failed)):
        if papers:
            yield from _heading(name, len(papers))
            for paper in papers:
                yield f"- {_title(paper)}  "
                yield f"  {escape(paper.reason)}"


def _heading(name: str, count: int) -> Iterator[str]:
    yield ""
    yield f"## {escape(name)} ({count:,})"
    yield ""


def _tagged(paper: Paper) -> Iterator[str]:
    yield f"- {_title(paper)}  "
    if not any(tag.evidence for tag in paper.tags):
        yield "  " + " · ".join(f"{escape(tag.name)} {tag.probability:.2f}" for tag in paper.tags)
        return
    for tag in paper.tags:
        yield f"  - {escape(tag.name)} {tag.probability:.2f}"
        for sentence, weight in tag.evidence:
            yield f"    - “{escape(sentence)}” ({weight:.2f})"


def _title(paper: Paper) -> str:
    title = f"**{escape(paper.title)}**"
    return f"[{title}]({paper.link})" if paper.link else title


FORMAT = Format("Markdown digest", (".md",), write)
