"""Tagged papers out: what each format holds, and what a reader or a full disk can do to it."""

import csv
import errno
import json
import os
import re
import subprocess
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tagstract.labels import InputError, load_taxonomy
from tagstract.labels.storage.atomic import atomic_writer
from tagstract.serving.output import check_ending, endings, format_table, write_output

TAXONOMY = load_taxonomy()
MODEL = {"truncated": False, "model": "ai-research-areas:7"}
PRUNED = {
    "id": "arxiv:2603.01234",
    "title": "Pruning by ear",
    "abstract": "We prune a network.\n\nIt still hears.",
    "labels": ["efficiency", "speech-audio"],
    "tags": [
        {"area": "efficiency", "probability": 0.93},
        {"area": "speech-audio", "probability": 0.41},
    ],
    "status": "tagged",
    "reason": None,
    **MODEL,
}
SHORT = {
    "title": "A note",
    "abstract": "Short.",
    "year": 2026,
    "tags": [],
    "status": "abstained",
    "reason": "too-short",
    **MODEL,
}
BROKEN = {"title": 7, "tags": [], "status": "error", "reason": "'abstract' is missing", **MODEL}
PAPERS = [PRUNED, SHORT, BROKEN]


def written(path: Path, papers=PAPERS, heading="Daily papers") -> str:
    write_output(path, papers, TAXONOMY, heading)
    return path.read_bytes().decode()


def titled(title, **fields):
    return {**PRUNED, "title": title, **fields}


def test_jsonl_keeps_every_field_as_it_was(tmp_path: Path):
    odd = titled("Ünïcode \u2028 and a lone \ud800", extra={"deep": [1, None]})
    text = written(tmp_path / "a.jsonl", [*PAPERS, odd])
    assert [json.loads(line) for line in text.rstrip("\n").split("\n")] == [*PAPERS, odd]
    assert "Ünïcode" in text


def test_jsonl_stays_json_where_a_number_is_none(tmp_path: Path):
    assert '"score": null' in written(tmp_path / "a.jsonl", [{**PRUNED, "score": float("nan")}])


@pytest.mark.parametrize("ending", [".jsonl", ".json"])
def test_json_holds_nothing_that_a_terminal_obeys(tmp_path: Path, ending):
    """`cat` shows it as it is; a reader of JSON finds what was there."""
    paper = titled("\x1b]0;a\x07 \x9b31m \x85 \u202e b \u2066 é\x7f")
    text = written(tmp_path / f"a{ending}", [paper])
    assert not re.search("[\x00-\x09\x0b-\x1f\x80-\x9f\u202a-\u202e\u2066-\u2069]", text)
    assert json.loads(text) == ([paper] if ending == ".json" else paper)


def test_csv_joins_lists_and_comes_back_cell_by_cell(tmp_path: Path):
    odd = titled(
        'A "quoted", \r broken; \ud800 title', extra={"b": [1, "é"]}, tag_probabilities="x"
    )
    written(tmp_path / "a.csv", [*PAPERS, odd])
    with open(tmp_path / "a.csv", encoding="utf-8", newline="") as file:
        first, short, broken, last = csv.DictReader(file)
    assert list(first) == [
        *("id", "title", "abstract", "labels", "tags", "tag_probabilities", "status", "reason"),
        *("truncated", "model", "year", "extra"),
    ]
    assert (first["tags"], first["tag_probabilities"]) == ("efficiency;speech-audio", "0.93;0.41")
    assert (first["labels"], first["abstract"]) == ("efficiency;speech-audio", PRUNED["abstract"])
    assert (first["truncated"], first["reason"], short["year"]) == ("false", "", "2026")
    assert (broken["title"], broken["id"], broken["tags"]) == ("7", "", "")
    assert last["title"] == 'A "quoted", \r broken; \ufffd title'
    assert last["extra"] == '{"b": [1, "é"]}'
    assert last["tag_probabilities"] == "0.93;0.41"  # not the older run's, which came as a field


