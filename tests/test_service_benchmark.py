"""The load generator, against a small server in this process."""

from __future__ import annotations

import asyncio
import json
import time

import pytest
from aiohttp import web

from benchmarks.service.answers import Reference
from benchmarks.service.chart import chart
from benchmarks.service.figures import Figures, figures, quantile
from benchmarks.service.load import Call, arrivals, closed_loop, in_turn, open_loop
from benchmarks.service.mix import Event, Kind
from benchmarks.service.pulse import Beat
from benchmarks.service.table import BEGIN, END, Capacity, Result, document, write_between
from benchmarks.service.verdict import Happened, Look, verdict
from tagstract.model_folder.store import DEFAULT_FOLDER


def drive(answer, run):
    """What `run(address)` gives while a server answers each POST with `answer(papers)`."""

    async def both():
        async def handle(request):
            return answer((await request.json())["papers"])

        app = web.Application()
        app.router.add_post("/tag", handle)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = site._server.sockets[0].getsockname()[1]
        try:
            return await run(f"127.0.0.1:{port}")
        finally:
            await runner.cleanup()

    return asyncio.run(both())


def plain(fault=lambda answer: None) -> Call:
    return Call("/tag", b'{"papers": [1]}', 1, fault)


def test_arrivals_are_a_poisson_process_with_a_seed():
    times = arrivals(50, 40, seed=3)
    assert times == sorted(times) == arrivals(50, 40, seed=3) != arrivals(50, 40, seed=4)
    assert len(times) == pytest.approx(2000, abs=150)
    assert max(times) < 40


def test_a_stall_is_in_every_call_that_was_meant_to_begin_in_it():
    stalled = []

    def answer(papers):
        if not stalled:
            stalled.append(time.sleep(0.4))  # nobody, the generator too, gets on meanwhile
        return web.json_response([])

    times = [0.01 * number for number in range(80)]
    outcomes = drive(answer, lambda address: open_loop(address, in_turn([plain()]), times))
    one = figures(outcomes, 100, 0.8)
    assert (one.sent, one.accepted, one.errors) == (80, 80, 0)
    # Of 0.8 s half was a stall: half of the calls bear a part of it, and the first all of it.
    assert sum(outcome.seconds > 0.1 for outcome in outcomes) >= 25
    assert one.p99 > 350
    assert one.lag > 300


def test_refusals_errors_and_wrong_answers_are_told_apart():
    statuses = iter([200, 429, 500, 503, 200, 404])

    def answer(papers):
        return web.json_response({"error": "x"}, status=next(statuses))

    def right_once(answer, seen=[]):  # noqa: B006
        seen.append(answer)
        return None if len(seen) == 1 else "the second answer is wrong"

    times = [0.02 * number for number in range(6)]
    outcomes = drive(
        answer, lambda address: open_loop(address, in_turn([plain(right_once)]), times)
    )
    one = figures(outcomes, 50, 0.2, memory=5)
    assert (one.sent, one.accepted, one.refused, one.errors, one.wrong) == (6, 2, 2, 2, 1)
    assert one.error_share == pytest.approx(1 / 3)
    assert not one.in_time


def test_no_answer_in_time_is_an_error():
    async def run(address):
        return await open_loop("127.0.0.1:9", in_turn([plain()]), [0.0], timeout=0.5)

    [outcome] = drive(lambda papers: None, run)
    assert (outcome.status, outcome.accepted, outcome.refused) == (0, False, False)
    assert "Connect" in outcome.fault


def test_closed_loop_keeps_as_many_calls_as_callers():
    async def run(address):
        return await closed_loop(address, in_turn([plain()]), connections=3, seconds=0.2)

    outcomes = drive(lambda papers: web.json_response(papers), run)
    assert len(outcomes) > 20
    assert {outcome.status for outcome in outcomes} == {200}


def test_a_wrong_missing_or_misplaced_answer_is_seen(starter):
    keys = ("id", "title", "abstract")
    reference = Reference([*({k: one[k] for k in keys} for one in starter[:3]), {"abstract": " "}])
    tag = reference.add(DEFAULT_FOLDER)
    call = reference.call([0, 1, 3])
    right = reference._right[tag]

    def fault(change):
        answer = json.loads(json.dumps([right[0], right[1], right[3]]))
        change(answer)
        return call.fault(answer)

    assert call.papers == 3
    assert fault(lambda answer: None) is None
    assert "2 answers to 3" in fault(lambda answer: answer.pop())
    assert "id" in fault(lambda answer: answer.reverse())
    assert "tags" in fault(lambda answer: answer[0]["tags"].clear())
    assert "0.123" in fault(lambda answer: answer[0]["tags"][0].update(probability=0.123))
    assert "2 models" in fault(lambda answer: answer[1].update(model="other:1"))
    assert "none of" in fault(lambda answer: [one.update(model="other:1") for one in answer])
    assert "no list" in call.fault({"error": "x"})


