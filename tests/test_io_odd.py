"""Feeds that are right in part, hold one paper or none, or are easily taken for something else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from layouts import layouts
from layouts.papers import BELLS, PAPERS, PLAIN, TIDE, plain
from layouts.tables import table

from tagstract.labels import InputError, Problem
from tagstract.labels.io.feed import Feed, feed_of
from tagstract.labels.io.paper import Paper, paper_of
from tagstract.labels.io.sources.source import Source


def feed(data: bytes | str, name: str = "f", mapping: dict[str, str] | None = None) -> Feed:
    data = data if isinstance(data, bytes) else data.encode()
    return feed_of(Source.of_bytes(data, name), None, mapping)


def papers(data: bytes | str) -> list[Paper]:
    return [paper_of(record) for record in feed(data).records if isinstance(record, dict)]


def titles(data: bytes | str) -> list[str]:
    return [paper.title for paper in papers(data)]


def as_json(value: Any) -> str:
    return json.dumps(value)


def test_a_quotation_mark_in_unquoted_text_costs_no_row():
    rows = [(paper.number, paper.title, paper.abstract) for paper in PAPERS] * 160
    lines = ["\t".join(row) for row in rows]
    # The first is far behind what the layout is judged by; the second would close its cell.
    lines[262] = f'x\t"Silt" is a word\t{TIDE.abstract}'
    lines[275] = f'y\tA Title\t"Bells ring. {BELLS.abstract}'
    lines[281] = f'z\t"Bells"\t"Every" bell rings. {BELLS.abstract}'
    found = feed("id\ttitle\tabstract\n" + "\n".join(lines) + "\n")
    records = list(found.records)
    assert [record["id"] for record in records] == [line.split("\t")[0] for line in lines]
    assert records[262]["title"] == '"Silt" is a word'
    assert records[275]["abstract"].startswith('"Bells ring.')
    assert found.notes.lines == ["f: a quotation mark that is never closed was read as text"]


def test_a_cell_of_several_lines_stays_one():
    data = (
        'id\ttitle\tabstract\n1\tA Title of It\t"We show that it is so.\nIt is ""so"" at last."\n'
    )
    [record] = feed(data).records
    assert record["abstract"] == 'We show that it is so.\nIt is "so" at last.'


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("crossref, one work", {"status": "ok", "message": {
            "title": [TIDE.title], "abstract": f"<jats:p>{TIDE.abstract}</jats:p>",
            "reference": [{"article-title": "One"}, {"article-title": "Two"}]}}),
        ("a paper with its institutions", {
            "title": TIDE.title, "institutions": [{"name": "Silt"}, {"name": "Sea"}]}),
        ("a paper in another's place", {"paper": plain(TIDE)}),
        ("a page's own data", {"@type": "ScholarlyArticle", "headline": TIDE.title,
                               "abstract": TIDE.abstract}),
    ],
)  # fmt: skip
def test_one_object_is_one_paper(name, data):
    for text in (as_json(data), as_json(data) + "\n" + as_json(data)):
        assert set(titles(text)) == {TIDE.title}
        assert len(titles(text)) == text.count("\n") + 1


@pytest.mark.parametrize(
    "data",
    [
        {"results": [], "meta": {"count": 0}},
        {"response": {"numFound": 0, "docs": []}},
        {"status": "ok", "message": {"items": [], "total-results": 0}},
        [],
    ],
)
def test_an_answer_without_papers_holds_none(data):
    assert list(feed(as_json(data)).records) == []


def test_titles_alone_are_papers_without_abstracts():
    dblp = {"result": {"hits": {"hit": [{"@id": "1", "info": {"title": p.title}} for p in PAPERS]}}}
    summary = {"result": {"uids": ["1", "2"], "1": {"title": TIDE.title},
                          "2": {"title": BELLS.title}}}  # fmt: skip
    citation = "Harbour J. 2026 Nov 2;7(1):11. doi: 10.1/x."
    rows = table(["PMID", "Title", "Citation"], lambda p: ["9", p.title, citation])
    for data in (as_json(dblp), as_json(summary), rows):
        found = papers(data)
        assert [paper.title for paper in found] == [paper.title for paper in PAPERS]
        assert [paper.missing for paper in found] == ["missing", "missing"]


def test_what_is_no_paper_in_a_table_is_passed_over_or_a_problem():
    rows = table(["id", "title", "abstract"], lambda p: [p.number, p.title, p.abstract])
    *good, total = feed(rows + "Total,2\n").records
    assert len(good) == 2
    assert "2 cells, not 3" in str(total)
    survey = table(["2026", "{}", "{}"], lambda p: ["2026", p.title, p.abstract])
    survey = "Start,Q1,Q2\nStart Date,Title of the submission,Abstract\n" + survey
    found = feed(survey)
    assert [paper_of(record).title for record in found.records][1:] == [p.title for p in PAPERS]
    assert "f: its header is in row 2" in found.notes.lines


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (repr(PLAIN), "f: is Python's notation, not JSON; write it with json.dumps"),
        ("".join(f"{x.title}\n{x.abstract}\n\n" for x in (TIDE, BELLS)), "not in a known format"),
        ("".join(f"{paper.abstract}\n" for paper in PAPERS), "not in a known format"),
        ('<opml version="2.0"><body><outline text="J"/></body></opml>', "is no feed"),
        ("[[paper]]\ntitle = 'x'\n", "not in a known format"),
        ("From: a@b.example\nSubject: Hi\nMIME-Version: 1.0\n\nHello.\n", "is a mail in which no"),
    ],
)  # fmt: skip
def test_what_is_no_feed_is_refused(data, message):
    with pytest.raises(InputError, match=message):
        list(feed(data).records)


def test_a_broken_item_costs_itself_alone():
    whole = "<item><title>{}</title><description>{}</description></item>"
    items = [whole.format(paper.title, paper.abstract) for paper in PAPERS]
    broken = "<item><title>Open <b>tag</title><description><p>We are lost.<br></description></item>"
    for place in range(3):
        inside = "".join([*items[:place], broken, *items[place:]])
        found = titles(
            f'<?xml version="1.0"?><rss><channel><title>J</title>{inside}</channel></rss>'
        )
        assert [title for title in found if "Open" not in title] == [p.title for p in PAPERS]


def test_an_abstract_without_a_title_keeps_its_first_sentence():
    for abstract in ("WE SHOW THAT IT IS SO. " * 9, "We show\nthat it is so. " * 9, TIDE.abstract):
        [record] = feed(as_json([{"abstract": abstract}])).records
        assert paper_of(record).title == ""
        assert paper_of(record).abstract == " ".join(abstract.split())


def test_a_mapped_column_is_read_whatever_else_there_is():
    german = "Wir trainieren ein Netz, das weiß, wohin der Schlick will, und es hat oft recht."
    data = table(["Title", "Abstract", "Kurz"], lambda p: [p.title, p.abstract, german])
    for mapping in ({"abstract": "Kurz"}, {"abstract": "kurz", "title": "TITLE"}):
        records = list(feed(data, mapping=mapping).records)
        assert [paper_of(record).abstract for record in records] == [german, german]
        assert [record["input.Abstract"] for record in records] == [p.abstract for p in PAPERS]


def test_a_column_that_is_not_there_is_found_missing_before_the_first_paper():
    with pytest.raises(InputError, match="has no column 'Nowhere' to map; its columns are: Title"):
        feed(
            table(["Title", "Abstract"], lambda p: [p.title, p.abstract]), mapping={"id": "Nowhere"}
        )


def test_no_record_of_a_layout_is_a_problem():
    for name, data in layouts().items():
        problems = [record for record in feed(data, name).records if isinstance(record, Problem)]
        assert len(problems) <= (name == "cut.json")
