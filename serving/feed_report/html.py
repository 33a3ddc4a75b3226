"""The report on a feed as a page that needs nothing from outside."""

from __future__ import annotations

from pathlib import Path

from tagstract.labels.storage.atomic import atomic_writer
from tagstract.serving.feed_report.report import FeedReport
from tagstract.serving.feed_report.text import percent
from tagstract.serving.feed_report.trends import ALPHA
from tagstract.serving.output.text import plain

__all__ = ["write_report"]

_TEMPLATE = Path(__file__).with_name("report.html.jinja")


def write_report(path: Path, report: FeedReport) -> None:
    """Write the page.

    Raises:
        InputError: it can't be written.
    """
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"percent": percent, "plain": plain}
    template = environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))
    with atomic_writer(path) as file:
        file.write(template.render(report=report, alpha=ALPHA))
