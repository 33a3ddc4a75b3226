"""Label Studio and Argilla: papers out to be labelled there, and the answers back in."""

import json
from pathlib import Path
from xml.etree import ElementTree

from tagstract.cli.main import main
from tagstract.labels import load_taxonomy, read_labelled

ABSTRACT = "Decoder caches dominate the memory of translation models. We round keys to four bits."
PAPERS = [
    {"id": "a", "title": "Rounded Keys", "abstract": ABSTRACT, "labels": ["efficiency"]},
    {"id": "b", "title": "Stones", "abstract": f"{ABSTRACT} And stones.", "labels": []},
    {"id": "c", "title": "Archives", "abstract": f"{ABSTRACT} And archives."},
]


def exported(folder: Path, tool: str) -> list[dict]:
    feed = folder / "feed.jsonl"
    feed.write_text("".join(json.dumps(paper) + "\n" for paper in PAPERS))
    assert main(["labels", "export", str(feed), "--to", tool, "-o", str(folder / "out.json")]) == 0
    return json.loads((folder / "out.json").read_text())


def back(folder: Path, name: str, records: list[dict]) -> tuple[dict[str, list[str]], list[str]]:
    """Labels by paper, and notes."""
    path = folder / name
    lines = "".join(json.dumps(record) + "\n" for record in records)
    path.write_text(lines if name.endswith("l") else json.dumps(records))
    labelled = read_labelled([path], load_taxonomy())
    assert labelled.problems == []
    names = [paper["id"] for paper in labelled.papers]
    return dict(zip(names, labelled.labels, strict=True)), labelled.notes


def test_label_studio_gets_tasks_with_guesses_and_gives_answers(tmp_path, capsys):
    tasks = exported(tmp_path, "label-studio")
    assert [task["data"]["id"] for task in tasks] == ["a", "b", "c"]
    [guess] = tasks[0]["predictions"][0]["result"]
    assert guess["value"] == {"choices": ["efficiency"]} and "predictions" not in tasks[2]
    choices = ElementTree.parse(tmp_path / "out.xml").find("Choices")
    assert {one.get("alias") for one in choices} == set(load_taxonomy().ids)
    assert (guess["from_name"], guess["to_name"]) == (choices.get("name"), choices.get("toName"))

    def answer(*areas: str, **state: bool) -> dict:
        return {"result": [{**guess, "value": {"choices": list(areas)}}], **state}

    answers = [
        # A guess that nobody confirmed is no label; a skipped task is none either.
        {"id": 1, **tasks[0], "annotations": [answer("robotics", "Efficiency")]},
        {"id": 2, **tasks[1], "annotations": [answer("code", was_cancelled=True)]},
        {"id": 3, **tasks[2], "annotations": [{"result": []}]},
    ]
    labels, notes = back(tmp_path, "project.json", answers)
    assert labels == {"a": ["robotics", "efficiency"], "c": []}
    assert "1 paper that nobody has annotated yet" in notes[0]


def test_argilla_gets_records_with_suggestions_and_gives_responses(tmp_path):
    records = exported(tmp_path, "argilla")
    assert records[0]["suggestions"]["labels"]["value"] == ["efficiency"]
    assert records[2]["suggestions"] == {} and records[2]["fields"]["title"] == "Archives"
    answers = [[["code", "robotics"], ["code"], ["efficiency"]], [], [[]]]
    for record, given in zip(records, answers, strict=True):
        responses = [{"value": value, "user_id": str(n)} for n, value in enumerate(given)]
        record["responses"] = {"labels": responses} if given else {}
    # Of three people at least two agree on code alone.
    labels, notes = back(tmp_path, "records.json", records)
    assert labels == {"a": ["code"], "c": []} and "nobody has annotated" in notes[0]


def test_argilla_flattened_counts_what_was_submitted(tmp_path):
    flat = [
        {
            **{key: paper[key] for key in ("id", "title", "abstract")},
            "labels.responses": responses,
            "labels.responses.status": states,
            "labels.suggestion": ["robotics"],
        }
        for paper, responses, states in zip(
            PAPERS,
            [[["code"], ["robotics"]], [["robotics"]], None],
            [["submitted", "draft"], ["discarded"], None],
            strict=True,
        )
    ]
    assert back(tmp_path, "hub.jsonl", flat)[0] == {"a": ["code"]}


def test_an_interface_of_someone_else_stays(tmp_path, capsys):
    (tmp_path / "out.xml").write_text("<View/>")
    feed = tmp_path / "feed.jsonl"
    feed.write_text(json.dumps(PAPERS[0]) + "\n")
    words = ["labels", "export", str(feed), "--to", "label-studio", "-o"]
    assert main([*words, str(tmp_path / "out.json")]) == 2
    assert "already exists" in capsys.readouterr().err
    assert (tmp_path / "out.xml").read_text() == "<View/>" and not (tmp_path / "out.json").exists()
