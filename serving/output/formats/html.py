"""Tagged papers as one self-contained HTML page: no script, nothing from outside."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tagstract.labels.atomic import atomic_writer
from tagstract.serving.output.digest import make_digest
from tagstract.serving.output.format import Format, Papers

if TYPE_CHECKING:
    from tagstract.labels import Taxonomy

TEMPLATE = Path(__file__).with_name("html.jinja")


def write(path: Path, tagged: Papers, taxonomy: Taxonomy, heading: str) -> None:
    """Write the digest: contents, then the papers by group and area, then those without tags."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    digest = make_digest(tagged, taxonomy, heading)
    anchors = {
        section.id: f"area-{number}"
        for number, section in enumerate(
            (section for group in digest.groups for section in group.sections), 1
        )
    }
    with atomic_writer(path) as file:
        file.writelines(template.generate(digest=digest, anchors=anchors))


FORMAT = Format("HTML digest", (".html", ".htm"), write)
