"""The report on a feed as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from tagstract.serving.feed_report.report import FeedReport
from tagstract.serving.feed_report.trends import ALPHA, Comparison, Trend
from tagstract.serving.output.text import plain

__all__ = ["format_report", "percent"]

_BAR = 20
_SHOWN = 15
"""Areas that are listed at most where nothing changed."""


def format_report(report: FeedReport) -> str:
    """The whole report; lines without a last line end."""
    return "\n".join(_lines(report))


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _lines(report: FeedReport) -> Iterator[str]:
    now = report.now
    yield (
        f"{plain(now.name)}: {now.papers:,} papers, {now.tagged:,} tagged, "
        f"{now.out_of_scope:,} out of scope"
    )
    yield report.verdict
    yield ""
    yield f"{'feed':30} {'papers':>8} {'out of scope':>13} {'no tags':>9} {'confidence':>11}"
    for feed in report.history:
        total = feed.papers or 1
        confidence = "-" if feed.mean_confidence is None else f"{feed.mean_confidence:.3f}"
        yield (
            f"{plain(feed.name)[:30]:30} {feed.papers:8,} "
            f"{percent(feed.out_of_scope / total):>13} "
            f"{percent(feed.untagged.total() / total):>9} {confidence:>11}"
        )
    for name, comparison in (("earlier feeds", report.earlier), ("training", report.training)):
        if comparison is not None:
            yield ""
            yield from _comparison(name, comparison, report.areas)
    yield ""
    yield (
        f"Two-proportion z test, Benjamini-Hochberg over the areas, {ALPHA:.0%} false discoveries; "
        "confidence is the mean probability of a paper's first tag."
    )


def _comparison(name: str, comparison: Comparison, areas: dict[str, str]) -> Iterator[str]:
    changed = [trend for trend in comparison.areas if trend.direction]
    shown = changed or list(comparison.areas[:_SHOWN])
    yield (
        f"Against {name} ({comparison.reference.papers:,} papers): {len(changed)} of "
        f"{len(comparison.areas)} areas changed; stability index {comparison.stability:.2f}"
    )
    peak = max((max(trend.now, trend.before) for trend in shown), default=0.0) or 1.0
    for trend in (*shown, comparison.untagged):
        yield _row(trend, areas.get(trend.name, trend.name), peak)


def _row(trend: Trend, name: str, peak: float) -> str:
    p = "few papers" if trend.p is None else f"p {trend.p:.2g}"
    bar = "█" * round(_BAR * min(trend.now / peak, 1.0))
    return (
        f"  {trend.direction or '·':5} {plain(name)[:30]:30} {percent(trend.before):>8} → "
        f"{percent(trend.now):>8}  {p:<11} {bar}".rstrip()
    )
