"""No reader, writer or check takes more than a line's time: all formats, found by themselves.

Each runs on hostile texts of one, two and four times a size, in a process of its own that is ended
when it takes too long. `python tests/test_linear.py` does the same for larger sizes, and for a
hostile text at more places of a file.
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
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hostile import BEND, FRAGMENTS, growth
from layouts import layouts

from tagstract.labels import InputError, load_taxonomy
from tagstract.labels.io.feed import feed_of
from tagstract.labels.io.formats import formats as readers
from tagstract.labels.io.sources.source import Source
from tagstract.serving.output.formats import formats as writers

SIZE = 16_000
CPU_SECONDS = 60

FEW = FRAGMENTS[::6]


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


def read(name: str, data: bytes) -> None:
    """Read a file to its end in the format of a name; a clear refusal is as good."""
    [format] = [one for one in readers() if one.name == name]
    try:
        for one in readers():
            one.detects(Source.of_bytes(data, "feed"))
        for _ in feed_of(Source.of_bytes(data, "feed"), format).records:
            pass
    except InputError:
        pass


def check_reader(name: str, fragments: tuple[str, ...], places: tuple[str, ...], size: int) -> list:
    seed, bends = seeds()[name], []
    for fragment in fragments:
        unit = fragment.encode()
        for place in places:

            def run(many: int, unit: bytes = unit, place: str = place) -> None:
                read(name, with_inside(seed, unit * (many // len(unit)), place))

            steepness = growth(run, size)
            if steepness > BEND:
                bends.append((fragment, place, round(steepness, 1)))
    return bends


def tagged(text: str) -> list[dict[str, Any]]:
    fields = {name: text for name in ("id", "title", "abstract", "url", "venue", "doi", text[:20])}
    answer = {"tags": [{"area": "robotics", "probability": 0.9}], "status": "tagged"}
    rest = {"reason": None, "truncated": False, "model": "a:1"}
    evidence = {"evidence": {"robotics": [{"sentence": text, "weight": 1.0}]}}
    return [{**fields, "authors": [text, text], **answer, **rest, **evidence}]


def check_writer(ending: str, fragments: tuple[str, ...], size: int) -> list:
    from tagstract.serving.output import write_output

    taxonomy, bends = load_taxonomy(), []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"out{ending}"
        for fragment in fragments:

            def run(many: int, fragment: str = fragment) -> None:
                write_output(path, tagged(fragment * (many // len(fragment))), taxonomy, "A digest")

            steepness = growth(run, size)
            if steepness > BEND:
                bends.append((fragment, round(steepness, 1)))
    return bends


def checks() -> dict[str, Callable[[str], object]]:
    """What looks at a text that a stranger wrote."""
    import asyncio
    import json
    from datetime import UTC, datetime

    from tagstract.labels.corrections import _checked
    from tagstract.labels.papers import folded_abstract
    from tagstract.model_folder.inputs import lexical_text, paper_text
    from tagstract.serving.http.body import read_json
    from tagstract.serving.http.middleware.hosts import host_name
    from tagstract.serving.output.text import paragraphs, plain
    from tagstract.serving.sentences import runs_of, sentences_of

    taxonomy, now = load_taxonomy(), datetime.now(UTC)

    def paper(text: str) -> dict[str, Any]:
        return {"title": text, "abstract": text}

    return {
        "plain": plain,
        "paragraphs": paragraphs,
        "sentences_of": sentences_of,
        "runs_of": lambda text: runs_of(paper(text)),
        "folded_abstract": lambda text: folded_abstract(paper(text)),
        "paper_text": lambda text: paper_text(paper(text)),
        "lexical_text": lambda text: lexical_text(paper(text)),
        "correction": lambda text: _checked(
            {"abstract": text, "labels": [text], "by": text}, taxonomy, now
        ),
        "read_json": lambda text: asyncio.run(
            read_json(json.dumps({"papers": [paper(text)]}).encode(), "")
        ),
        "raw body": lambda text: asyncio.run(read_json(text.encode("utf-8", "replace"), "")),
        "host": host_name,
    }


def check_text(name: str, fragments: tuple[str, ...], size: int) -> list:
    check, bends = checks()[name], []
    for fragment in fragments:

        def run(many: int, fragment: str = fragment) -> None:
            check(fragment * (many // len(fragment)))

        steepness = growth(run, size)
        if steepness > BEND:
            bends.append((fragment, round(steepness, 1)))
    return bends


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


TEXT_FORMATS = sorted(one.name for one in readers() if one.name not in ("parquet", "xlsx"))
ENDINGS = sorted(one.endings[0] for one in writers())


def test_every_format_that_is_text_has_a_seed():
    assert set(TEXT_FORMATS) <= set(seeds())


@pytest.mark.parametrize("name", TEXT_FORMATS)
def test_no_reader_takes_more_than_a_lines_time(name):
    assert bounded(check_reader, name, FEW, ("middle",), SIZE) == []


@pytest.mark.parametrize("ending", ENDINGS)
def test_no_writer_takes_more_than_a_lines_time(ending):
    assert bounded(check_writer, ending, FEW, SIZE // 2) == []


@pytest.mark.parametrize("name", sorted(checks()))
def test_no_check_takes_more_than_a_lines_time(name):
    assert bounded(check_text, name, FRAGMENTS[::3], 4 * SIZE) == []


def test_a_square_is_seen():
    def square(many: int) -> None:
        text = "ab" * (many // 2)
        for place in range(len(text)):
            text.count("b", 0, place)

    assert growth(square, SIZE) > BEND
    assert growth(lambda many: sum(range(100 * many)), SIZE) < BEND


def everything(size: int) -> Iterator[tuple[str, list]]:
    places = ("start", "middle", "end")
    for name in TEXT_FORMATS:
        yield f"reads {name}", bounded(check_reader, name, FRAGMENTS, places, size, seconds=1800)
    for ending in ENDINGS:
        yield f"writes {ending}", bounded(check_writer, ending, FRAGMENTS, size, seconds=1800)
    for name in sorted(checks()):
        yield f"checks {name}", bounded(check_text, name, FRAGMENTS, 4 * size, seconds=1800)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--size", type=int, default=200_000, help="characters (default: %(default)s)"
    )
    bent = False
    for about, bends in everything(parser.parse_args().size):
        print(f"{about}: {bends or 'a line'}", flush=True)
        bent |= bool(bends)
    sys.exit(bent)
