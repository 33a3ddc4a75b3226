"""Tagged papers for reference managers, spreadsheets and feed readers, read back by others."""

from __future__ import annotations

from pathlib import Path

import bibtexparser
import pytest
import rispy
from lxml import etree
from openpyxl import load_workbook

from tagstract.labels import InputError, load_taxonomy
from tagstract.serving.output import check_ending, write_output

TAXONOMY = load_taxonomy()
PRUNED = {
    "id": "arxiv:2603.01234",
    "title": "Pruning by ear & eye: 50% of $x_1$, für alle",
    "abstract": "We prune a network.\n\nIt still hears.",
    "authors": ["Ada Lovelace", "Grace Hopper"],
    "date": "2026-03-02",
    "keywords": "bees; hives",
    "tags": [
        {"area": "efficiency", "probability": 0.93},
        {"area": "speech-audio", "probability": 0.41},
    ],
    "status": "tagged",
    "reason": None,
    "truncated": False,
    "model": "ai-research-areas:7",
}
FORMULA = {
    **PRUNED,
    "id": "0012345678901234567",
    "title": "=HYPERLINK(A1)",
    "note": "@SUM(A1)",
    "keywords": None,
    "tags": [],
    "status": "abstained",
    "reason": "too-short",
}
AREAS = ["bees", "hives", "efficiency", "speech-audio"]


def written(path: Path, papers=(PRUNED, FORMULA)) -> Path:
    write_output(path, list(papers), TAXONOMY, "Daily papers")
    return path


def test_areas_are_keywords_in_bibtex(tmp_path):
    library = bibtexparser.parse_file(str(written(tmp_path / "a.bib", [PRUNED, PRUNED])))
    assert not library.failed_blocks
    first, second = library.entries
    assert first.key != second.key
    assert first["keywords"] == ", ".join(AREAS)
    assert first["author"] == "Ada Lovelace and Grace Hopper"
    assert r"50\% of $x_1$" in first["title"]
    assert (first["eprint"], first["year"]) == ("2603.01234", "2026")


def test_areas_are_keywords_in_ris(tmp_path):
    first, second = rispy.loads(written(tmp_path / "a.ris").read_text())
    assert first["keywords"] == AREAS
    assert first["title"] == PRUNED["title"]
    assert first["authors"] == PRUNED["authors"]
    assert "keywords" not in second


def test_a_spreadsheet_runs_nothing(tmp_path):
    rows = list(load_workbook(written(tmp_path / "a.xlsx")).active.iter_rows(values_only=True))
    row = dict(zip(rows[0], rows[2], strict=True))
    assert row["title"] == "=HYPERLINK(A1)"  # a text, and so shown, not run
    assert row["id"] == "0012345678901234567"
    text = written(tmp_path / "a.csv").read_text()
    assert "'=HYPERLINK(A1)" in text
    assert "'@SUM(A1)" in text
    sheet = load_workbook(tmp_path / "a.xlsx").active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "b"}


@pytest.mark.parametrize("ending", ["atom", "rss"])
def test_a_feed_has_the_areas_as_categories(tmp_path, ending):
    broken = {**PRUNED, "status": "error", "tags": []}
    document = etree.parse(written(tmp_path / f"a.{ending}", [PRUNED, FORMULA, broken]))
    entries = document.xpath("//*[local-name()='entry' or local-name()='item']")
    assert len(entries) == 2
    categories = entries[0].xpath("*[local-name()='category']")
    terms = {mark.get("term") or mark.text for mark in categories}
    assert terms == {"efficiency", "speech-audio"}
    assert "2026" in etree.tostring(entries[0]).decode()


def test_each_area_gets_a_feed(tmp_path):
    written(tmp_path / "new-{area}.atom")
    assert len(list(tmp_path.iterdir())) == len(TAXONOMY.areas)
    efficient, empty = tmp_path / "new-efficiency.atom", tmp_path / "new-robotics.atom"
    assert "Pruning by ear" in efficient.read_text()
    assert "<entry>" not in empty.read_text()
    with pytest.raises(InputError, match=r"\.atom, \.rss have a file for each area"):
        check_ending(tmp_path / "{area}.csv")
