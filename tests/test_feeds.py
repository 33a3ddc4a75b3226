"""Feeds in: a golden example a format, and what is refused or skipped in bad ones."""

import gzip
import io
import json
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tagstract.labels import InputError, Problem
from tagstract.labels.io.sources.source import Source
from tagstract.serving.feeds import feed_of, read_feed

MOSS = "Moss is slow. We show that $a<b$ & wait, which costs 3 years a plant."
PAPER = {"id": "m1", "title": "Growing Moss", "abstract": MOSS, "labels": ["efficiency"]}

ATOM = """<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom">
  <title>query</title>
  <entry>
    <id>http://arxiv.org/abs/2603.01234v2</id>
    <published>2026-03-02T10:00:00Z</published>
    <title>Growing
  Moss</title>
    <summary>  Moss is slow. We show that $a&lt;b$ &amp; wait,
  which costs 3 years a plant.
    </summary>
    <author><name>Ann Roe</name></author><author><name>Bo Doe</name></author>
    <link href="http://arxiv.org/pdf/2603.01234v2" rel="related" title="pdf"/>
    <link href="http://arxiv.org/abs/2603.01234v2" rel="alternate"/>
    <category term="cs.LG"/><category term="q-bio.PE"/>
  </entry>
</feed>
"""
RSS_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/"
  version="2.0"><channel><title>cs.LG</title>
"""
RSS = (
    RSS_HEAD
    + """<item><title>Growing Moss</title><link>https://arxiv.org/abs/2603.01234</link>
<description>arXiv:2603.01234v1 Announce Type: new
Abstract: Moss is slow. We show that $a&lt;b$ &amp; wait, which costs 3 years a plant.</description>
<guid isPermaLink="false">oai:arXiv.org:2603.01234v1</guid>
<category>cs.LG</category><category>q-bio.PE</category>
<pubDate>Mon, 02 Mar 2026 00:00:00 -0500</pubDate><arxiv:announce_type>new</arxiv:announce_type>
<dc:creator>Ann Roe, Bo Doe</dc:creator></item>
</channel></rss>
"""
)
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
  xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="http://arxiv.org/"><title>cs.LG</title><items/></channel>
<item rdf:about="http://arxiv.org/abs/2603.01234">
<title>Growing Moss. (arXiv:2603.01234v1 [cs.LG])</title>
<description>&lt;p&gt;Moss is slow. We show that $a&amp;lt;b$ &amp;amp; wait, which
costs &lt;b&gt;3&lt;/b&gt; years a plant.&lt;/p&gt;</description>
<dc:creator>&lt;a href="/roe"&gt;Ann Roe&lt;/a&gt;, &lt;a href="/b"&gt;Bo Doe&lt;/a&gt;</dc:creator>
</item></rdf:RDF>
"""
DAILY = f"Subscribe\n\nDaily Papers\n\nGrowing Moss\n\n{MOSS}\n"
CSV = f'id,Title,ABSTRACT,labels\nm1,Growing Moss,"{MOSS}",efficiency\n'
ENTRY = "<entry>\n<id>{0}</id><title>T</title>{1}</entry>\n"
FEED = '<feed xmlns="http://www.w3.org/2005/Atom">\n'


def parquet(rows: list[dict]) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), file)
    return file.getvalue()


GOLDEN = {
    "daily-papers": DAILY.encode(),
    "atom": ATOM.encode(),
    "rss": RSS.encode(),
    "jsonl": (json.dumps(PAPER) + "\n").encode(),
    "csv": CSV.encode(),
    "parquet": parquet([PAPER]),
}


@pytest.fixture
def read(tmp_path: Path):
    """Read bytes as a feed file `f`; its records, the folder cut from problems."""

    def read_bytes(data: bytes, format: str | None = None) -> list:
        (tmp_path / "f").write_bytes(data)
        records = list(read_feed(tmp_path / "f", format).records)
        return [str(r).split("/")[-1] if isinstance(r, Problem) else r for r in records]

    return read_bytes