FORMULAS = ("=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1+1")


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_spreadsheet_runs_what_a_paper_holds(tmp_path: Path, formula):
    """Not in a cell, a column's name, a list or the reason of a record that could not be read."""
    import openpyxl

    paper = titled(formula, authors=[formula], reason=formula, **{formula: formula})
    write_output(tmp_path / "a.csv", [paper], TAXONOMY, "")
    with open(tmp_path / "a.csv", encoding="utf-8", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert f"'{formula}" in cells
    assert not [cell for cell in cells if cell.startswith(tuple(text[0] for text in FORMULAS))]
    write_output(tmp_path / "a.xlsx", [paper], TAXONOMY, "")
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "b"}


def test_parquet_types_each_column_by_what_it_holds(tmp_path: Path):
    evidence = {"efficiency": [{"sentence": "We prune a network.", "weight": 0.5}]}
    odd = titled("\ud800", probabilities={"efficiency": 0.93}, evidence=evidence, year=2.5, n=2**70)
    write_output(tmp_path / "a.parquet", [*PAPERS, odd], TAXONOMY, "")
    table = pq.read_table(tmp_path / "a.parquet")
    types = {field.name: str(field.type) for field in table.schema}
    assert types["tags"] == "list<element: struct<area: string, probability: double>>"
    assert types["probabilities"].startswith("map<string, double")
    assert types["evidence"].startswith("map<string, list<")
    assert (types["truncated"], types["year"]) == ("bool", "double")
    rows = table.to_pylist(maps_as_pydicts="strict")
    assert [row["tags"] for row in rows] == [paper["tags"] for paper in [*PAPERS, odd]]
    assert rows[0]["labels"] == PRUNED["labels"]
    assert [row["title"] for row in rows] == ["Pruning by ear", "A note", "7", "\ufffd"]
    assert [row["n"] for row in rows] == [None, None, None, str(2**70)]
    assert (rows[3]["probabilities"], rows[3]["evidence"]) == ({"efficiency": 0.93}, evidence)


def test_no_papers_make_valid_files(tmp_path: Path):
    fixed = "tags,tag_probabilities,status,reason,truncated,model\r\n"
    assert written(tmp_path / "a.csv", []) == fixed
    write_output(tmp_path / "a.parquet", [], TAXONOMY, "")
    schema = pq.read_schema(tmp_path / "a.parquet")
    assert schema.names == ["tags", "status", "reason", "truncated", "model"]
    assert str(schema.field("truncated").type) == "bool"
    assert written(tmp_path / "a.jsonl", []) == ""
    assert "0 papers" in written(tmp_path / "a.md", [])
    assert "0 papers" in written(tmp_path / "a.html", [])


def test_markdown_groups_by_area_and_gives_reasons(tmp_path: Path):
    assert written(tmp_path / "a.md").split("\n\n") == [
        "# Daily papers",
        "3 papers: 1 tagged, 1 abstained, 1 failed.",
        "Tagged by ai-research-areas:7.",
        "## Efficiency (1)",
        "- [**Pruning by ear**](https://arxiv.org/abs/2603.01234)  \n"
        "  Efficiency 0.93 · Speech and audio 0.41",
        "## Speech and audio (1)",
        "- also: [**Pruning by ear**](https://arxiv.org/abs/2603.01234)",
        "## Abstained (1)",
        "- **A note**  \n  the text is too short",
        "## Failed (1)",
        "- **7**  \n  'abstract' is missing\n",
    ]


def test_html_has_each_paper_once_and_every_tag(tmp_path: Path):
    text = written(tmp_path / "a.html")
    assert '<html lang="en">' in text and "<title>Daily papers</title>" in text
    assert text.count("<article ") == 3
    assert '<a href="#area-1">Efficiency</a><span class="count">1</span>' in text
    assert "width:41%" in text and ">0.41<" in text
    assert text.count("<details>") == 1 and '<p dir="auto">It still hears.</p>' in text
    assert "Also in Speech and audio:" in text
    assert "the text is too short" in text and "&#39;abstract&#39; is missing" in text
    for outside in ("<script ", "src=", "@import", "url(", "<link"):
        assert outside not in text


