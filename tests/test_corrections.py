"""The store of corrections, in SQLite and in PostgreSQL, and how the service uses it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from running import running_service

from tagstract.cli.main import main
from tagstract.labels import InputError, load_taxonomy, read_labelled
from tagstract.labels.corrections import Correction, Corrections, default_place
from tagstract.serving.http.feedback import Feedback

POSTGRES = os.environ.get("TAGSTRACT_TEST_POSTGRES")


@pytest.fixture(params=["sqlite", "postgres"])
def place(request, tmp_path):
    """Where corrections may be kept: a file that is not there yet, or an empty schema."""
    if request.param == "sqlite":
        yield str(tmp_path / "new" / "corrections.sqlite")
        return
    if not POSTGRES:
        pytest.skip("TAGSTRACT_TEST_POSTGRES names no server")
    import psycopg

    schema = f"test_{time.time_ns()}"
    address = POSTGRES.replace("+psycopg", "")
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
        yield f"{POSTGRES}?options=-csearch_path%3D{schema}"
        connection.execute(f"DROP SCHEMA {schema} CASCADE")


def says(by: str | None, *labels: str, abstract: str = "We prune a network.", **more) -> dict:
    return {"abstract": abstract, "labels": list(labels), "by": by, **more}


def statuses(store: Corrections, *corrections) -> list[str]:
    return [outcome.status for outcome in store.add(corrections)]


def test_the_same_correction_by_the_same_person_is_a_duplicate(place):
    store = Corrections(place)
    first = says("ada", "efficiency", "code", id="a", title="T")
    assert statuses(store, first, first) == ["stored", "duplicate"]
    refolded = says("ada", "code", "efficiency", abstract=" we PRUNE\na network.")
    assert statuses(Corrections(place), refolded, says("bob", *first["labels"])) == [
        "duplicate", "stored",
    ]  # fmt: skip
    [stored, _] = store.all()
    assert stored.as_record() == {**first, "time": stored.time.isoformat()}
    assert abs(stored.time.timestamp() - time.time()) < 60
    assert store.conflicts() == []


def test_a_changed_mind_counts_and_so_does_changing_it_back(place):
    store = Corrections(place)
    there, back = says("ada", "efficiency"), says("ada", "code")
    assert statuses(store, there, back, there) == ["stored", "stored", "stored"]
    assert store.labelled()[1] == [["efficiency"]]


def test_people_who_differ_are_a_conflict(place):
    store = Corrections(place)
    other = says(None, "robotics", abstract="A robot walks.")
    store.add([says("ada", "code", id="a"), says("bob", "efficiency", id="a"), other])
    [conflict] = store.conflicts()
    assert str(conflict) == "'a': ada says code, bob says efficiency"
    papers, labels, conflicts = store.labelled()
    assert ([paper["by"] for paper in papers], labels) == (["anonymous"], [["robotics"]])
    assert conflicts == [conflict]
    assert store.labelled(prefer="newest")[1] == [["efficiency"], ["robotics"]]
    store.add([says("ada", "efficiency")])
    assert (store.conflicts(), len(store.labelled()[0])) == ([], 2)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (5, "not an object"),
        ({"labels": ["code"]}, "'abstract' is missing"),
        (says("ada"), "'labels' is missing or empty"),
        (says("ada", "eficiency"), "did you mean 'efficiency'?"),
        (says("ada", "code", id=[1]), "'id' is no text"),
        (says(5, "code"), "'by' is no text"),
        (says("a" * 201, "code"), "'by' has 201 characters"),
        (says("ada", "code", abstract="x" * (1 << 20)), "at most 1,048,576 can be trained on"),
    ],
)
def test_a_bad_correction_has_its_own_error(tmp_path, bad, message):
    good = says("ada", "code")
    outcomes = Corrections(tmp_path / "c").add([bad, good])
    assert [outcome.status for outcome in outcomes] == ["error", "stored"]
    assert message in outcomes[0].reason


def test_hostile_text_is_kept(place, tmp_path, capsys):
    quotes = """'; DROP TABLE corrections; -- "%s" :x {} \\ \u2028 """
    corrections = [
        says(quotes, "code", abstract=quotes, id=quotes, title=quotes),
        says("nul\0", "code", abstract="nul \0 inside", id="\0"),
        says("half \ud83d", "code", abstract="half \udf31 of it, whole \U0001f331"),
        says("long", "code", abstract="word " * 200_000),
    ]
    store = Corrections(place)
    assert statuses(store, *corrections) == ["stored"] * 4
    assert statuses(store, *corrections) == ["duplicate"] * 4
    kept = store.all()
    assert (kept[0].abstract, kept[0].id, kept[0].title) == (quotes,) * 3
    assert (kept[1].abstract, kept[1].by) == ("nul \ufffd inside", "nul\ufffd")
    assert kept[2].abstract == "half \ufffd of it, whole \U0001f331"
    output = tmp_path / "labelled.jsonl"
    assert main(["labels", "import", "--from", place, "-o", str(output)]) == 0
    labelled = read_labelled([output], load_taxonomy())
    assert (len(labelled), labelled.problems) == (4, [])
    assert "4 papers" in capsys.readouterr().err


