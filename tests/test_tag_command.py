"""`tagstract tag`, from a feed file to an output, as a user runs it."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tagstract.cli.main import main

SAMPLE = Path(__file__).parent.parent / "serving" / "sample_feed.txt"


def jsonl(path: Path, records: list[dict]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def read(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_feed_page_becomes_tagged_papers(tmp_path, capsys):
    output = tmp_path / "tagged.jsonl"
    assert main(["tag", str(SAMPLE), "-o", str(output)]) == 0
    papers = read(output)
    assert len(papers) == 12
    assert {paper["status"] for paper in papers} <= {"tagged", "abstained"}
    assert "robotics" in [tag["area"] for tag in papers[0]["tags"]]
    assert "12 papers" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [output]  # neither journal nor temporary file is left


def test_piped_output_is_jsonl(capfdbinary):
    assert main(["tag", str(SAMPLE), "--top", "1"]) == 0
    papers = [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]
    assert len(papers) == 12
    assert max(len(paper["tags"]) for paper in papers) == 1


@pytest.mark.parametrize("ending", ["csv", "parquet", "html", "md"])
def test_every_output_holds_every_paper(tmp_path, ending):
    output = tmp_path / f"tagged.{ending}"
    assert main(["tag", str(SAMPLE), "-o", str(output), "--all-probabilities"]) == 0
    if ending == "parquet":
        assert pq.read_table(output).num_rows == 12
    else:
        text = output.read_text()
        assert "Orchard Rows at Dusk" in text
        assert "robotics" in text.lower()


def test_a_broken_line_is_an_error_in_its_place_and_status_1(tmp_path, starter, capsys):
    feed = jsonl(tmp_path / "feed.jsonl", starter[:6])
    lines = feed.read_text().splitlines()
    lines[3] = '{"title": "torn'
    feed.write_text("\n".join(lines))
    output = tmp_path / "out.jsonl"
    assert main(["tag", str(feed), "-o", str(output)]) == 1
    papers = read(output)
    assert [paper["status"] == "error" for paper in papers] == [i == 3 for i in range(6)]
    assert "feed.jsonl:4" in papers[3]["reason"]
    assert papers[4]["id"] == starter[4]["id"]
    assert "feed.jsonl:4: not JSON" in capsys.readouterr().err


def test_of_many_broken_lines_the_first_are_shown(tmp_path, starter, capsys):
    feed = jsonl(tmp_path / "feed.jsonl", [starter[0], *({"id": f"x{n}"} for n in range(9))])
    assert main(["tag", str(feed), "-o", str(tmp_path / "out.jsonl")]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[1].startswith(f"tagstract: {feed}: record 'x0': 'abstract' and 'title'")
    assert lines[6] == "tagstract: 4 more records failed; the output has them with status 'error'"


def test_a_feed_without_papers_is_a_loud_line_and_status_3(tmp_path, starter, capsys):
    empty = tmp_path / "empty.xml"
    empty.write_text("<rss><channel><title>On Sundays</title></channel></rss>")
    feed, output = jsonl(tmp_path / "feed.jsonl", starter[:1]), str(tmp_path / "out.jsonl")
    assert main(["tag", str(empty), "-o", output]) == 3
    assert f"{empty}: HOLDS NO PAPERS" in capsys.readouterr().err
    assert main(["tag", str(empty), str(feed), "-o", output]) == 0
    assert f"{empty}: HOLDS NO PAPERS" in capsys.readouterr().err


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE f [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
    '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>&b;</title></entry></feed>'
)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("empty.jsonl", b"", "is empty"),
        ("binary", bytes(range(256)) * 40, "binary"),
        ("torn.gz", gzip.compress(b'{"abstract": "We prune."}\n' * 9, mtime=0)[:-12], "gzip"),
        (
            "page.txt",
            b"Daily Papers\n\nOne line\n",
            "page.txt: has no title followed by an abstract",
        ),
        ("bomb.xml", BOMB.encode(), "bomb.xml"),
        ("no.csv", b"id,year\nx,2026\n", "not in a known format"),
        ("prose.txt", b"Dear all, the meeting is at three.\n", "not in a known format"),
        ("two\nlines\x1b", b"", "two\\nlines\\x1b: is empty"),
    ],
)
def test_an_unusable_feed_is_one_line_and_status_2(tmp_path, capsys, name, data, message):
    path = tmp_path / name
    path.write_bytes(data)
    output = tmp_path / "out.jsonl"
    assert main(["tag", str(path), "-o", str(output)]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not output.exists()


def test_a_line_of_50_mb_is_one_error(tmp_path, starter):
    feed = tmp_path / "feed.jsonl"
    huge = json.dumps({"abstract": "word " * 10_000_000})
    feed.write_text(f"{json.dumps(starter[0])}\n{huge}\n{json.dumps(starter[1])}\n")
    output = tmp_path / "out.jsonl"
    assert main(["tag", str(feed), "-o", str(output)]) == 1
    assert [paper["status"] for paper in read(output)] == ["tagged", "error", "tagged"]
    assert output.stat().st_size < 20_000


def test_calls_that_cannot_work_say_so_before_any_work(tmp_path, capsys):
    for arguments, message in [
        (["-o", str(tmp_path / "x.docx")], "known extension"),
        (["-o", str(tmp_path / "no" / "x.jsonl")], "folder does not exist"),
        (["--resume"], "--resume goes with -o"),
        (["--from", "atm"], "did you mean 'atom'"),
        (["--model", "nothing-here:1"], "not in the model store"),
    ]:
        assert main(["tag", str(SAMPLE), *arguments]) == 2
        error = capsys.readouterr().err
        assert message in error
        assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the following arguments are required: FEED"),
        (["--top", "x"], "invalid int value: 'x'"),
        ([str(SAMPLE), "-o", ""], "has no known extension"),
        ([str(SAMPLE), "--resume"], "--resume goes with -o FILE"),
        ([str(SAMPLE), "--threshold", "nan"], "use a probability from 0 to 1"),
        ([str(SAMPLE), "--threshold", "7"], "0 to 1"),
        ([str(SAMPLE), "--threshold", "high"], "'high': use a probability from 0 to 1"),
        ([str(SAMPLE), "--threshold", "precision=2"], "or precision=P"),
    ],
)
def test_an_unusable_call_is_one_line_and_status_2(capsys, arguments, message):
    try:
        status = main(["tag", *arguments])
    except SystemExit as stop:
        status = stop.code
    error = capsys.readouterr().err
    assert status == 2
    assert message in error
    assert error.count("\n") == 1


def test_a_feed_is_not_written_over(tmp_path, capsys, starter):
    feed = jsonl(tmp_path / "feed.jsonl", starter[:1])
    before = feed.read_text()
    (tmp_path / "link.jsonl").symlink_to(feed)
    assert main(["tag", str(feed), "-o", str(tmp_path / "link.jsonl")]) == 2
    assert "is a feed of this command" in capsys.readouterr().err
    assert feed.read_text() == before


TAGSTRACT = [sys.executable, "-m", "tagstract"]


@pytest.mark.parametrize(
    ("redirection", "message"),
    [
        (">/dev/full", "tagstract: <stdout>: No space left on device\n"),
        ("| true", ""),  # whose end is there long before the first line
        ("<&-", "tagstract: <stdin>: is closed; name a file, or pipe one in\n"),
    ],
)
def test_a_stream_that_fails_is_one_line_and_status_2(redirection, message):
    feeds = [str(SAMPLE), *("-" for _ in range(redirection == "<&-"))]
    script = f'set -o pipefail; "$@" {redirection}'
    command = ["bash", "-c", script, "bash", *TAGSTRACT, "tag", *feeds]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (2, message)


def test_a_full_disk_is_one_line_and_the_old_output_stays(tmp_path, capsys):
    if (
        os.geteuid()
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", tmp_path], capture_output=True
        ).returncode
    ):
        pytest.skip("mounting a tmpfs needs rights")
    try:
        output = tmp_path / "out.jsonl"
        output.write_text("old\n")
        assert main(["tag", str(SAMPLE), "--all-probabilities", "-o", str(output)]) == 2
        error = capsys.readouterr().err
        assert "No space left" in error
        assert error.count("\n") == 1
        assert [file.read_text() for file in tmp_path.iterdir()] == ["old\n"]
    finally:
        subprocess.run(["umount", tmp_path], check=True)


def test_a_killed_run_goes_on_where_it_stood(tmp_path, starter):
    feed = jsonl(tmp_path / "feed.jsonl", starter)
    output, journal = tmp_path / "out.jsonl", tmp_path / ".out.jsonl.partial"
    process = subprocess.Popen([*TAGSTRACT, "tag", str(feed), "-o", str(output)])
    limit = time.monotonic() + 60
    while not (journal.exists() and journal.read_bytes().count(b"\n") > 64):
        assert time.monotonic() < limit
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not output.exists()
    done = journal.read_bytes()
    assert done.count(b"\n") < len(starter)
    journal.write_bytes(done + b"a torn line without an end")
    assert main(["tag", str(feed), "-o", str(output), "--resume"]) == 0
    assert [paper["id"] for paper in read(output)] == [record["id"] for record in starter]
    assert not journal.exists()


def test_another_run_is_not_taken_up(tmp_path, capsys, starter):
    feed = jsonl(tmp_path / "feed.jsonl", starter[:3])
    journal = tmp_path / ".out.jsonl.partial"
    journal.write_text('{"model": "another"}\n')
    arguments = ["tag", str(feed), "-o", str(tmp_path / "out.jsonl")]
    assert main([*arguments, "--resume"]) == 2
    assert "run without --resume" in capsys.readouterr().err
    assert main(arguments) == 0
