"""Tagged papers as one HTML page that needs nothing from outside: the digest.

All papers are in the page. Of a long digest only the first are in it as they are; the others are
packed (gzip, base64), and the page's script unpacks them, so that 2,000 papers stay below 2 MB.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagstract.labels.storage.atomic import atomic_writer
from tagstract.serving.output.digest import Digest, make_digest
from tagstract.serving.output.fields import Papers
from tagstract.serving.output.formats import Format

if TYPE_CHECKING:
    from tagstract.labels import Taxonomy

_HERE = Path(__file__).parent
_PAGE = 50
"""Papers that are shown at a time."""

_UNPACKED = 300_000
"""Characters of papers up to which none are packed."""


def write(path: Path, tagged: Papers, taxonomy: Taxonomy, heading: str) -> None:
    """Write the digest: contents, then the papers by group and area, then those without tags."""
    digest = make_digest(tagged, taxonomy, heading)
    with atomic_writer(path) as file:
        file.writelines(_page(digest))


def _page(digest: Digest) -> Any:
    blocks = _blocks(digest)
    shown, packed = _split(blocks)
    script = (_HERE / "digest.js").read_text(encoding="utf-8")
    return _template("html.jinja").generate(
        digest=digest,
        anchors=_anchors(digest),
        blocks=shown,
        packed=_pack(packed) if packed else "",
        page=_PAGE,
        style=(_HERE / "digest.css").read_text(encoding="utf-8"),
        script=script,
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def _blocks(digest: Digest) -> list[str]:
    """The children of the page's main part in their order: headings, papers, lists of lines."""
    module: Any = _template("paper.jinja").module
    anchors = _anchors(digest)
    blocks = []
    for number, group in enumerate(digest.groups, 1):
        blocks.append(module.heading(2, f"group-{number}", group.name, group.count))
        for section in group.sections:
            anchor = anchors[section.id]
            blocks.append(module.heading(3, anchor, section.name, section.count, section.id))
            blocks += [module.tagged(paper, section, anchors) for paper in section.papers]
            if section.also:
                blocks.append(module.also(section))
    if digest.abstained or digest.failed:
        count = len(digest.abstained) + len(digest.failed)
        blocks.append(module.heading(2, "without-tags", "Without tags", count))
    for name, papers in (("Abstained", digest.abstained), ("Failed", digest.failed)):
        if papers:
            blocks.append(module.heading(3, name.lower(), name, len(papers)))
            blocks += [module.untagged(paper) for paper in papers]
    return [str(block).strip() for block in blocks]


def _split(blocks: list[str]) -> tuple[list[str], list[str]]:
    """The blocks that stand in the page as they are, and those that are packed."""
    if sum(map(len, blocks)) <= _UNPACKED:
        return blocks, []
    papers = 0
    for place, block in enumerate(blocks):
        papers += block.startswith("<article")
        if papers > _PAGE:
            return blocks[:place], blocks[place:]
    return blocks, []


def _pack(blocks: list[str]) -> str:
    # Without a time in it, the same papers give the same file.
    return base64.b64encode(gzip.compress("\n".join(blocks).encode(), 9, mtime=0)).decode()


def _anchors(digest: Digest) -> dict[str, str]:
    sections = (section for group in digest.groups for section in group.sections)
    return {section.id: f"area-{number}" for number, section in enumerate(sections, 1)}


def _template(name: str) -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


FORMAT = Format("HTML digest", (".html", ".htm"), write)
