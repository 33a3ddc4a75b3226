"""No reader, writer or check takes more than a line's time: all formats, found by themselves.

Each runs on hostile texts of a size and of four times the size, in a process of its own that is
ended when it takes too much processor time. `python tests/test_linear.py` does the same for larger
sizes, and for a hostile text at more places of a file.
"""

from __future__ import annotations

import argparse
import io
import multiprocessing
import resource
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hostile import BEND, FRAGMENTS, NUMBERED, growth, repeated
from layouts import layouts

from tagstract.labels import InputError, load_taxonomy
from tagstract.labels.io.feed import feed_of
from tagstract.labels.io.formats import formats as readers
from tagstract.labels.io.sources.source import Source
from tagstract.model_folder.store import DEFAULT_FOLDER
from tagstract.serving.output.formats import formats as writers

ALL = FRAGMENTS + NUMBERED
SIZE = 12_000
"""Characters, and four times as many; half of it where a text stands in many fields."""

CPU_SECONDS = 30

PACKED = ("parquet", "xlsx")
"""Formats whose files hold texts in packed form: a text can't be put in just anywhere."""


@cache
def seeds() -> dict[str, bytes]:
    """The smallest good file of each format that is read as text, by the name of the format."""
    found: dict[str, bytes] = {}
    for name, data in layouts().items():
        source = Source.of_bytes(data, name)
        if source.packed:
            continue
        try:
            format = feed_of(source).format
        except InputError:
            continue
        if format not in found or len(data) < len(found[format]):
            found[format] = data
    return found


def with_inside(seed: bytes, text: bytes, place: str) -> bytes:
    """A file with a text in the middle of its longest line, at its start, or at its end."""
    if place == "end":
        return seed + text
    if place == "start":
        return text + seed
    longest = max(seed.split(b"\n"), key=len)
    start = seed.index(longest) + len(longest) // 2
    while start < len(seed) and seed[start] & 0xC0 == 0x80:  # not inside a character
        start += 1
    return seed[:start] + text + seed[start:]


def packed(name: str, text: str) -> bytes:
    """A file with a text as a column's name, in a cell, and in many short cells."""
    words = [text[at : at + 400] for at in range(0, len(text), 400)]
    file = io.BytesIO()
    if name == "parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        table = pa.table({"title": words, "abstract": [text, *words[1:]], text[:2000]: words})
        pq.write_table(table, file)
    else:
        import xlsxwriter

        with xlsxwriter.Workbook(file, {"strings_to_formulas": False}) as book:
            sheet = book.add_worksheet()
            for column, cell in enumerate(("title", "abstract", text[:2000])):
                sheet.write_string(0, column, cell)
            for row, word in enumerate(words, 1):
                sheet.write_string(row, 0, word)
                sheet.write_string(row, 1, text[:32_000] if row == 1 else word)
    return file.getvalue()


def read(name: str, data: bytes) -> None:
    """Read a file to its end in the format of a name."""
    [format] = [one for one in readers() if one.name == name]
    try:
        for _ in feed_of(Source.of_bytes(data, "feed"), format).records:
            pass
    except InputError:  # a clear refusal is as good
        pass


Bend = tuple[str, float]
"""A fragment, and how much steeper than a line the time grew."""


def bends(make: Callable[[str], Any], run: Callable[[Any], object], size: int) -> list[Bend]:
    """What a text made of each fragment does to `run`, where it does more than a line."""
    found = []
    for fragment in ALL:
        steepness = growth(lambda many, unit=fragment: make(repeated(unit, many)), run, size)
        if steepness > BEND:
            found.append((fragment, round(steepness, 1)))
    return found


def check_reader(name: str, place: str, size: int) -> list[Bend]:
    if name in PACKED:
        return bends(lambda text: packed(name, text), lambda data: read(name, data), size)
    seed = seeds()[name]
    return bends(
        lambda text: with_inside(seed, text.encode(), place), lambda data: read(name, data), size
    )