HOSTILE = '</title><script>alert(1)</script><img src=x onerror="alert(1)">'


def test_a_hostile_paper_stays_text(tmp_path: Path):
    bad = {**PRUNED, "id": HOSTILE, "url": "javascript:alert(1)", "authors": [HOSTILE]}
    bad |= {"title": HOSTILE, "abstract": HOSTILE, "reason": HOSTILE, "model": HOSTILE}
    bad["tags"] = [{"area": HOSTILE, "probability": 0.9}]
    papers = [bad, {**bad, "status": "error"}]
    text = written(tmp_path / "a.html", papers, heading=HOSTILE)
    assert "<script>alert" not in text and "<img" not in text and 'href="javascript' not in text
    assert "&lt;script&gt;alert(1)" in text
    markdown = written(tmp_path / "a.md", papers, heading=HOSTILE)
    assert not re.search(r"(?<!\\)<", markdown) and "](" not in markdown


@pytest.mark.parametrize(
    ("fields", "link"),
    [
        ({"id": "arxiv:2603.01234v2"}, "https://arxiv.org/abs/2603.01234v2"),
        ({"id": "arxiv:cs/0112017"}, "https://arxiv.org/abs/cs/0112017"),
        ({"id": "x", "url": "https://example.org/a(b)?c=1"}, "https://example.org/a%28b%29?c=1"),
        ({"id": "arxiv:2603.01234/../x"}, None),
        ({"id": "x", "url": "data:text/html,x"}, None),
        ({"id": "x", "url": "https:///x"}, None),
        ({"id": "x", "url": "http://[broken"}, None),
        ({"id": "x", "url": 5}, None),
    ],
)
def test_only_arxiv_ids_and_web_addresses_become_links(tmp_path: Path, fields, link):
    found = re.search(r"\]\((.*)\)", written(tmp_path / "a.md", [{**PRUNED, **fields}]))
    assert (found and found[1]) == link


def test_a_digest_shows_text_and_keeps_mathematics(tmp_path: Path):
    paper = {
        **PAPERS[0],
        "title": "\\emph{Silt}",
        "abstract": "We save 50\\% of $O(n^2)$. It is so.",
    }
    text = written(tmp_path / "digest.html", [paper])
    assert ">Silt<" in text
    assert "We save 50% of $O(n^2)$." in text


def test_evidence_stands_under_its_tag(tmp_path: Path):
    evidence = {"speech-audio": [{"sentence": "It *still* hears.", "weight": 0.625}]}
    paper = {**PRUNED, "evidence": evidence}
    markdown = written(tmp_path / "a.md", [paper])
    assert "  - Speech and audio 0.41\n    - “It \\*still\\* hears.” (0.62)\n" in markdown
    html = written(tmp_path / "a.html", [paper])
    assert html.index(">0.41<") < html.index("It *still* hears.") < html.index("<summary ")
    # An input field may have the name and another shape: it is no evidence, and no failure.
    for ending in endings():
        write_output(tmp_path / f"b{ending}", [paper, {**PRUNED, "evidence": "yes"}], TAXONOMY, "")


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_the_table_fits_the_terminal(width):
    from rich.cells import cell_len

    papers = [
        titled("稀疏注意力机制" * 20),
        titled("word " * 60, tags=[{"area": a, "probability": 0.5} for a in TAXONOMY.ids[:12]]),
        {**BROKEN, "reason": "a long reason " * 20},
        {**SHORT, "reason": "短い" * 80},
    ]
    lines = format_table(papers, TAXONOMY, width, color=False).split("\n")
    assert max(map(cell_len, lines)) <= width
    assert lines[-1] == "4 papers: 2 tagged, 1 abstained, 1 failed"
    assert "…" in lines[1] and "error: a long reason" in "\n".join(lines)


