"""The model card: figures on labelled sets and how a model was made, added to a sealed folder."""

import json
import shutil
from pathlib import Path

import pytest

from tagstract.cli.main import main
from tagstract.model_folder import format as files
from tagstract.model_folder.store import DEFAULT_FOLDER

SET = "Papers of a starter"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the model that ships."""
    return Path(shutil.copytree(DEFAULT_FOLDER, tmp_path / "model"))


@pytest.fixture(scope="module")
def papers(tmp_path_factory, starter) -> Path:
    """Papers of one category, and two of no area that no training has seen."""
    path = tmp_path_factory.mktemp("papers") / "papers.jsonl"
    records = [{**record, "categories": ["cs.CL", "cs.AI"]} for record in starter[:24]]
    for place in ("lakes", "rivers"):
        abstract = f"We report the depth of sediment in 41 {place} of a karst plateau, by coring. "
        records.append({"abstract": abstract * 3, "labels": [], "categories": "physics.geo-ph"})
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def add(papers: Path, folder: Path, *more: str) -> int:
    call = ["evaluate", str(papers), "--model", str(folder), "--to-card", SET]
    return main([*call, "--by", "categories", "--resamples", "100", *more])


def test_figures_on_a_set_come_into_the_card_and_the_folder_is_whole(folder, papers, capsys):
    assert add(papers, folder, "--labelled-by", "two of us", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    card = (folder / files.CARD).read_text()
    assert f"### {SET}\n\n26 papers, labelled by two of us; 24 have areas, 2 are of other" in card
    interval = found["intervals"]["micro_f1"]
    assert (
        f"| micro-F1 | {found['micro_f1']:.3f} [{interval['low']:.3f}, {interval['high']:.3f}] |"
        in card
    )
    assert f"Its {found['given_tags']['count']} tags have a mean probability of" in card
    assert "| cs.CL | 24 | " in card
    assert "| physics | 2 | " in card
    assert "**The model was trained on 24 of them: these figures are too good.**" in card
    files.check(folder)
    kept = files.read_json(folder / files.METRICS)["outside"]
    assert kept[SET]["n"] == 26 and "per_area" not in kept[SET]


def test_a_set_of_the_same_name_is_replaced_and_another_stands_beside_it(folder, papers, capsys):
    before = list(files.read_json(folder / files.METRICS).get("outside", {}))
    for more in ([], ["--to-card", "Another"], []):
        assert add(papers, folder, *more) == 0
    after = list(files.read_json(folder / files.METRICS)["outside"])
    assert after == [*before, SET, "Another"]
    assert (folder / files.CARD).read_text().count("### ") == len(after)


def test_sentences_on_training_and_labels_stay_until_they_are_removed(folder, capsys):
    call = ["models", "card", str(folder)]
    assert main([*call, "--training", "Goes on from 1.", "--labelled-by", "Models; F1 0.9."]) == 0
    assert capsys.readouterr().out == f"{folder / files.CARD}\n"
    assert main(call) == 0
    card = (folder / files.CARD).read_text()
    assert "## Training\n\nGoes on from 1.\n" in card
    assert "## Labels\n\nModels; F1 0.9.\n" in card
    assert files.check(folder).training == "Goes on from 1."
    assert main([*call, "--training", "", "--labelled-by", ""]) == 0
    assert "## Labels" not in (folder / files.CARD).read_text()


def test_a_model_that_is_trained_on_has_a_card_of_its_own(
    folder, papers, tmp_path, starter, capsys
):
    """What was measured and said of the old model is not what the new one is."""
    assert add(papers, folder) == 0
    assert main(["models", "card", str(folder), "--training", "Old.", "--labelled-by", "Us."]) == 0
    new = tmp_path / "new.jsonl"
    own = [{**one, "abstract": f"{one['abstract']} At last."} for one in starter[:40]]
    new.write_text("".join(json.dumps(record) + "\n" for record in own))
    call = ["train", str(new), "--model", str(folder), "--out", str(tmp_path / "next")]
    assert main(call) == 0
    card = (tmp_path / "next" / files.CARD).read_text()
    assert SET not in card and "Old." not in card and "Us." not in card
    assert "outside" not in files.read_json(tmp_path / "next" / files.METRICS)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--to-card", "X"], "--to-card writes into a model folder; name one by --model DIR"),
        (["--labelled-by", "us"], "--labelled-by is for --to-card"),
        (["--to-card", " ", "--model", "."], "--to-card is empty"),
        (["--to-card", "X", "--model", ".", "--speed", "fast"], "--to-card is for --speed best"),
    ],
)
def test_a_card_that_cannot_be_written_is_one_line_before_any_work(papers, capsys, more, message):
    assert main(["evaluate", str(papers), *more]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert message in err
