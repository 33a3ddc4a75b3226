"""Our labels of public papers: joined to texts that are elsewhere."""

import json
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from labels import InputError, annotations, load_taxonomy, read_labelled
from labels.annotations import joined, main, read_annotations


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
    assert list(joined([first, second], ours)) == [
        {"id": "a", "title": "A", "abstract": "One paper.", "labels": ["robotics"]},
        {"id": "b", "title": "B", "abstract": "Another.", "labels": ["safety"]},
        {"id": "c", "title": "c", "abstract": "The third.", "labels": ["code", "reasoning"]},
    ]


def test_the_command_writes_a_labelled_file(tmp_path, monkeypatch, capsys):
    ids = list(read_annotations())[:3]
    papers = [{"id": id, "title": id, "abstract": f"About {id}."} for id in [*ids, "unknown"]]
    out = tmp_path / "out.jsonl"
    call = ["annotations", str(lines(tmp_path / "papers.jsonl", papers)), "--out", str(out)]
    monkeypatch.setattr(sys, "argv", call)
    main()
    assert capsys.readouterr().out.startswith("3 papers; of ")
    labelled = read_labelled([out], load_taxonomy())
    assert [paper["id"] for paper in labelled.papers] == ids and not labelled.problems
    monkeypatch.setattr(sys, "argv", [*call[:1], str(tmp_path / "none"), *call[2:]])
    with pytest.raises(SystemExit, match="none"):
        main()


def test_the_shipped_annotations_are_labels_of_the_taxonomy_without_texts():
    areas = set(load_taxonomy().ids)
    found = read_annotations()
    assert len(found) > 1000
    for labels in found.values():
        assert 1 <= len(labels) <= 5 and set(labels) <= areas and len(set(labels)) == len(labels)
    for line in annotations.ANNOTATIONS_PATH.read_text().splitlines():
        assert set(json.loads(line)) == {"id", "labels"}


def test_an_id_that_comes_twice_is_named(tmp_path):
    path = lines(tmp_path / "twice.jsonl", [{"id": "a", "labels": ["video"]}] * 2)
    with pytest.raises(InputError, match=r"twice\.jsonl:2: .*'a' comes twice"):
        read_annotations(path)
