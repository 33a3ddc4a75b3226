"""The feeds of a call, opened one after the other: a bad file of several costs only itself."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tagstract.cli.messages import note
from tagstract.labels.errors import InputError

if TYPE_CHECKING:
    from tagstract.serving.feeds import Feed

__all__ = ["Feeds"]


class Feeds:
    """Iterates over the feeds that can be read.

    Args:
        arguments: `feeds`, `format`, `mapping`, `allow_private` and `quiet` of the command line.

    Attributes:
        unusable: why some files were left out.

    Raises:
        InputError: from the iterator, where no file can be used.
    """

    def __init__(self, arguments: argparse.Namespace) -> None:
        from tagstract.serving.feeds import expanded, mapping_of

        self.paths: list[str] = expanded(arguments.feeds)
        self.unusable: list[InputError] = []
        self.sources: list[str] = []
        self._format, self._private = arguments.format, arguments.allow_private
        self._mapping = mapping_of(arguments.mapping)
        self._quiet = arguments.quiet

    def __iter__(self) -> Iterator[Feed]:
        from tagstract.serving.feeds import read_feed

        log = None if self._quiet else note
        for path in self.paths:
            try:
                feed = read_feed(path, self._format, self._mapping, log, self._private)
            except InputError as error:
                if len(self.paths) == 1 or path == "-":
                    raise
                self.unusable.append(error)
                continue
            self.sources.append(feed.source)
            yield feed
        if not self.sources:
            for unusable in self.unusable[:-1]:
                note(str(unusable))
            raise self.unusable[-1]

    def count(self) -> int | None:
        """How many records all feeds have; None where one can be read only once."""
        from tagstract.serving.feeds import read_feed

        total = 0
        for path in self.paths:
            if not Path(path).is_file():
                return None
            try:
                feed = read_feed(path, self._format, self._mapping)
                total += sum(1 for _ in feed.records)
            except InputError:
                continue
        return total