@pytest.mark.parametrize("format", GOLDEN)
def test_a_format_is_detected_and_read(read, format):
    data = GOLDEN[format]
    assert feed_of(Source.of_bytes(data, "f")).format == format
    for packed in (data, gzip.compress(data)):
        [paper] = read(packed)
        assert (paper["title"], paper["abstract"]) == ("Growing Moss", MOSS)
    assert read(data, format) == [paper]


def test_tables_and_lines_keep_their_fields_in_order(read):
    assert read(GOLDEN["jsonl"]) == read(GOLDEN["parquet"]) == [PAPER]
    [paper] = read(GOLDEN["csv"])
    columns = {"id": "m1", "Title": "Growing Moss", "ABSTRACT": MOSS, "labels": "efficiency"}
    found = {"title": "Growing Moss", "abstract": MOSS}
    assert list(paper.items()) == list({**columns, **found}.items())


def test_arxiv_atom_rss_and_rdf_carry_the_same_paper(read):
    about = {
        "id": "arxiv:2603.01234",
        "title": "Growing Moss",
        "abstract": MOSS,
        "authors": ["Ann Roe", "Bo Doe"],
    }
    known = {"categories": ["cs.LG", "q-bio.PE"], "url": "http://arxiv.org/abs/2603.01234v2"}
    assert read(ATOM.encode()) == [{**about, **known, "published": "2026-03-02T10:00:00Z"}]
    known |= {"url": "https://arxiv.org/abs/2603.01234", "announce_type": "new"}
    assert read(RSS.encode()) == [{**about, **known, "published": "2026-03-02T00:00:00-05:00"}]
    [old] = read(RDF.encode())
    assert old == {**about, "title": "Growing Moss.", "url": "http://arxiv.org/abs/2603.01234"}


def test_other_rss_is_read_as_html(read):
    item = (
        "<item><title>Moss &amp;amp; I</title><link>http://moss.example/1</link><description>"
        '<![CDATA[<p>We are as slow&nbsp;as moss, <a href="x">slow</a><br/>as it is.</p>]]>'
        "</description></item>"
    )
    [paper] = read(f"{RSS_HEAD}{item}</channel></rss>".encode())
    assert (paper["title"], paper["abstract"]) == (
        "Moss & I",
        "We are as slow as moss, slow as it is.",
    )


def test_a_day_without_papers_is_no_error(read):
    assert read(f"{FEED}</feed>".encode()) == []
    assert read(f"{RSS_HEAD}</channel></rss>".encode()) == []
    assert read(b"[]") == read(b"id,abstract\n") == []


def test_an_entry_without_summary_is_a_paper_without_abstract(read):
    summary = f"<summary>{MOSS.replace('<', '&lt;').replace('&', '&amp;')}</summary>"
    entries = [ENTRY.format("a", summary), ENTRY.format("b", ""), ENTRY.format("c", summary)]
    one, two, three = read(f"{FEED}{''.join(entries)}</feed>".encode())
    assert (one["id"], two, three["id"]) == ("a", {"id": "b", "title": "T"}, "c")


def test_an_answer_of_arxiv_that_is_an_error_is_no_paper(read):
    entry = ENTRY.format("http://arxiv.org/api/errors#x", "<summary>incorrect id</summary>")
    assert read(f"{FEED}{entry}</feed>".encode()) == ["f:2: arXiv returned an error: incorrect id"]


