"""What a format of tagged papers is; `formats` holds them all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tagstract.labels import Taxonomy

Papers = Iterable[dict[str, Any]]
"""Tagged papers in their order; can be iterated more than once."""


@dataclass(frozen=True)
class Format:
    """A format of tagged papers.

    Attributes:
        title: what a reader calls it.
        endings: of a file's name, in small letters, with their dots.
        write: writes papers to a path, whole or not at all; the taxonomy gives areas their names
            and groups, the last argument is the title of a digest.
        by_area: whether `{area}` in the file's name makes one file for each area.
        extra: part of the installation that it needs; see `tagstract.labels.extras`.
    """

    title: str
    endings: tuple[str, ...]
    write: Callable[[Path, Papers, Taxonomy, str], None]
    by_area: bool = False
    extra: str | None = None
