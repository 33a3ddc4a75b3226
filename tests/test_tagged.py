"""What a tagger answers, as a type and as the record that files and HTTP have."""

import html
import re
from pathlib import Path

import pytest

from tagstract.labels.tagged import (
    FIELDS,
    OPTIONAL_FIELDS,
    TYPES,
    Evidence,
    Reason,
    Speed,
    Status,
    Tag,
    Tagged,
    is_answer,
)
from tagstract.labels.taxonomy import load_taxonomy
from tagstract.serving.http.openapi.schemas import SCHEMAS
from tagstract.serving.http.page import _page
from tagstract.serving.output import write_output

PAPER = {"title": "Growing Moss", "abstract": "Moss grows.", "note": [1, 2]}


def test_the_record_comes_back_with_the_answer_behind_it():
    tags = (Tag("science", 0.9),)
    answer = Tagged(PAPER, tags, Status.TAGGED, None, False, "m:1").as_dict()
    assert list(answer) == [*PAPER, *FIELDS, "speed"]
    assert answer["tags"] == [{"area": "science", "probability": 0.9}]
    assert (answer["status"], answer["reason"]) == ("tagged", None)


def test_what_was_asked_for_comes_too():
    evidence = {"science": (Evidence("Moss grows.", 2.5),)}
    answer = Tagged(
        PAPER,
        (),
        Status.TAGGED,
        None,
        False,
        "m:1",
        title_only=True,
        probabilities={"science": 0.9},
        evidence=evidence,
    ).as_dict()
    assert answer["title_only"] is True and answer["probabilities"] == {"science": 0.9}
    assert answer["evidence"] == {"science": [{"sentence": "Moss grows.", "weight": 2.5}]}


def test_fields_of_the_record_with_our_names_are_kept():
    record = {"status": "accepted", "tags": ["moss"], "input.tags": "older", "evidence": "none"}
    answer = Tagged(record, (), Status.ABSTAINED, Reason.TOO_SHORT, False, "m:1").as_dict()
    assert answer["input.status"] == "accepted" and answer["status"] == "abstained"
    assert (answer["input.tags"], answer["input.input.tags"]) == ("older", ["moss"])
    assert answer["input.evidence"] == "none" and "evidence" not in answer
    assert answer["reason"] == "too-short"


@pytest.mark.parametrize("record", [None, "no object", 7])
def test_what_is_no_record_gets_an_answer_alone(record):
    answer = Tagged(record, (), Status.ERROR, "not an object", False, "m:1").as_dict()
    assert list(answer) == [*FIELDS, "speed"] and answer["reason"] == "not an object"


def test_every_reason_has_its_words():
    assert [str(reason) for reason in Reason] == [
        *("no-abstract", "too-short", "not-english", "out-of-scope", "below-threshold"),
        "duplicate",
    ]
    assert all(reason.words for reason in Reason)


def everything() -> Tagged:
    """An answer with every field."""
    return Tagged(
        PAPER,
        (Tag("science", 0.9),),
        Status.TAGGED,
        Reason.DUPLICATE,
        False,
        "m:1",
        speed=Speed.FAST,
        title_only=True,
        probabilities={"science": 0.9, "video": 0.1},
        evidence={"science": (Evidence("Moss grows.", 2.5),)},
        duplicate_of="an id",
    )


def test_a_field_of_an_answer_is_known_from_a_users_own():
    answer = everything().as_dict()
    assert all(is_answer(name, answer[name]) for name in TYPES)
    for name, value in [
        ("evidence", "none"),
        ("evidence", {"science": ["Moss grows."]}),
        ("evidence", {"science": [{"sentence": "Moss grows.", "weight": "much"}]}),
        ("evidence", {"science": [{"sentence": "Moss grows.", "weight": 1, "page": 3}]}),
        ("probabilities", {"science": True}),
        ("speed", 7),
        ("title", "Growing Moss"),
    ]:
        assert not is_answer(name, value)


def test_files_have_the_columns_of_the_type(tmp_path):
    pq = pytest.importorskip("pyarrow.parquet", reason="the extra parquet is not installed")
    answer = everything().as_dict()
    write_output(tmp_path / "t.parquet", [answer], load_taxonomy(), "")
    schema = pq.read_schema(tmp_path / "t.parquet")
    kinds = {name: re.sub(r"element: | \(.*\)", "", str(schema.field(name).type)) for name in TYPES}
    assert kinds == {
        "tags": "list<struct<area: string, probability: double>>",
        "evidence": "map<string, list<struct<sentence: string, weight: double>>>",
        "probabilities": "map<string, double>",
        "truncated": "bool",
        "title_only": "bool",
        **dict.fromkeys(["status", "reason", "model", "speed", "duplicate_of"], "string"),
    }
    write_output(tmp_path / "t.csv", [answer], load_taxonomy(), "")
    header = (tmp_path / "t.csv").read_text("utf-8-sig").splitlines()[0].split(",")
    columns = [name for name in header if name in TYPES]
    assert columns == [*FIELDS, *OPTIONAL_FIELDS]


def test_the_description_the_page_and_the_guide_know_every_reason():
    described = SCHEMAS["TaggedPaper"]["properties"]
    assert list(described) == [*FIELDS, "speed"]
    for kind in (Reason, Status, Speed):
        assert SCHEMAS[kind.__name__]["enum"] == [one.value for one in kind]
    page = html.unescape(_page(1 << 20, 10).decode())
    guide = (Path(__file__).parents[1] / "docs" / "users.md").read_text()
    for reason in Reason:
        assert f'"{reason}": "{reason.words}"' in page
        assert f"| `{reason}` |" in guide
    for name in TYPES:
        assert f"`{name}`" in guide