def test_a_json_array_and_a_spread_object_are_read(read):
    rows = [{"abstract": "Ash"}, 3, {"abstract": "Bark"}]
    for text in (json.dumps(rows), json.dumps(rows, indent=2)):
        first, bad, last = read(text.encode())
        assert (first, last) == (rows[0], rows[2])
        assert bad == "f:2: not a JSON object; a record is {...}"
    assert read(json.dumps(PAPER, indent=2).encode()) == [PAPER]
    assert read(b'[{"abstract": "a"}, {"abs')[1].startswith("f:2: not JSON")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b'{"broken', "not JSON"),
        (b'{"abstract": 1e999}', "too large"),
        (b'{"n": ' + b"9" * 5000 + b"}", "too many digits"),
        (b'{"abstract": "a", "abstract": "b"}', "a duplicate field"),
        (b'{"a": ' + b"[" * 10**5 + b"]" * 10**5 + b"}", "nested deeper than 64"),
        (b'{"a": ' + b"[" * 70 + b"]" * 70 + b"}", "nested deeper than 64"),
        (b'{"abstract": "' + b"x" * 50_000_000 + b'"}', "a line of 50,000,017 characters"),
        (b'{"abstract": "' + b"x" * 1_100_000 + b'"}', "a line of 1,100,017 characters"),
        (b"[1]", "not a JSON object"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_broken_line_1000_leaves_its_neighbours(read, line, message):
    lines = [b'{"abstract": "Moss %d"}' % n for n in range(1, 1201)]
    lines[999] = line
    records = read(b"\n".join(lines))
    assert len(records) == 1200
    assert records[999].startswith("f:1000: ")
    assert message in records[999]
    assert (records[998], records[1000]) == (
        {"abstract": "Moss 999"},
        {"abstract": "Moss 1001"},
    )


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (b"a,b", "2 cells, not 3"),
        (b"a,b,c,d", "4 cells, not 3"),
        (b'a,"never closed', "a quoted cell is never closed"),
        (b'a,b,"' + b"x" * 2_000_000 + b'"', "a row of 2,000,002 characters"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_csv_row_leaves_its_neighbours(read, row, message):
    good = b'1,T,"a, ""b""\nc"'
    first, bad, last = read(b"\n".join([b"id,title,abstract", good, row, b"2,T,d"]))
    assert first == {"id": "1", "title": "T", "abstract": 'a, "b"\nc'}
    assert bad.startswith("f:4: ")
    assert message in bad
    assert last["id"] == "2"


def test_semicolons_and_tabs_part_cells_too(read):
    assert read(b"id;abstract;labels\n1;a, b;'c'\n")[0]["abstract"] == "a, b"
    assert read(b"id\tabstract\n1\ta; b, c\n") == [{"id": "1", "abstract": "a; b, c"}]


def test_exotic_parquet_types_become_plain_json(read):
    table = pa.table(
        {
            "abstract": ["a"],
            "when": pa.array([1_700_000_000_123_456_789], pa.timestamp("ns", "UTC")),
            "price": pa.array(["1.50"]).cast(pa.decimal128(6, 2)),
            "raw": pa.array([b"\xff\xfe"]),
            "map": pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int64())),
            "deep": [{"list": [float("nan"), 1.0]}],
        }
    )
    file = io.BytesIO()
    pq.write_table(table, file)
    [record] = read(file.getvalue())
    assert json.loads(json.dumps(record, allow_nan=False)) == {
        "abstract": "a",
        "when": "2023-11-14T22:13:20.123456+00:00",
        "price": 1.5,
        "raw": "//4=",
        "map": {"k": 1},
        "deep": {"list": [None, 1.0]},
    }


@pytest.mark.parametrize(
    ("odd", "left"),
    [
        (pa.array([0, 1], pa.timestamp("us", "Mars/Phobos")), "1970-01-01T00:00:00+00:00"),
        (pa.array([10**9, 1], pa.int32()).cast(pa.date32()), None),
        (pa.array([2**52, 1], pa.timestamp("ms")), None),
        (pa.array([2**62, 1], pa.duration("ms")), None),
        (pa.array([[2**52], [1]], pa.list_(pa.timestamp("ms"))), None),
        (pa.array([b"\xff", b"a"], pa.binary()).view(pa.utf8()), None),
    ],
    ids=["zone", "far date", "far time", "long duration", "list", "no UTF-8"],
)
def test_an_odd_column_that_nobody_asked_for_costs_no_paper(odd, left):
    file = io.BytesIO()
    pq.write_table(pa.table({"abstract": ["We prune.", "We dig."], "odd": odd}), file)
    feed = feed_of(Source.of_bytes(file.getvalue(), "f"))
    first, second = feed.records
    assert (first["abstract"], first["odd"], second["abstract"]) == ("We prune.", left, "We dig.")
    assert feed.notes.lines == (
        [] if left else ["f: values of 'odd' that can't be read were left out"]
    )


