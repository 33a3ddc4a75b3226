"""Our labels of public papers: joined to texts that are elsewhere."""

import hashlib
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tagstract.cli.main import main
from tagstract.labels import InputError, Problem, load_taxonomy, read_labelled
from tagstract.labels.annotations import ANNOTATIONS_PATH, Annotations, joined


def lines(path, records):
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def test_ours_stand_over_a_files_labels_and_papers_without_any_are_passed_over(tmp_path):
    first = lines(
        tmp_path / "labelled.jsonl",
        [
            {"id": "a", "title": "A", "abstract": "One paper.", "labels": ["robotics"]},
            {"id": "b", "title": "B", "abstract": "Another.", "labels": ["video"]},
        ],
    )
    second = tmp_path / "papers.parquet"
    rows = [("b", "B again"), ("c", "The third."), ("d", "Nobody's."), ("e", "one  Paper.")]
    table = [{"id": id, "title": id, "abstract": abstract, "year": 2020} for id, abstract in rows]
    pq.write_table(pa.Table.from_pylist(table), second)
    ours = {"b": ["safety"], "c": ["code", "reasoning"], "e": ["privacy"]}
    assert list(joined([first, second], Annotations(ours))) == [
        {"id": "a", "title": "A", "abstract": "One paper.", "labels": ["robotics"]},
        {"id": "b", "title": "B", "abstract": "Another.", "labels": ["safety"]},
        {"id": "c", "title": "c", "abstract": "The third.", "labels": ["code", "reasoning"]},
    ]


def test_papers_are_found_by_arxivs_id_and_by_their_title(tmp_path):
    digest = hashlib.sha1(b"a title").hexdigest()[:10]
    ours = Annotations({"arxiv:2501.00001": ["code"], f"venue2020:{digest}": ["video"]})
    papers = [
        {"id": "2501.00001", "title": "A", "abstract": "First."},
        {"title": "A Title", "abstract": "Second."},
        {"id": "arxiv:2501.00002", "title": "A Title", "abstract": "Another of this title."},
        {"abstract": "Labelled there.", "labels": ["robotics"]},
    ]
    found = list(joined([lines(tmp_path / "p.jsonl", papers)], ours))
    assert [record["labels"] for record in found] == [["code"], ["video"], ["robotics"]]


def test_a_record_that_cannot_be_read_is_named_and_takes_no_other_with_it(tmp_path):
    path = tmp_path / "p.jsonl"
    path.write_text(
        '{"id": "a", "abstract": "", "labels": ["code"]}\n{"id": \n'
        '{"id": "b", "abstract": "", "labels": ["code"]}\n'
        '{"id": "c", "abstract": "Whole.", "labels": ["code"]}\n'
    )
    *bad, good = joined([path], Annotations({}))
    assert good["id"] == "c"
    assert [(type(one), one.line) for one in bad] == [(Problem, 1), (Problem, 2), (Problem, 3)]
    assert "'abstract' is empty" in str(bad[0])


def test_the_command_writes_a_labelled_file_for_each_draw(tmp_path, capsys):
    ours = Annotations.read()
    by_draw = {draw: next(id for id, own in ours.draws.items() if own == draw)
               for draw in ("careful", "held_out")}  # fmt: skip
    by_draw["rough"] = next(id for id in ours.labels if id not in ours.draws)
    ids = [*by_draw.values(), "unknown"]
    papers = [{"id": id, "title": id, "abstract": f"About {id}."} for id in ids]
    out = tmp_path / "out"
    file = lines(tmp_path / "papers.jsonl", papers)
    assert main(["labels", "annotations", str(file), "--out", str(out)]) == 0
    assert capsys.readouterr().out.startswith("1 careful, 1 held out, 1 rough; 3 of ")
    for draw, id in by_draw.items():
        labelled = read_labelled([out / f"{draw}.jsonl"], load_taxonomy())
        assert [paper["id"] for paper in labelled.papers] == [id] and not labelled.problems
    assert main(["labels", "annotations", str(file), "--out", str(out)]) == 2
    assert "already exists" in capsys.readouterr().err
    call = ["labels", "annotations", str(tmp_path / "none"), "--out", str(tmp_path / "again")]
    assert main(call) == 2
    assert "none" in capsys.readouterr().err and not (tmp_path / "again").exists()


def test_the_shipped_annotations_are_labels_of_the_taxonomy_without_texts():
    areas = set(load_taxonomy().ids)
    found = Annotations.read()
    assert len(found.labels) > 50_000
    for id, labels in found.labels.items():
        assert len(labels) <= 7 and set(labels) <= areas and len(set(labels)) == len(labels)
        assert labels or id in found.draws  # no area: only the later annotators were asked for that
    for line in ANNOTATIONS_PATH.read_text().splitlines():
        assert set(json.loads(line)) <= {"id", "labels", "draw"}


def test_an_installation_without_annotations_says_where_they_are(tmp_path):
    with pytest.raises(InputError, match="come only with a checkout"):
        Annotations.read(tmp_path / "annotations.jsonl")


def test_an_id_that_comes_twice_is_named(tmp_path):
    path = lines(tmp_path / "twice.jsonl", [{"id": "a", "labels": ["video"]}] * 2)
    with pytest.raises(InputError, match=r"twice\.jsonl:2: .*'a' comes twice"):
        Annotations.read(path)
    path = lines(tmp_path / "none.jsonl", [{"id": "a"}])
    with pytest.raises(InputError, match=r"none\.jsonl:1: .*'labels'"):
        Annotations.read(path)
