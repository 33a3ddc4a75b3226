"""Reading taxonomies and labelled files, good and bad."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tagstract.cli.main import main
from tagstract.labels import InputError, load_taxonomy, read_labelled

GOOD = {"id": "a", "title": "T", "abstract": "We prune a network.", "labels": ["efficiency"]}


def test_the_taxonomy_has_55_areas_in_8_groups():
    taxonomy = load_taxonomy()
    assert (len(taxonomy.areas), len(taxonomy.groups)) == (55, 8)
    assert taxonomy.nearest("Reasonning") == "reasoning"


AREA = "      - {id: x, name: X, description: about x}\n"
HEAD = "version: 1\nname: t\ngroups:\n  - id: g\n    name: G\n    areas:\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD + AREA + AREA, "t.yaml:8: the area 'x' is given twice, first on line 7"),
        (HEAD + "      - {id: x, name: X, description: ''}\n", ":7: 'description' is missing"),
        (HEAD + AREA + "areas:\n  - {id: y, group: h}\n", ":9: unknown group 'h'; known are g"),
        (HEAD + AREA.replace("x", "'x;y'"), "t.yaml:7: the area 'x;y' contains ';'"),
        (HEAD.replace("areas:\n", "areas: 5\n"), "t.yaml:4: 'areas' must be a list"),
        (HEAD + "      - [x]\n", "a list is not an entry"),
        (HEAD.replace("version: 1", "version: true"), "must be a whole number"),
        ("? [a]\n: b\n", "t.yaml:1: a key must be text"),
        ("version: 2026-99-99\n", "month must be in 1..12; quote the value"),
        ("\x01", "not YAML"),
        ("[" * 5000, "nested too deep"),
        (HEAD + "      - {id: x\n", "not YAML"),
        ("[]", "a list 'groups'"),
    ],
)
def test_a_bad_taxonomy_is_refused_by_line(tmp_path: Path, text, message):
    path = tmp_path / "t.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        load_taxonomy(path)
    assert message in str(caught.value)


def test_jsonl_csv_and_parquet_read_alike(tmp_path: Path):
    (tmp_path / "a.jsonl").write_text(json.dumps(GOOD) + "\n")
    (tmp_path / "a.csv").write_text(
        "id,title,abstract,labels\na,T,We prune a network.,efficiency\n"
    )
    pq.write_table(pa.Table.from_pylist([GOOD]), tmp_path / "a.parquet")
    for name in ("a.jsonl", "a.csv", "a.parquet"):
        labelled = read_labelled([tmp_path / name], load_taxonomy())
        assert (labelled.labels, labelled.problems) == ([["efficiency"]], [])
        assert labelled.papers[0]["abstract"] == GOOD["abstract"]


def test_one_bad_record_never_spoils_its_neighbours(tmp_path: Path):
    path = tmp_path / "a.jsonl"
    lines = [json.dumps({**GOOD, "abstract": f"Abstract {i}."}) for i in range(1200)]
    lines[999] = '{"broken'
    lines[2] = '{"abstract": "caf\udce9"}'
    lines[3] = json.dumps({**GOOD, "labels": ["coed", "x\n\x1b[31m"]})
    lines[4] = json.dumps({**GOOD, "labels": ["eficiency"]})
    lines[5] = json.dumps({**GOOD, "abstract": " "})
    lines[6] = json.dumps({**GOOD, "abstract": "Abstract 0.", "labels": ["code"]})
    path.write_bytes("\n".join(lines).encode(errors="surrogateescape"))
    labelled = read_labelled([path], load_taxonomy())
    assert len(labelled) == 1194
    assert [problem.line for problem in labelled.problems] == [3, 4, 5, 6, 7, 1000]
    messages = [problem.message for problem in labelled.problems]
    assert messages[0].startswith("'labels' is missing or empty")
    assert "read as cp1252" in labelled.notes[0]
    assert messages[1].startswith("unknown label 'coed'; did you mean 'code'?, unknown label 'x ?[")
    assert "did you mean 'efficiency'?" in messages[2]
    assert "a.jsonl:1 with other labels" in messages[4]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"no table, and no lines of JSON either.\n", "is not in a known format"),
        (b"abstract,year\nx,2026\n", "no column 'labels'; its columns are: abstract, year"),
        (b"title,labels\nx,code\n", "has no column 'abstract'"),
        (b"PAR1 not parquet", "damaged Parquet"),
    ],
)
def test_an_unusable_file_is_one_line_and_status_2(tmp_path: Path, capsys, data, message):
    path = tmp_path / "a"
    path.write_bytes(data)
    assert main(["labels", "check", str(path)]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_check_says_1_when_some_records_are_bad(tmp_path: Path, capsys):
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(GOOD) + "\n{}\n")
    assert main(["labels", "check", str(path)]) == 1
    assert "1 papers, 1 bad records" in capsys.readouterr().out