def test_an_abstract_that_is_no_text_costs_its_own_paper(read):
    texts = pa.array([b"We pr\xff", b"We dig."], pa.binary()).view(pa.utf8())
    file = io.BytesIO()
    pq.write_table(pa.table({"abstract": texts}), file)
    problem, record = read(file.getvalue())
    assert problem == "f:1: 'abstract' holds text that is not UTF-8; write it again"
    assert record == {"abstract": "We dig."}


def test_a_damaged_row_group_leaves_the_others(read):
    file = io.BytesIO()
    table = pa.table({"abstract": [f"paper {n} " * 20 for n in range(300)]})
    pq.write_table(table, file, row_group_size=100, use_dictionary=False)
    data = bytearray(file.getvalue())
    column = pq.ParquetFile(file).metadata.row_group(1).column(0)
    start, size = column.data_page_offset, column.total_compressed_size
    data[start : start + size] = b"\xaa" * size
    records = read(bytes(data))
    problems = [record for record in records if isinstance(record, str)]
    assert problems == ["f:101: row group 2 is damaged; 100 rows were skipped"]
    assert len(records) == 201


BOMB = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">\n' for n in range(1, 10))
BOMB = f'<!DOCTYPE feed [\n<!ENTITY e0 "moss">\n{BOMB}]>\n'
XXE = '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n'


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "f: is empty"),
        (b"\xef\xbb\xbf \n", "f: is empty"),
        (bytes(range(32)) * 9, "f: is binary"),
        (b"PK\x03\x04....", "f: is a damaged zip archive"),
        (gzip.compress(b"{}" * 99, mtime=0)[:-9], "f: is truncated or damaged gzip"),
        (b"PAR1 cut short", "f: is a damaged Parquet file"),
        (b"Dear all,\n\nhere are, as you asked, my papers.\n", "f: is not in a known format"),
        (b"<html><body>Daily</body></html>", "without recognizable titles and abstracts"),
        (b"id,year\n1,2\n", "f: is not in a known format"),
        (f"{BOMB}{FEED}<entry>&e9;</entry></feed>".encode(), "f:2: declares XML entities"),
        (f"<!-- <feed > -->{BOMB}{FEED}&e9;</feed>".encode(), "XML"),
        (f"{XXE}<rss><channel>&x;</channel></rss>".encode(), "f:1: declares XML entities"),
    ],
)
def test_an_unusable_feed_is_one_line(read, data, message):
    with pytest.raises(InputError) as caught:
        read(data)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_format_names_the_nearest():
    with pytest.raises(InputError, match=r"'atm'; did you mean 'atom'\? known are arxiv-mail"):
        read_feed("f", "atm")


def test_more_than_the_limit_is_refused_while_unpacking(read, monkeypatch):
    monkeypatch.setattr("tagstract.labels.io.sources.streams.MAX_BYTES", 2 << 20)
    records = read(gzip.compress(b'{"abstract": "Moss"}\n' * (1 << 17)))
    assert "is larger than" in records[-1]
    with pytest.raises(InputError, match="is larger than"):
        read(gzip.compress(b"[" + b'{"abstract": "Moss"},\n' * (1 << 17)))


def test_a_dash_is_standard_input(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(GOLDEN["jsonl"] + b"{")))
    feed = read_feed("-")
    assert (feed.source, feed.format) == ("<stdin>", "jsonl")
    paper, problem = feed.records
    assert (paper, problem.line) == (PAPER, 2)


@pytest.mark.parametrize("name", [*GOLDEN, "rdf", "array", "gzip"])
def test_any_prefix_gives_records_or_one_line(monkeypatch, name):
    """A file cut short anywhere ends in papers, problems or one InputError."""
    more = {"rdf": RDF.encode(), "array": json.dumps([PAPER, PAPER], indent=1).encode()}
    data = {**GOLDEN, **more, "gzip": gzip.compress(GOLDEN["csv"])}[name]
    for end in range(len(data)):
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(data[:end])))
        try:
            records = list(read_feed("-").records)
        except InputError as error:
            assert "\n" not in str(error)
        else:
            papers = [record for record in records if isinstance(record, dict)]
            json.dumps(papers, allow_nan=False, ensure_ascii=False).encode()
