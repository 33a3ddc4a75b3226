"""Feeds that have made a reader slow, small as they are: `POST /feed` must hold up nobody."""

from __future__ import annotations

FEEDS: tuple[bytes, ...] = (
    b"<rss><channel><item><title>" + b"(arXiv:" * 100_000 + b"</title></item></channel></rss>",
    b"abstract," + b",".join(b"c%d" % number for number in range(30_000)) + b"\n",
    b'{\n"abstract": "x"\n}\n' + b"{\n" * 50_000,
    b"Daily Papers\n\n" + b"Ab Cd and " * 100_000,
    b'["a", ' + b'"' * 200_000,
    b"<feed>" + b"<entry>" * 50_000,
    b"TY  - JOUR\nAB  - " + "\u0301\u0316".encode() * 50_000 + b"\nER  - \n",
    b"@a{k, title = {" + b"{" * 100_000,
)
"""One for each of RSS, CSV, JSON, the Daily Papers page, a torn array, Atom, RIS and BibTeX."""