def test_threads_and_processes_store_each_correction_once(place):
    """From the first one on, which makes the table; in every order, so that none may deadlock."""
    corrections = [says("ada", "code", abstract=f"Paper {number}.") for number in range(20)]
    work = (
        "import json, sys; from tagstract.labels.corrections import Corrections;"
        "place, corrections = json.load(sys.stdin);"
        "print([o.status for o in Corrections(place).add(corrections)].count('stored'))"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", work], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    with ThreadPoolExecutor(8) as pool:
        store = Corrections(place)
        turned = [corrections[turn:] + corrections[:turn] for turn in range(0, 16, 2)]
        threads = pool.map(lambda some: statuses(store, *some).count("stored"), turned)
        others = pool.map(
            lambda process: int(process.communicate(json.dumps([place, corrections[::-1]]))[0]),
            processes,
        )
        assert sum(threads) + sum(others) == 20
    assert len({correction.key for correction in store.all()}) == len(store.all()) == 20


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("postgresql://ada:s3cret@127.0.0.1:1/x", "ada:***@127.0.0.1:1/x: can't be used"),
        ("postgresql://127.0.0.1:1/x?user=ada&password=s3cret", "127.0.0.1:1/x: can't be used"),
        ("postgresql://ada:s3cret@127.0.0.1:1/x?s3cret=1", "can't be used"),
        ("postgresql://ada:p@s3cret@127.0.0.1/x", "write it as %40"),
        ("postgresql://ada:s3cret@host:port/x", "the URL of the corrections is none"),
        ("postgresql:/ada:s3cret@127.0.0.1/x", "postgresql://USER:PASSWORD@HOST/NAME"),
        ("mysql://ada:s3cret@127.0.0.1/x", "such a database; give the path of a file"),
        ("sqlite://", "such a database; give the path of a file"),
        ("/dev/null/corrections", "its folder can't be made"),
        ("/", "unable to open database file"),
        (__file__, "file is not a database"),
    ],
)
def test_a_store_that_cannot_be_used_is_one_line_without_a_password(place, message):
    with pytest.raises(InputError) as caught:
        Corrections(place).add([says("ada", "code")])
    assert message in str(caught.value)
    assert "s3cret" not in str(caught.value).replace("?s3cret=1", "")
    assert "We prune" not in str(caught.value)


def test_import_makes_a_labelled_file(tmp_path, capsys, starter):
    place, output = tmp_path / "c.sqlite", tmp_path / "new.jsonl"
    command = ["labels", "import", "--from", str(place), "-o", str(output)]
    assert main(command) == 2
    assert "no correction was stored there yet" in capsys.readouterr().err
    Corrections(place).add([{**record, "by": "ada"} for record in starter[:8]])
    Corrections(place).add([{**starter[0], "labels": ["code"], "by": "bob"}])
    assert main(command) == 1
    conflict, counts = capsys.readouterr().err.splitlines()
    assert "bob says code; left out" in conflict
    assert counts == f"7 papers into {output}, 1 conflicts, 1 papers left out"
    assert main([*command, "--prefer", "newest"]) == 0
    assert "the newest is taken" in capsys.readouterr().err
    records = [json.loads(line) for line in output.read_text().splitlines()]
    assert set(records[1]) >= {"title", "abstract", "labels", "by", "time"}
    # `train` reads its files in the same way, and refuses what this refuses.
    assert main(["labels", "check", str(output)]) == 0
    assert main([*command[:-1], "new.csv"]) == 2


def test_the_place_is_named_by_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("BENTOML_HOME", str(tmp_path))
    assert default_place() == str(tmp_path / "tagstract" / "corrections.sqlite")
    monkeypatch.setenv("TAGSTRACT_CORRECTIONS", "postgresql://host/name")
    assert default_place() == "postgresql://host/name"
    monkeypatch.setenv("TAGSTRACT_CORRECTIONS", "near.sqlite")
    with pytest.raises(InputError, match="is a relative path"):
        default_place()


def test_a_store_that_fails_is_logged_and_nothing_is_answered_as_stored(monkeypatch, caplog):
    monkeypatch.setenv("TAGSTRACT_CORRECTIONS", "/dev/null/corrections")
    assert Feedback(load_taxonomy()).store([says("ada", "code")]) is None
    assert "its folder can't be made" in caplog.text


def test_an_answered_correction_survives_kill_9(place, tmp_path):
    """A real server, killed with all its processes as soon as it has answered."""
    with serving(place, tmp_path / "log") as address:
        good = says("ada", "code", id=7)
        unknown = says("ada", "eficiency", id="x")
        body = json.dumps({"corrections": [good, unknown, None, good]}).encode()
        request = urllib.request.Request(f"{address}/feedback", body)
        with urllib.request.urlopen(request, timeout=30) as answer:
            answered = json.load(answer)
    assert (answered["stored"], answered["duplicates"]) == (1, 1)
    results = answered["results"]
    assert [one["status"] for one in results] == ["stored", "error", "error", "duplicate"]
    assert [one["id"] for one in results] == [7, "x", None, 7]
    assert "did you mean 'efficiency'?" in results[1]["reason"]
    [kept] = Corrections(place).all()
    assert kept == Correction(good["abstract"], ("code",), "7", None, "ada", kept.time)


@contextlib.contextmanager
def serving(place: str, log: Path):
    """`tagstract serve` with its corrections at `place`; its address. It ends by SIGKILL."""
    environment = {**os.environ, "TAGSTRACT_CORRECTIONS": place}
    with running_service(log, env=environment, start_new_session=True) as (process, address):
        try:
            yield f"http://{address}"
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
