"""`--engine ray` on a local cluster: slow to start, so it runs only where it is asked for."""

from __future__ import annotations

import json
import os

import pytest

from tagstract.cli.main import main
from tagstract.serving.batch.ray_engine import _free_cores


def test_every_machine_keeps_a_core_free():
    nodes = [
        {"Alive": True, "Resources": {"CPU": 8.0}},
        {"Alive": True, "Resources": {"CPU": 1.0}},
        {"Alive": False, "Resources": {"CPU": 64.0}},
        {"Alive": True, "Resources": {}},
    ]
    assert _free_cores(nodes) == 7
    assert _free_cores(nodes[1:2]) == 1


@pytest.mark.skipif(
    "TAGSTRACT_TEST_RAY" not in os.environ,
    reason="a Ray cluster takes a minute to start: set TAGSTRACT_TEST_RAY to run it",
)
@pytest.mark.filterwarnings("default")
def test_a_cluster_gives_what_one_process_gives(tmp_path, starter):
    ray = pytest.importorskip("ray")
    feed = tmp_path / "feed.jsonl"
    records = [*starter[:150], starter[0]]
    feed.write_text("".join(json.dumps(record) + "\n" for record in records))
    one, other = tmp_path / "one.jsonl", tmp_path / "ray.jsonl"
    assert main(["tag", str(feed), "-o", str(one), "--top", "2"]) == 0
    assert main(["tag", str(feed), "-o", str(other), "--top", "2", "--engine", "ray"]) == 0
    ray.shutdown()
    assert other.read_bytes() == one.read_bytes()