def check_detector(name: str, size: int) -> list[Bend]:
    """Whether a format sees that a file is not its own is a matter of a look, too."""
    [format] = [one for one in readers() if one.name == name]

    def detect(data: bytes) -> None:
        with suppress(InputError):  # white space alone counts as empty
            format.detects(Source.of_bytes(data, "feed"))

    found = bends(str.encode, detect, size)
    if name not in PACKED:
        seed = seeds()[name]
        found += bends(lambda text: with_inside(seed, text.encode(), "middle"), detect, size)
    return found


def tagged(text: str) -> list[dict[str, Any]]:
    fields = {name: text for name in ("id", "title", "abstract", "url", "venue", "doi", text[:20])}
    answer = {"tags": [{"area": "robotics", "probability": 0.9}], "status": "tagged"}
    rest = {"reason": None, "truncated": False, "model": "a:1"}
    evidence = {"evidence": {"robotics": [{"sentence": text, "weight": 1.0}]}}
    return [{**fields, "authors": [text, text], **answer, **rest, **evidence}]


def check_writer(ending: str, size: int) -> list[Bend]:
    from tagstract.serving.output import write_output

    taxonomy = load_taxonomy()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"out{ending}"
        return bends(tagged, lambda papers: write_output(path, papers, taxonomy, "A digest"), size)


def checks() -> dict[str, Callable[[str], object]]:
    """What else looks at a text that a stranger wrote."""
    import asyncio
    import json
    from datetime import UTC, datetime

    import numpy as np
    from starlette.datastructures import QueryParams
    from tokenizers import Tokenizer

    from tagstract.labels.corrections.store import _checked
    from tagstract.labels.errors import one_line
    from tagstract.labels.files import shown
    from tagstract.labels.io.labels import LabelReader
    from tagstract.labels.papers import folded_abstract
    from tagstract.model_folder.abstention import Rules
    from tagstract.model_folder.format import TOKENIZER
    from tagstract.model_folder.inputs import lexical_text, paper_text
    from tagstract.model_folder.lexical import terms_of
    from tagstract.serving.batch.duplicates import keys_of, label_of
    from tagstract.serving.http.middleware.hosts import host_name
    from tagstract.serving.http.requests.body import read_json
    from tagstract.serving.http.requests.parsed_call import OPTIONS, Kind, read_call, read_query
    from tagstract.serving.output import format_table
    from tagstract.serving.output.text import paragraphs, plain
    from tagstract.serving.sentences import runs_of, sentences_of
    from tagstract.serving.tagger import read_record

    taxonomy, now = load_taxonomy(), datetime.now(UTC)
    labels, rules = LabelReader(taxonomy), Rules()
    tokenizer = Tokenizer.from_file(str(DEFAULT_FOLDER / TOKENIZER))
    none = np.zeros(len(taxonomy.ids))

    def paper(text: str) -> dict[str, Any]:
        return {"title": text, "abstract": text}

    def as_field_names(text: str) -> dict[str, Any]:
        return {text[at : at + 30]: text[at : at + 90] for at in range(0, len(text), 90)}

    def call(kind: Kind, item: Any) -> object:
        body = json.dumps({kind.items: [item]}).encode()
        return read_call(asyncio.run(read_json(body, "")), kind)

    return {
        "call of papers": lambda text: call(Kind("papers", 512, OPTIONS), paper(text)),
        "call of corrections": lambda text: call(
            Kind("corrections", 512), {"abstract": text, "labels": [text], "by": text}
        ),
        "raw body": lambda text: asyncio.run(read_json(text.encode("utf-8", "replace"), "")),
        "query": lambda text: read_query(QueryParams(text)),
        "host": host_name,
        "record": lambda text: read_record(paper(text)),
        "record of odd fields": lambda text: read_record(as_field_names(text)),
        "keys of a paper": lambda text: [
            (keys_of(found, "feed"), label_of(found))
            for found in [read_record(paper(text))]
            if not isinstance(found, str)
        ],
        "correction": lambda text: _checked(
            {"abstract": text, "labels": [text], "by": text}, taxonomy, now
        ),
        "labels": lambda text: labels.read({"abstract": text, "labels": text}),
        "folded_abstract": lambda text: folded_abstract(paper(text)),
        "paper_text": lambda text: paper_text(paper(text)),
        "lexical_text": lambda text: terms_of(lexical_text(paper(text))),
        "tokens": lambda text: tokenizer.encode_batch_fast([text]),
        "rules": lambda text: rules.reason(paper(text), none, False, True),
        "sentences_of": sentences_of,
        "runs_of": lambda text: runs_of(paper(text)),
        "plain": plain,
        "paragraphs": paragraphs,
        "table": lambda text: format_table(tagged(text), taxonomy, 80, False),
        "shown": lambda text: (shown(text), one_line(text)),
    }


