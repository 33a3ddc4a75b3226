"""Feeds in, papers out: what serving reads, by `tagstract.labels.io`."""

from __future__ import annotations

from tagstract.labels.io.feed import Feed, expanded, feed_of, mapping_of, read_feed
from tagstract.labels.io.formats import formats

__all__ = ["Feed", "expanded", "feed_of", "formats", "mapping_of", "read_feed"]