def test_the_table_shows_tags_and_reasons():
    text = format_table(PAPERS, TAXONOMY, 100, color=False)
    assert re.search(r"^1 +Pruning by ear +efficiency 0\.93 +speech-audio 0\.41$", text, re.M)
    assert re.search(r"^2 +A note +abstained: too-short$", text, re.M)
    assert re.search(r"^3 +7 +error: 'abstract' is missing$", text, re.M)
    assert "\x1b[" in format_table(PAPERS, TAXONOMY, 100, color=True)


def test_a_title_can_not_command_the_terminal():
    title = (
        "Red\x1b[31m, \x1b]0;renamed\x07\x9b2J\x1b]8;;http://x\x1b\\link\x1b \u202eback\r\n\x00\x7f"
    )
    text = format_table([titled(title), {**BROKEN, "reason": title}], TAXONOMY, 120, color=False)
    assert text.replace("\n", "").isprintable()
    assert "Red, link" in text and "renamed" not in text


@pytest.mark.parametrize("ending", endings())
def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch, ending):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = tmp_path / f"a{ending}"
    path.write_text("old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError) as caught:
        write_output(path, PAPERS, TAXONOMY, "Daily papers")
    assert str(caught.value) == f"{path}: can't be written: No space left on device"
    assert [file.read_text() for file in tmp_path.iterdir()] == ["old"]


@pytest.mark.parametrize("ending", endings())
def test_a_disk_that_is_really_full(tmp_path: Path, ending):
    mount = ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(tmp_path)]
    try:
        mounted = subprocess.run(mount, capture_output=True).returncode == 0
    except OSError:
        mounted = False
    if not mounted:
        pytest.skip("a file system can be mounted by root only")
    try:
        path = tmp_path / f"a{ending}"
        path.write_text("old")
        papers = [titled(os.urandom(200).hex()) for _ in range(400)]
        with pytest.raises(InputError, match="No space left on device"):
            write_output(path, papers, TAXONOMY, "Daily papers")
        assert [file.read_text() for file in tmp_path.iterdir()] == ["old"]
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_an_interruption_leaves_the_old_file(tmp_path: Path):
    path = tmp_path / "a"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt), atomic_writer(path) as file:
        file.write("half")
        raise KeyboardInterrupt
    assert [file.read_text() for file in tmp_path.iterdir()] == ["old"]


def test_a_file_gets_the_rights_it_had_or_those_of_the_umask(tmp_path: Path):
    before = os.umask(0o027)
    try:
        for name, mode in (("new", None), ("kept", 0o604)):
            if mode:
                (tmp_path / name).touch()
                (tmp_path / name).chmod(mode)
            with atomic_writer(tmp_path / name, "wb") as file:
                file.write(b"x")
            assert (tmp_path / name).stat().st_mode & 0o777 == (mode or 0o640)
    finally:
        os.umask(before)


def test_a_link_is_followed(tmp_path: Path):
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with atomic_writer(tmp_path / "link") as file:
        file.write("x")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "real").read_text() == "x"


def test_a_path_that_will_not_do_is_refused_before_the_work(tmp_path: Path):
    (tmp_path / "folder.md").mkdir()
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "file").touch()
    for name, message in (
        ("a.txt", "use one of "),
        ("folder.md", "is a folder; use a file name"),
        ("pipe.csv", "is a device or a pipe"),
        ("missing/a.md", "its folder does not exist"),
        ("file/a.md", "its folder does not exist"),
        (f"{'x' * 300}.md", "can't be written: File name too long"),
    ):
        with pytest.raises(InputError) as caught:
            check_ending(tmp_path / name)
        assert message in str(caught.value) and "\n" not in str(caught.value)
    check_ending(tmp_path / "A.HTML")
