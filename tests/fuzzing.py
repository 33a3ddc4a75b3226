"""Feeds that are broken in random ways; as a command, for as long as it is let run:

python tests/fuzzing.py --minutes 5 [--seed 0] [--layouts endnote.xml zotero.bib]
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
import traceback
from collections.abc import Sequence

from layouts import layouts

from tagstract.labels import InputError
from tagstract.labels.io.feed import feed_of
from tagstract.labels.io.formats import formats
from tagstract.labels.io.paper import paper_of
from tagstract.labels.io.sources.source import Source

TOKENS = [
    b"\x00", b"\xff", b"\xe9", b"\x0b", b"\xef\xbb\xbf", b"\xff\xfe", b"<", b">", b"&", b"&nbsp;", b"]]>",
    b"<![CDATA[", b"<!--", b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b'"', b"'", b"{", b"}", b"[", b"]", b",",
    b";", b"\t", b"|", b"\n", b"\r\n", b"\\", b"\\u", b"\\ud800", b"NaN", b"1e999", b"null", b"@", b"%0 ",
    b"TY  - ", b"ER  - ", b"PMID- ", b"PT ", b"## ", b"**", b"](", b"$", b"\\emph{", b"=", b":",
    b"\xe2\x80\xa8", b"\xf0\x9f\x8c\x8a", b"<item>", b"</item>", b"<record>", b"abstract", b"title", b"10.1/",
]  # fmt: skip
"""What readers look for, and what none of them expects."""


def broken(data: bytes, random: random.Random, others: Sequence[bytes]) -> bytes:
    """A feed with one to six faults: flipped, inserted, lost, repeated and foreign bytes."""
    for _ in range(random.randint(1, 6)):
        place, end = sorted(random.randrange(len(data) + 1) for _ in range(2))
        kind = random.randrange(6)
        if kind == 0 and data:
            place = min(place, len(data) - 1)
            flipped = data[place] ^ (1 << random.randrange(8))
            data = data[:place] + bytes([flipped]) + data[place + 1 :]
        elif kind == 1:
            data = (
                data[:place]
                + random.choice(TOKENS) * random.choice([1, 1, 1, 2, 50])
                + data[place:]
            )
        elif kind == 2:
            data = data[:place] + data[min(end, place + random.choice([1, 9, 200])) :]
        elif kind == 3:
            data = data[:end] + data[place:][:20_000]
        elif kind == 4:
            other = random.choice(others)
            data = data[:place] + other[random.randrange(len(other)) :][:2000] + data[place:]
        else:
            data = data[: random.randrange(len(data) + 1)]
    return data[:200_000]


def fault_of(data: bytes, format: str | None = None) -> str | None:
    """What a reader does wrong with these bytes: a traceback, an error of two lines, a record that
    can't be written; None where it does all right."""
    known = next((one for one in formats() if one.name == format), None)
    start = time.process_time()
    try:
        for record in feed_of(Source.of_bytes(data, "f"), known).records:
            if isinstance(record, dict):
                json.dumps(record, allow_nan=False, ensure_ascii=False).encode()
                json.dumps([paper_of(record).authors, paper_of(record).date, paper_of(record).url])
            elif "\n" in str(record):
                return f"a problem of two lines: {record}"
    except InputError as error:
        if "\n" in str(error):
            return f"an error of two lines: {error}"
    except Exception:
        return traceback.format_exc(limit=-6)
    seconds = time.process_time() - start
    limit = 1.0 + 4.0 * len(data) / 1_000_000
    return f"{seconds:.1f} s for {len(data):,} bytes" if seconds > limit else None


def main() -> None:
    parser = argparse.ArgumentParser(description="Break feeds at random and read them.")
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--layouts", nargs="*")
    arguments = parser.parse_args()
    found = layouts()
    names = arguments.layouts or list(found)
    others = list(found.values())
    chance = random.Random(arguments.seed)
    end = time.monotonic() + 60 * arguments.minutes
    tried = faults = 0
    seen: set[str] = set()
    while time.monotonic() < end:
        name = chance.choice(names)
        data = broken(found[name], chance, others)
        fault = fault_of(data, chance.choice([None, None, *(one.name for one in formats())]))
        tried += 1
        if fault is not None:
            faults += 1
            if fault[-300:] not in seen:
                seen.add(fault[-300:])
                print(f"{name}: {fault}\n{data[:200]!r}\n", flush=True)
    print(f"{tried:,} broken feeds, {faults} read wrongly")
    sys.exit(faults > 0)


if __name__ == "__main__":
    main()