def check_text(name: str, size: int) -> list[Bend]:
    return bends(str, checks()[name], size)


def bounded(check: Callable[..., list], *arguments: Any, seconds: int = CPU_SECONDS) -> list:
    """What a check finds, in a process that is killed when it takes too much processor time."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)

    def work() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        sys.stdout = sys.stderr = io.StringIO()
        sender.send(check(*arguments))

    child = context.Process(target=work, daemon=True)
    child.start()
    sender.close()
    try:
        return list(receiver.recv())
    except EOFError:
        child.join()
        late = child.exitcode == -signal.SIGXCPU or child.exitcode == -signal.SIGKILL
        return ["not done in time" if late else "ended by an error of its own"]
    finally:
        child.kill()
        child.join()


FORMATS = sorted(one.name for one in readers())
ENDINGS = sorted(one.endings[0] for one in writers())


def test_every_format_has_a_seed():
    assert set(FORMATS) == {*seeds(), *PACKED}


@pytest.mark.parametrize("name", FORMATS)
def test_no_reader_takes_more_than_a_lines_time(name):
    assert bounded(check_reader, name, "middle", SIZE) == []


@pytest.mark.parametrize("name", FORMATS)
def test_no_detector_takes_more_than_a_lines_time(name):
    assert bounded(check_detector, name, SIZE) == []


@pytest.mark.parametrize("ending", ENDINGS)
def test_no_writer_takes_more_than_a_lines_time(ending):
    assert bounded(check_writer, ending, SIZE // 2) == []


@pytest.mark.parametrize("name", sorted(checks()))
def test_no_check_takes_more_than_a_lines_time(name):
    assert bounded(check_text, name, SIZE) == []


def test_a_square_is_seen():
    def square(text: str) -> None:
        for place in range(0, len(text), 4):
            text.count("b", 0, place)

    assert growth(lambda many: "ab" * (many // 2), square, SIZE) > BEND
    assert growth(lambda many: 100 * many, lambda many: sum(range(many)), SIZE) < BEND


def test_a_line_that_is_slow_is_seen(monkeypatch):
    monkeypatch.setattr("hostile.SLOW", 1e-6)
    assert growth(lambda many: 200 * many, lambda many: sum(range(many)), SIZE) > BEND


def everything(size: int) -> Iterator[tuple[str, list]]:
    for name in FORMATS:
        for place in ("middle",) if name in PACKED else ("start", "middle", "end"):
            about = f"reads {name}, {place}"
            yield about, bounded(check_reader, name, place, size, seconds=1800)
        yield f"detects {name}", bounded(check_detector, name, size, seconds=1800)
    for ending in ENDINGS:
        yield f"writes {ending}", bounded(check_writer, ending, size, seconds=1800)
    for name in sorted(checks()):
        yield f"checks {name}", bounded(check_text, name, size, seconds=1800)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--size", type=int, default=50_000, help="characters (default: %(default)s)"
    )
    bent = False
    for about, found in everything(parser.parse_args().size):
        print(f"{about}: {found or 'a line'}", flush=True)
        bent |= bool(found)
    sys.exit(bent)
