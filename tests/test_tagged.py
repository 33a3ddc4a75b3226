"""What a tagger answers, as a type and as the record that files and HTTP have."""

import pytest

from tagstract.labels.tagged import FIELDS, Evidence, Reason, Status, Tag, Tagged

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
        PAPER, (), Status.TAGGED, None, False, "m:1", True, {"science": 0.9}, evidence
    ).as_dict()
    assert answer["title_only"] is True and answer["probabilities"] == {"science": 0.9}
    assert answer["evidence"] == {"science": [{"sentence": "Moss grows.", "weight": 2.5}]}


def test_fields_of_the_record_with_our_names_are_kept():
    record = {"status": "accepted", "tags": ["moss"], "input.tags": "older", "evidence": "none"}
    answer = Tagged(record, (), Status.ABSTAINED, Reason.TOO_SHORT, False, "m:1").as_dict()
    assert answer["input.status"] == "accepted" and answer["status"] == "abstained"
    assert (answer["input.tags"], answer["input.input.tags"]) == ("older", ["moss"])
    assert answer["evidence"] == "none"  # nobody asked for ours
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
