"""`python -m benchmarks.scale`: the cost model, and the command on a small size."""

from __future__ import annotations

import json
import sys

import pytest

from benchmarks.scale import Cost, cost_of, main, workers_of


def test_the_model_gives_back_what_it_was_fitted_on():
    cost = cost_of([100, 300], [4.0, 8.0])
    assert cost == Cost(start=2.0, rate=50.0)
    assert cost.seconds(300, 1) == 8.0
    assert cost.seconds(300, 3) == 4.0
    assert cost_of([100, 300], [1.0, 5.0]).start == 0.0  # no run ends before it starts
    with pytest.raises(ValueError, match="300 papers took no longer than 100; give larger sizes"):
        cost_of([100, 300], [4.0, 4.0])


def test_ray_keeps_a_core_of_each_machine_free():
    assert workers_of("process", 16) == 16
    assert workers_of("ray", 16, 8) == 120
    assert workers_of("ray", 1, 8) == 8


@pytest.mark.skipif(sys.platform != "linux", reason="it binds runs to cores, which is Linux's")
def test_the_command_measures_and_plans(tmp_path, capsys, starter):
    feed = tmp_path / "feed.jsonl"
    feed.write_text("".join(json.dumps(record) + "\n" for record in starter[:380]))
    call = [str(feed), "--sizes", "2", "380", "--speed", "fast", "--papers", "1000"]
    assert main([*call, "--machines", "1", "3", "--cores", "4", "--price", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("One core: ")
    rows = [line.split(" | ")[0] for line in lines if " | process | " in line]
    assert rows == ["| 2", "| 380", "| 1"]
    assert "1,000 papers on machines of 4 cores:" in lines
    _, total, price = (float(cell.strip(" |")) for cell in lines[-1].split(" | ")[2:])
    assert price == pytest.approx(2 * total, abs=0.2)
    with pytest.raises(SystemExit):
        main([str(feed), "--sizes", "2", "390"])
    assert "has 380 papers, not 390" in capsys.readouterr().err
