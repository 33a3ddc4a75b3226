"""Broken and hostile feeds: no traceback, no quadratic time, nothing from inside a network."""

import random
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from fuzzing import broken, fault_of
from hypothesis import given, settings
from hypothesis import strategies as st
from layouts import layouts

from tagstract.labels import InputError
from tagstract.labels.io.feed import expanded, read_feed
from tagstract.labels.io.formats import formats
from tagstract.labels.io.sources import fetch

LAYOUTS = layouts()
OTHERS = list(LAYOUTS.values())
FORMATS = [None, *(format.name for format in formats())]
PIECES = [
    "<a b=",
    "\\emph{",
    "$",
    "&",
    "{",
    '["',
    "},{",
    '"',
    "(",
    "© 2026 ",
    "a: b\n",
    "<td>",
    "\\\\\n",
]


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(st.sampled_from(sorted(LAYOUTS)), st.sampled_from(FORMATS), st.integers(0, 10**6))
def test_a_broken_feed_gives_records_or_one_line(name, format, seed):
    data = broken(LAYOUTS[name], random.Random(seed), OTHERS)
    assert fault_of(data, format) is None


@pytest.mark.parametrize("piece", PIECES)
def test_a_piece_that_repeats_takes_no_longer_than_its_length(piece):
    abstract = "We show that this is so. " + piece * (60_000 // len(piece))
    for text in (abstract, f'{{"title": "T", "abstract": "{abstract}', f"<rss><item>{abstract}"):
        assert fault_of(text.encode()) is None


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        kind = self.path.strip("/")
        password = self.headers.get("Authorization") == "Basic bWU6YSBi"  # me:a b
        status = {"moved": 302, "out": 302, "gone": 404, "locked": 200 if password else 401}
        self.send_response(status.get(kind, 200))
        if kind in ("moved", "out"):
            self.send_header("Location", "/zotero.ris" if kind == "moved" else "ftp://x.example/a")
        self.end_headers()
        self.wfile.write(LAYOUTS.get(kind, b""))

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def site():
    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_an_address_is_read_as_a_file_is(monkeypatch):
    with site() as address:
        for path in ("zotero.ris", "packed.gz", "moved"):
            feed = read_feed(f"{address}/{path}", allow_private=True)
            assert len(list(feed.records)) == 2
        secret = f"{address.replace('//', '//me:a%20b@')}/locked"
        with pytest.raises(InputError, match=r"http://127[^@]*/locked: .*no known format|is empty"):
            read_feed(secret, allow_private=True)
        with pytest.raises(InputError, match="answered 401"):
            read_feed(f"{address}/locked", allow_private=True)
        with pytest.raises(InputError, match="can't be fetched: unknown url type: ftp"):
            read_feed(f"{address}/out", allow_private=True)
        with pytest.raises(InputError, match="answered 404 Not Found"):
            read_feed(f"{address}/gone", allow_private=True)
        monkeypatch.setattr(fetch, "MAX_FETCHED", 100)
        with pytest.raises(InputError, match="download it first"):
            read_feed(f"{address}/zotero.ris", allow_private=True)


@pytest.mark.parametrize("address", ["ftp://x.example/a.xml", "file:///etc/passwd", "http://[x"])
def test_an_address_of_another_kind_is_refused(address):
    with pytest.raises(InputError, match=r"is no http or https address|can't be fetched: Invalid"):
        read_feed(address)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "10.0.0.1", "2130706433", "169.254.169.254", "[::1]"]
)
def test_an_address_inside_is_refused_before_it_is_asked(host):
    with pytest.raises(InputError, match="in a private network; allow that with --allow-private"):
        read_feed(f"http://{host}:9/feed.xml")


def test_a_pattern_names_its_files_in_order(tmp_path):
    for name in ("b.xml", "a.xml", "c.txt"):
        (tmp_path / name).write_text("x")
    pattern = str(tmp_path / "*.xml")
    assert expanded([pattern, "-"]) == [str(tmp_path / "a.xml"), str(tmp_path / "b.xml"), "-"]
    with pytest.raises(InputError, match="matches no file"):
        expanded([str(tmp_path / "*.bib")])