def test_quantiles_are_values_that_were_seen():
    assert quantile([], 0.5) is None
    assert quantile([3.0], 0.99) == 3.0
    assert [quantile(range(1, 101), share) for share in (0.5, 0.95, 0.99)] == [50, 95, 99]


def test_the_page_gets_its_table_and_plot(tmp_path):
    def at(rate, p99):
        return Figures(rate, 10, 10, 0, 0, 0, 5, 6, p99, None, rate, 250, 1)

    results = {
        "Tagstract": Result(Capacity(60, 62, 0), [at(20, 80), at(50, 400)]),
        "a peer": Result(Capacity(20, 20, 0), [at(20, 900), at(50, 9000)]),
    }
    page = tmp_path / "service.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    write_between(page, document(results))
    text = page.read_text()
    assert "| Tagstract by a peer | 3.0 x | 3.1 x | 2.5 x |" in text
    assert "- Tagstract, 20 calls/s: p99 80 ms (goal: under 100)" in text
    assert "old" not in text
    assert text.startswith("before")
    assert text.endswith("after\n")
    picture = chart({name: result.rates for name, result in results.items()})
    assert picture.count("<path") > 10
    assert "a peer" in picture


def soaked(*events, **changes) -> Happened:
    async def never():
        raise AssertionError

    kinds = [Kind("one paper", 1, 1, frozenset({200, 429}), never)]
    looks = [Look(30 + 10 * number, 500.0, 2, 60.0) for number in range(10)]
    happened = Happened(kinds, {}, 120, 2, [Event("one paper", 1, 1.1, 200, None, "a:1"), *events])
    happened.looks = looks
    for name, value in changes.items():
        setattr(happened, name, value)
    return happened


@pytest.mark.parametrize(
    ("happened", "fault"),
    [
        (soaked(Event("one paper", 5, 6, 0, "reset")), "no answer (reset)"),
        (soaked(Event("one paper", 5, 6, 500)), "status 500"),
        (soaked(Event("one paper", 5, 6, 200, "tags")), "5.0 s: tags"),
        (soaked(promotions=[(20.0, "a:2")]), "a:2 was promoted and never answered"),
        (
            soaked(
                Event("one paper", 25, 26, 200, None, "a:2"),
                Event("one paper", 90, 91, 200, None, "a:1"),
                promotions=[(20.0, "a:2")],
            ),
            "a:1 answered at 91 s, after a:2",
        ),
        (soaked(kills=[60.0]), "did not come back"),
        (soaked(looks=[Look(30 + n * 10, 500 + 20 * n, 2, 60) for n in range(10)]), "memory grew"),
        (soaked(stored={"an abstract": ["robotics"]}), "1 corrections were answered as stored"),
        (soaked(log="Traceback (most recent call last)"), "traceback"),
        (soaked(looks=[Look(30, 500, 2, 60, 601.0)]), "a worker held 601 MB"),
        (soaked(beats=[Beat(at, 120.0) for at in range(50)]), "took 120 ms at the 99th"),
        (soaked(beats=[Beat(30.0, None)]), "/livez was not answered at 30.0 s"),
        (soaked(stop=21.0), "the stop was late"),
        (soaked(harm=["after a killed copy a:1 is not listed"]), "a:1 is not listed"),
    ],
)
def test_the_soak_fails_for_one_fault(happened, fault, capsys):
    assert verdict(happened) == 1
    [line] = [line for line in capsys.readouterr().out.splitlines() if line.startswith("FAILED")]
    assert fault in line


def test_the_soak_forgives_what_a_killed_worker_held(capsys):
    held = Event("one paper", 59.8, 60.0, 0, "reset")
    lost = Beat(60.1, None)
    assert verdict(soaked(held, kills=[60.0], back=[8.0], beats=[lost])) == 0
    assert "broken off by a killed worker 1" in capsys.readouterr().out
