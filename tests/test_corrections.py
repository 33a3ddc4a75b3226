"""The store of corrections, in SQLite and in PostgreSQL, and how the service uses it."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import sqlite3
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
from tagstract.labels.corrections import Corrections, default_place
from tagstract.labels.corrections.correction import Correction
from tagstract.labels.corrections.rows import row_of
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
    [stored, _] = store.read().corrections
    assert stored.as_record() == {**first, "time": stored.time.isoformat()}
    assert abs(stored.time.timestamp() - time.time()) < 60
    assert (store.read().problems, store.labelled().conflicts) == ([], [])


def test_a_changed_mind_counts_and_so_does_changing_it_back(place):
    store = Corrections(place)
    there, back = says("ada", "efficiency"), says("ada", "code")
    assert statuses(store, there, back, there) == ["stored", "stored", "stored"]
    assert store.labelled().labels == [["efficiency"]]


def test_people_who_differ_are_a_conflict(place):
    store = Corrections(place)
    other = says(None, "robotics", abstract="A robot walks.")
    store.add([says("ada", "code", id="a"), says("bob", "efficiency", id="a"), other])
    found = store.labelled()
    [conflict] = found.conflicts
    assert str(conflict) == "'a': ada says code, bob says efficiency"
    assert [paper["by"] for paper in found.papers] == ["anonymous"]
    assert found.labels == [["robotics"]]
    assert store.labelled(prefer="newest").labels == [["efficiency"], ["robotics"]]
    store.add([says("ada", "efficiency")])
    found = store.labelled()
    assert (found.conflicts, len(found.papers)) == ([], 2)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (5, "not an object"),
        ({"labels": ["code"]}, "'abstract' is missing"),
        (says("ada"), "'labels' is missing or empty"),
        (says("ada", "eficiency"), "did you mean 'efficiency'?"),
        (says("ada", "code", id=[1]), "'id' is not text"),
        (says(5, "code"), "'by' is not text"),
        (says("a" * 201, "code"), "'by' has 201 characters"),
        (says("ada", "code", abstract="x" * (1 << 20)), "the maximum is 1,048,576"),
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
    kept = store.read().corrections
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
    kept = store.read().corrections
    assert len({correction.key for correction in kept}) == len(kept) == 20


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("postgresql://ada:s3cret@127.0.0.1:1/x", "ada:***@127.0.0.1:1/x: can't be used"),
        ("postgresql://127.0.0.1:1/x?user=ada&password=s3cret", "127.0.0.1:1/x: can't be used"),
        ("postgresql://ada:s3cret@127.0.0.1:1/x?s3cret=1", "can't be used"),
        ("postgresql://ada:p@s3cret@127.0.0.1/x", "write it as %40"),
        ("postgresql://ada:s3cret@host:port/x", "the URL of the corrections store is invalid"),
        ("postgresql:/ada:s3cret@127.0.0.1/x", "postgresql://USER:PASSWORD@HOST/NAME"),
        ("mysql://ada:s3cret@127.0.0.1/x", "database can't store corrections; use a file path"),
        ("sqlite://", "database can't store corrections; use a file path"),
        ("/dev/null/corrections", "its folder can't be created"),
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
    assert "no correction has been stored there yet" in capsys.readouterr().err
    Corrections(place).add([{**record, "by": "ada"} for record in starter[:8]])
    Corrections(place).add([{**starter[0], "labels": ["code"], "by": "bob"}])
    assert main(command) == 1
    conflict, counts = capsys.readouterr().err.splitlines()
    assert "bob says code; skipped" in conflict
    assert counts == f"7 papers into {output}, 1 conflicts, 1 papers skipped"
    assert main([*command, "--prefer", "newest"]) == 0
    assert "using the newest" in capsys.readouterr().err
    records = [json.loads(line) for line in output.read_text().splitlines()]
    assert set(records[1]) >= {"title", "abstract", "labels", "by", "time"}
    # `train` reads its files in the same way, and refuses what this refuses.
    assert main(["labels", "check", str(output)]) == 0
    assert main([*command[:-1], "new.csv"]) == 2


def damaged(place: Path, statement: str) -> None:
    """The store after something else wrote into it."""
    with contextlib.closing(sqlite3.connect(place)) as database, database:
        database.execute(statement)


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("SET abstract = CAST(x'57e5' AS TEXT)", "'abstract' is not text"),
        ("SET abstract = 'We prune a nettwork.'", "'abstract' is not the one that was stored"),
        ("SET labels = '[\"cod'", "'labels' is no list of areas"),
        ("SET labels = '[1]'", "'labels' is no list of areas"),
        ("SET labels = '[\"speech\"]'", "are not those that were stored"),
        ("SET by = x'00'", "'by' is not text"),
        ("SET time = '2026-13-01'", "'time' is no time"),
    ],
)
def test_a_damaged_row_costs_only_itself(tmp_path, capsys, statement, message):
    place, output = tmp_path / "c.sqlite", tmp_path / "new.jsonl"
    store = Corrections(place)
    store.add([says("ada", "code", abstract=f"We prune network {number}.") for number in range(5)])
    damaged(place, f"UPDATE corrections {statement} WHERE id = 3")
    assert main(["labels", "import", "--from", str(place), "-o", str(output)]) == 1
    row, counts = capsys.readouterr().err.splitlines()
    assert row.startswith(f"{place}:3: this row is damaged: ") and message in row
    assert row.endswith("; left out") and "prune" not in row
    assert counts == f"4 papers into {output}, 0 conflicts, 0 papers skipped, 1 damaged rows"
    abstracts = [json.loads(line)["abstract"] for line in output.read_text().splitlines()]
    assert abstracts == [f"We prune network {number}." for number in (0, 1, 3, 4)]
    # And who says something else of that paper is heard.
    assert statuses(store, says("ada", "robotics", abstract="We prune network 2.")) == ["stored"]


def test_a_store_with_flipped_bytes_stores_nothing_and_gives_what_is_left(tmp_path, capsys):
    good, place, output = tmp_path / "good", tmp_path / "c.sqlite", tmp_path / "new.jsonl"
    Corrections(good).add(
        [says("ada", "code", abstract=f"We prune network {number}. " * 20) for number in range(99)]
    )
    pages, size = good.read_bytes(), 4096
    leaves = [at for at in range(size, len(pages), size) if pages[at] == 13]  # of the table
    place.write_bytes(pages[: leaves[3]] + b"\xff" * 8 + pages[leaves[3] + 8 :])
    with pytest.raises(InputError, match=r"is damaged: .*; move the file away; .* what is left"):
        Corrections(place).add([says("ada", "code")])
    assert main(["labels", "import", "--from", str(place), "-o", str(output)]) == 1
    damage, *rows, counts = capsys.readouterr().err.splitlines()
    assert "is damaged: " in damage and "what could be read" in damage
    kept = len(output.read_text().splitlines())
    assert kept + len(rows) == 99 and 0 < len(rows) < 20, counts


def test_flipped_bytes_end_in_no_traceback_and_in_no_other_text(tmp_path):
    good, place, chance = tmp_path / "good", tmp_path / "c.sqlite", random.Random(1)
    abstracts = {f"we prune network {number}." for number in range(40)}
    Corrections(good).add([says("ada", "code", abstract=text) for text in sorted(abstracts)])
    for _ in range(60):
        data = bytearray(good.read_bytes())
        for _ in range(chance.choice((1, 20))):
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        place.write_bytes(data)
        with contextlib.suppress(InputError):
            contents = Corrections(place).read()
            assert {one.abstract.lower() for one in contents.corrections} <= abstracts
            assert {one.labels for one in contents.corrections} <= {("code",)}
            if len(contents.corrections) < len(abstracts):
                assert contents.problems or contents.damage
        with contextlib.suppress(InputError):
            Corrections(place).add([says("ada", "code")])
            assert Corrections(place).read().damage is None


def test_what_identifies_a_correction_never_changes():
    """Stores hold these digests: with others, all their rows would be taken for damaged."""
    row = row_of(Correction(" We PRUNE\na network.", ("efficiency", "code"), by="ada"), "")
    assert row["paper_key"].startswith("ca751013b991bf3d")
    assert row["digest"].startswith("0a4d4bc5cf3d542c")


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
    assert "its folder can't be created" in caplog.text


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
    [kept] = Corrections(place).read().corrections
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
