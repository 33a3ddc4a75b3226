"""Bodies as hostile callers send them: what they may become in memory, and whom they hold up."""

from __future__ import annotations

import asyncio
import itertools
import json
import time

import pytest

from tagstract.labels import Problem
from tagstract.serving.http.call import ParsedCall
from tagstract.serving.http.faults import Fault
from tagstract.serving.http.requests.body import MAX_MARKS, read_json
from tagstract.serving.http.requests.parsed_call import Kind, read_call, read_query

MB = 1 << 20


def read(body: bytes):
    return asyncio.run(read_json(body, "send a list"))


def longest_hold(body: bytes) -> float:
    """Seconds of work for which reading a body holds the event loop at a time."""

    async def measure() -> float:
        marks = [time.thread_time()]
        reading = asyncio.create_task(read_json(body, "send a list"))
        while not reading.done():
            await asyncio.sleep(0)
            marks.append(time.thread_time())
        return max(after - before for before, after in itertools.pairwise(marks))

    return asyncio.run(measure())


HOSTILE = {
    "objects": b'{"papers":[' + b",".join([b"{}"] * (8 * MB // 3)) + b"]}",
    "lists": b'{"papers":[' + b"[" * 60 + b"1," * (3 * MB) + b"1" + b"]" * 60 + b"]}",
    "backslashes": b'{"papers":[{"abstract":"' + b"\\\\" * (4 * MB) + b'\\ud800"}]}',
    "halves": b'{"papers":[{"abstract":"' + b"\\ud800" * (8 * MB // 6) + b'"}]}',
    "some halves": b'{"papers":[{"abstract":"' + b"\\ud800" * 40_000 + b"a" * (7 * MB) + b'"}]}',
    "quotes": b'"' * (8 * MB),
    "escaped quotes": b'{"papers":[{"abstract":"' + b'\\"' * (4 * MB) + b'"}]}',
    "texts": b'{"papers":[' + b",".join(b'"%d"' % i for i in range(MAX_MARKS - 2000)) + b"]}",
    "names": b'{"papers":[{%b}]}' % b",".join(b'"%d":1' % i for i in range(MAX_MARKS // 2 - 5)),
    "digits": b'{"papers":[' + b"1" * (8 * MB) + b"]}",
    "depth": b'{"papers":' + b"[" * (8 * MB),
    "abstracts": json.dumps(
        {"papers": [{"title": "one", "abstract": "We study it, and more. " * 700}] * 500}
    ).encode(),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_body_holds_the_event_loop(name):
    # 50 ms on a machine of its own; three times that where tests share two cores.
    assert min(longest_hold(HOSTILE[name]) for _ in range(2)) < 0.15


def test_what_would_take_much_memory_is_refused_before_it_does():
    for name in ("objects", "lists", "escaped quotes"):
        answer = read(HOSTILE[name])
        assert isinstance(answer, Fault)
        assert answer.code == "too-large"
    assert len(read(HOSTILE["abstracts"])["papers"]) == 500


@pytest.mark.parametrize("size", [10, 300_000])
def test_half_a_character_becomes_one_and_the_rest_stays(size):
    text = (
        "é\\ud83d\\ude00 \\\\ud83d \\ud83dx\\ude00 \\\\\\ud83d \\n\\ud83d\\ud83d\\ude00"
        + "a" * size
    )
    body = f'{{"papers": [{{"abstract": "{text}"}}]}}'.encode()
    wanted = "é\U0001f600 \\ud83d \ufffdx\ufffd \\\ufffd \n\ufffd\U0001f600" + "a" * size
    assert read(body) == {"papers": [{"abstract": wanted}]}


def test_halves_are_mended_wherever_the_slices_are_cut():
    for size in range(262_100, 262_150):
        start = "a" * (size - 25)
        text = start + "\\ud83d\\ude00\\\\\\ud83d\\ude00\\ud83d"
        body = f'{{"papers": ["{text}"]}}'.encode()
        assert read(body) == {"papers": [start + "\U0001f600\\\U0001f600\ufffd"]}


def test_a_field_twice_is_told_in_the_place_of_its_record():
    body = (
        b'{"papers": [{"title": "a"}, {"title": "b", "title": "c"}, {"abstract": "\\"title\\""}]}'
    )
    first, second, third = read(body)["papers"]
    assert (first, third) == ({"title": "a"}, {"abstract": '"title"'})
    assert isinstance(second, Problem)
    assert str(second) == "papers:2: has a duplicate field; keep one"
    assert read(b'{"papers": [], "papers": [{}]}').code == "bad-call"
    assert read(b'{"papers": [{"x": "title", "abstract": "papers"}]}') == {
        "papers": [{"x": "title", "abstract": "papers"}]
    }


@pytest.mark.parametrize(
    "twice",
    [
        '{"abstract": "a", "venue": "x", "venue": "y"}',
        '{"abstract": "a", "more": {"k": 1, "k": 2}}',
        '{"abstract": "a", "more": [[{"k": 1, "\\u006b": 2}]]}',
        '{"abstract": "a\\\\", "": 1, "": 1}',
    ],
)
def test_a_field_of_any_name_and_depth_must_not_stand_twice(twice):
    other = {"abstract": 'a ": b\\', "more": {"k": {"k": [1, {"k": ":"}]}}}
    body = f'{{"papers": [{json.dumps(other)}, {twice}], "top": 1}}'.encode()
    first, second = read(body)["papers"]
    assert (first, str(second)) == (other, "papers:2: has a duplicate field; keep one")


def test_a_number_that_no_float_holds_is_refused_in_its_place():
    first, second = read(b'{"papers": [{"abstract": "a", "n": [-1e999]}, {"n": 1e300}]}')["papers"]
    assert str(first) == "papers:1: holds a number that is too large; write it as text"
    assert second == {"n": 1e300}


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_of_json_is_refused(number):
    assert read(f'{{"papers": [{{"abstract": {number}}}]}}'.encode()).code == "bad-json"


KIND = Kind("papers", 2, ("top", "threshold", "all_probabilities", "explain"))


def test_options_are_read():
    given = {
        "papers": [{}],
        "top": 3.0,
        "threshold": 0.5,
        "explain": True,
        "all_probabilities": None,
    }
    assert read_call(given, KIND) == ParsedCall([{}], top=3, threshold=0.5, explain=True)
    assert read_query({"top": "3", "explain": "true"}) == {"top": 3, "explain": True}


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("thershold", 0.1, "did you mean 'threshold'?"),
        ("x", 1, "known are papers, top"),
        ("top", 0, "a whole number, 1 or more"),
        ("top", True, "a whole number, 1 or more"),
        ("top", 1.5, "a whole number, 1 or more"),
        ("top", float("inf"), "a whole number, 1 or more"),
        ("threshold", "0.5", "a probability from 0 to 1"),
        ("threshold", 1.1, "a probability from 0 to 1"),
        ("explain", 1, "true or false"),
        ("explain", "true", "true or false"),
    ],
)
def test_what_is_not_known_or_out_of_range_is_refused(field, value, told):
    answer = read_call({"papers": [], field: value}, KIND)
    assert isinstance(answer, Fault)
    assert (answer.code, told in answer.message) == ("bad-call", True)
