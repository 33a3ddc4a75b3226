"""A file in, its papers out: the format is detected, the record model applied, guesses reported."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from glob import glob, has_magic
from itertools import chain, islice
from pathlib import Path
from typing import Any

from tagstract.labels.errors import InputError
from tagstract.labels.files import shown
from tagstract.labels.io.formats import Format, detect, format_named, formats
from tagstract.labels.io.names import abstract_rank, folded_name, is_weak_title, title_rank
from tagstract.labels.io.paper import INPUT, keep_input, paper_of, with_paper
from tagstract.labels.io.problem import Line, Notes, Problem
from tagstract.labels.io.sources.paths import source_of
from tagstract.labels.io.sources.source import Source

FIELDS = ("title", "abstract", "id", "authors", "date", "url", "doi", "labels")
"""What `--map` can name."""

_LOOKED_AT = 100
"""Records in which a mapped column has to be found."""


@dataclass(frozen=True)
class Feed:
    """Papers of one file in its order, to be read once; a bad record is a Problem in its place.

    A record has all fields of the input, and `title`, `abstract` and `id` as far as they were
    found (`paper.with_paper`).
    """

    source: str
    format: str
    records: Iterator[dict[str, Any] | Problem]
    notes: Notes


def read_feed(
    path: str | Path,
    format: str | None = None,
    mapping: Mapping[str, str] | None = None,
    log: Callable[[str], None] | None = None,
    allow_private: bool = False,
) -> Feed:
    """Open a file, standard input (`-`) or an `http(s)://` address; its format is detected.

    Args:
        format: the format's name, where it can't be detected.
        mapping: which column holds a field: `{"abstract": "Zusammenfassung"}`.
        log: is given each guess about the file, in a line, when it is made.
        allow_private: whether an address may be one of a private network.

    Raises:
        InputError: an unknown format, or a file that can't be used. What is found to be damaged
            only while `records` is read is a Problem there.
    """
    known = format_named(format) if format is not None else None
    source = source_of(path, Notes(log), allow_private)
    return feed_of(source, known, mapping)


def feed_of(
    source: Source, format: Format | None = None, mapping: Mapping[str, str] | None = None
) -> Feed:
    """The feed in a source; see `read_feed`."""
    mapping = checked_mapping(mapping or {})
    source.mapped = tuple(mapping.values())
    format = format or detect_format(source)
    lines = _begun(format.read(source))
    if mapping:
        lines = _begun(_mapped(lines, mapping, source), _LOOKED_AT)
    source.notes.release()
    return Feed(source.name, format.name, _records(lines, source), source.notes)


def read_lines(
    path: str | Path, mapping: Mapping[str, str] | None = None, notes: Notes | None = None
) -> tuple[str, Iterator[Line]]:
    """How messages call a file, and (line, record) in its order, as the format gives them.

    A bad record is (line, what is wrong with it).

    Raises:
        InputError: the file can't be used, at once or where it is found to be damaged.
    """
    source = source_of(path, notes)
    mapping = checked_mapping(mapping or {})
    source.mapped = tuple(mapping.values())
    lines = _begun(detect_format(source).read(source))
    source.notes.release()
    return source.name, _mapped(lines, mapping, source) if mapping else lines


def read_records(path: str | Path) -> Iterator[Line]:
    """(line, record) in a file's order, each record with `title`, `abstract` and `id` as far as
    they were found; see `paper.with_paper`.

    Raises:
        InputError: the file can't be used, at once or where it is found to be damaged.
    """
    _, lines = read_lines(path)
    return (
        (line, with_paper(record) if isinstance(record, dict) else record) for line, record in lines
    )


def detect_format(source: Source) -> Format:
    """The format of a source.

    Raises:
        InputError: it is in none, or is no text.
    """
    found = detect(source)
    if found is not None:
        return found
    _refuse_binary(source)
    known = ", ".join(sorted(format.name for format in formats()))
    raise InputError(f"is not in a known format; the known formats are {known}", source.name)


def expanded(paths: list[str]) -> list[str]:
    """The paths, with the files that match instead of a pattern such as `feeds/*.xml`.

    Raises:
        InputError: no file matches.
    """
    found: list[str] = []
    for path in paths:
        if path == "-" or "://" in path or not has_magic(path) or Path(path).exists():
            found.append(path)
            continue
        matching = sorted(name for name in glob(path, recursive=True) if Path(name).is_file())
        if not matching:
            raise InputError("matches no file", path)
        found.extend(matching)
    return found


def mapping_of(given: Sequence[str]) -> dict[str, str]:
    """The mapping that `--map abstract=Zusammenfassung` gives.

    Raises:
        InputError: no such form, or no such field.
    """
    mapping = {}
    for text in given:
        name, equals, column = text.partition("=")
        if not equals or not name.strip() or not column.strip():
            raise InputError(f"--map {text}: use FIELD=COLUMN, such as abstract=Zusammenfassung")
        mapping[name.strip()] = column.strip()
    return checked_mapping(mapping)


def checked_mapping(mapping: Mapping[str, str]) -> dict[str, str]:
    """The mapping, unless it names a field that there is not.

    Raises:
        InputError: it does.
    """
    for name in mapping:
        if name not in FIELDS:
            raise InputError(f"--map has no field '{shown(name)}'; use {', '.join(FIELDS)}")
    return dict(mapping)


def _begun(lines: Iterator[Line], count: int = 1) -> Iterator[Line]:
    """The lines, the first of them read: what is unusable as a whole is found now."""
    first = list(islice(lines, count))
    return chain(first, lines)


def _records(lines: Iterator[Line], source: Source) -> Iterator[dict[str, Any] | Problem]:
    """Records of the one model; what is found to be damaged ends the file, not the run."""
    last = 0
    guessed = False
    try:
        for line, record in lines:
            last = line
            if isinstance(record, str):
                yield Problem(source.name, line, record)
                continue
            paper = paper_of(record)
            if paper.abstract and paper.abstract_from != "abstract" and not guessed:
                guessed = True
                source.notes.add(_found(paper.title_from, paper.abstract_from))
            yield with_paper(record, paper)
    except InputError as error:
        yield Problem(source.name, last + 1, str(error).removeprefix(f"{source.name}: "))


def _found(title: str, abstract: str) -> str:
    if title == abstract:
        return f"title and abstract were both read from '{shown(abstract)}'"
    of_title = f", the title from '{shown(title)}'" if title not in ("", "title") else ""
    return f"the abstract was read from '{shown(abstract)}'{of_title}"


def _mapped(lines: Iterator[Line], mapping: Mapping[str, str], source: Source) -> Iterator[Line]:
    """Records with the fields that the user has mapped."""
    missing = dict(mapping)
    seen: dict[str, None] = {}
    for number, (line, record) in enumerate(lines, 1):
        if isinstance(record, dict):
            seen.update(dict.fromkeys(record) if len(seen) < 200 else {})
            columns = {name: _looked_up(record, column) for name, column in mapping.items()}
            for name, (found, value) in columns.items():
                if found:
                    missing.pop(name, None)
                    for other in _rivals(record, name, mapping[name]):
                        keep_input(record, other)
                    record[name] = value
        if number == _LOOKED_AT and missing:
            break
        yield line, record
    else:
        if not missing or not seen:
            return
    column = next(iter(missing.values()))
    fields = shown(", ".join(seen), 200)
    raise InputError(
        f"has no column '{shown(column)}' to map; its columns are: {fields}", source.name
    )


def _rivals(record: Mapping[str, Any], name: str, column: str) -> list[str]:
    """Fields that would be read in place of the one the user has mapped to `name`."""
    rivals = []
    for other in record:
        same = other == column or folded_name(other).folded == folded_name(column).folded
        if (same and column not in record) or other == column or other.startswith(INPUT):
            continue
        rank = abstract_rank(other) if name == "abstract" else None
        titled = name == "title" and title_rank(other) is not None and not is_weak_title(other)
        if titled or folded_name(other).folded == name or (rank is not None and rank < 10):
            rivals.append(other)
    return rivals


def _looked_up(record: Mapping[str, Any], column: str) -> tuple[bool, Any]:
    """Whether a record has a column, and its value: by name, by folded name, by a dotted path."""
    if column in record:
        return True, record[column]
    folded = folded_name(column).folded
    for name, value in record.items():
        if folded and folded_name(name).folded == folded:
            return True, value
    inner: Any = record
    for part in column.split("."):
        if not isinstance(inner, Mapping) or part not in inner:
            return False, None
        inner = inner[part]
    return True, inner


def _refuse_binary(source: Source) -> None:
    head = source.head[: 1 << 16]
    if source.encoding.startswith("utf-16") or source.encoding.startswith("utf-32"):
        return
    # A lone NUL is its record's fault; more than one byte in a hundred is no text.
    if head.count(0) * 100 > len(head) or head.startswith((b"%PDF", b"{\\rtf")):
        raise InputError("is binary, not text; export it as CSV, RIS, BibTeX or JSON", source.name)
