"""The benchmark of quality, on a part of the starter set."""

from __future__ import annotations

import json
import re

import pytest

from benchmarks.quality.__main__ import main

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(scope="module")
def call(tmp_path_factory, starter):
    """The files of a split and the folder that keeps scores, as arguments."""
    folder = tmp_path_factory.mktemp("quality")
    for name, records in (("train", starter[::2]), ("test", starter[1::2])):
        text = "".join(json.dumps(record) + "\n" for record in records)
        (folder / f"{name}.jsonl").write_text(text)
    files = ["--labelled", str(folder / "train.jsonl"), "--test", str(folder / "test.jsonl")]
    return [*files, "--limit", "150", "--resamples", "100", "--folder", str(folder / "kept")]


def figures(text: str) -> dict[str, list[float]]:
    """By row of the first table: micro-F1, macro-F1, precision at 1, average precision, ECE."""
    rows = [line.split("|") for line in text.split("\n\n")[1].splitlines()[2:]]
    return {
        cells[1].strip(): [
            float(re.findall(r"\d\.\d+", cell)[0]) for cell in (cells[2], *cells[4:7], *cells[8:9])
        ]
        for cells in rows
    }


def test_every_system_has_its_row_and_scores_are_kept(call, tmp_path, capsys):
    page = tmp_path / "quality.md"
    words = [*call, "--only", "tfidf-lr,tfidf-svm,ours", "--write", str(page)]
    assert main(words) == 0
    first = capsys.readouterr()
    found = figures(first.out)
    assert list(found) == [
        "TF-IDF + LR",
        "TF-IDF + LR, one threshold",
        "TF-IDF + linear SVM",
        "TF-IDF + linear SVM, one threshold",
        "Tagstract",
    ]
    assert found["Tagstract"][0] > found["TF-IDF + LR"][0] > 0.1
    # It has seen the starter set: the table must say so.
    assert "OF THE TEST PAPERS" in first.out
    assert first.out.strip() in page.read_text()
    picture = tmp_path / "quality-test.svg"
    assert picture.read_text().count("<circle") == 3 * len(found)

    assert main([*words, "--again", "tfidf-svm"]) == 0
    second = capsys.readouterr()
    assert second.err.count("training") == 1 and "tfidf-svm: training" in second.err
    assert figures(second.out) == found


def test_a_second_test_file_costs_no_training(call, tmp_path, starter, capsys):
    second = tmp_path / "second.jsonl"
    other = {"id": "x", "abstract": "Sediment of lakes was cored in spring, and dried. " * 3}
    fresh = {**starter[0], "abstract": f"{starter[0]['abstract']} At last.", "id": "y"}
    records = [{**other, "labels": []}, fresh]
    second.write_text("".join(json.dumps(record) + "\n" for record in records))
    assert main([*call, "--only", "tfidf-lr,ours"]) == 0
    first = capsys.readouterr().out
    test = call[call.index("--test") + 1]
    assert main([*call, "--only", "tfidf-lr,ours", "--test", test, str(second)]) == 0
    out, err = capsys.readouterr()
    assert "training" not in err and err.count("scoring") == 2
    assert figures(out) == figures(first)
    assert "## second: 2 test papers, 1 of them of other fields" in out
    assert out.count("| TF-IDF + LR ") == 3  # in both tables, and once in that of the cost


def test_a_run_that_was_killed_goes_on(call, monkeypatch, capsys):
    def killed(*_, **__):
        raise KeyboardInterrupt

    words = [*call, "--limit", "80", "--only", "tfidf-lr,tfidf-svm"]
    with monkeypatch.context() as patched:
        patched.setattr("benchmarks.quality.linear.LinearSVC", killed)
        with pytest.raises(KeyboardInterrupt):
            main(words)
    capsys.readouterr()
    assert main(words) == 0
    said = capsys.readouterr().err
    assert "tfidf-lr: from" in said and "tfidf-svm: training" in said


def test_from_shuffled_labels_nothing_is_learned(call, capsys):
    """Average precision of chance is an area's share of the papers, about 0.04 here."""
    ranked = {}
    for control in ([], ["--shuffle"]):
        assert main([*call, "--only", "tfidf-lr", *control]) == 0
        ranked[bool(control)] = figures(capsys.readouterr().out)["TF-IDF + LR"][3]
    assert ranked[True] < 0.15 < 0.3 < ranked[False]


def test_calls_that_cannot_work_are_one_line(call, tmp_path, capsys):
    assert main([*call, "--only", "tfidf"]) == 2
    assert "no system 'tfidf'; there are tfidf-lr" in capsys.readouterr().err
    (tmp_path / "empty.jsonl").write_text("")
    assert main([*call, "--labelled", str(tmp_path / "empty.jsonl")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
