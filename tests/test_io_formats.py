"""Every layout that people have is read as the two invented papers of `layouts.py`."""

from pathlib import Path

import pytest
from layouts import MORE, PAPERS, layouts

from tagstract.labels import InputError
from tagstract.labels.io.__main__ import table
from tagstract.labels.io.feed import feed_of, mapping_of, read_feed
from tagstract.labels.io.formats import detect, format_named, formats
from tagstract.labels.io.paper import paper_of
from tagstract.labels.io.sources.source import Source

LAYOUTS = layouts()
GUIDE = Path(__file__).parent.parent / "docs" / "formats.md"


def source(name: str) -> Source:
    return Source.of_bytes(LAYOUTS[name], name)


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_gives_its_papers(name):
    records = list(feed_of(source(name)).records)
    assert len(records) == MORE.get(name, 2)
    for record, invented in zip(records, PAPERS, strict=False):
        paper = paper_of(record)
        assert paper.title.startswith(invented.title)
        assert invented.title in record["title"]
        # All of the abstract, and nothing of what stands around it.
        for end in (invented.abstract[:60], invented.abstract[-60:]):
            assert end in paper.abstract
        assert len(paper.abstract) <= len(invented.abstract) + 40


def test_every_format_has_a_layout():
    assert {detect(source(name)).name for name in LAYOUTS} == {one.name for one in formats()}


def test_the_guide_has_the_table_of_the_formats():
    assert table() in GUIDE.read_text()


def test_a_format_is_named_by_its_name_or_an_alias():
    assert format_named("arxiv-atom").name == "atom"
    with pytest.raises(InputError, match="'bibtx'; did you mean 'bibtex'"):
        format_named("bibtx")


def test_what_was_guessed_is_told_once_a_file():
    notes = feed_of(source("cp1252.csv")).notes
    assert notes.lines == ["cp1252.csv: read as cp1252"]
    feed = feed_of(source("spanish.csv"))
    assert len(list(feed.records)) == 2
    assert feed.notes.lines == [
        "spanish.csv: the abstract was read from 'Resumen', the title from 'Título'"
    ]


def test_map_names_a_column_and_keeps_what_it_replaces():
    data = b'[{"title": "Old", "Beschreibung des Inhalts": "We grow moss. It is slow."}]'
    mapping = mapping_of(["abstract=Beschreibung des Inhalts", "title=Beschreibung des Inhalts"])
    [record] = feed_of(Source.of_bytes(data, "f"), None, mapping).records
    assert record["abstract"] == record["title"] == "We grow moss. It is slow."
    assert record["input.title"] == "Old"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["summary=X"], "--map has no field 'summary'; use title, abstract"),
        (["abstract"], "use FIELD=COLUMN"),
        (["abstract=Nowhere"], "has no column 'Nowhere' to map; its columns are: id, title"),
    ],
)
def test_a_map_that_can_not_work_is_refused(tmp_path, given, message):
    path = tmp_path / "f.csv"
    path.write_bytes(LAYOUTS["comment.csv"])
    with pytest.raises(InputError, match=message):
        feed = read_feed(path, None, mapping_of(given))
        problem = list(feed.records)[-1]
        raise InputError(str(problem))
