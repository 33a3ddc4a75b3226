"""`--engine ray` on local clusters: slow to start, so it runs only where it is asked for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tagstract.cli.main import main
from tagstract.serving.batch.ray_engine import _free_cores

SLOW = pytest.mark.skipif(
    "TAGSTRACT_TEST_RAY" not in os.environ,
    reason="a Ray cluster takes a minute to start: set TAGSTRACT_TEST_RAY to run it",
)


def written(path: Path, records: list[dict]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def test_every_machine_keeps_a_core_free():
    nodes = [
        {"Alive": True, "Resources": {"CPU": 8.0}},
        {"Alive": True, "Resources": {"CPU": 1.0}},
        {"Alive": False, "Resources": {"CPU": 64.0}},
        {"Alive": True, "Resources": {}},
    ]
    assert _free_cores(nodes) == 7
    assert _free_cores(nodes[1:2]) == 1


@SLOW
@pytest.mark.filterwarnings("default")
def test_a_cluster_gives_what_one_process_gives(tmp_path, starter):
    ray = pytest.importorskip("ray")
    feed = written(tmp_path / "feed.jsonl", [*starter[:70], starter[0]])
    one, other = tmp_path / "one.jsonl", tmp_path / "ray.jsonl"
    assert main(["tag", str(feed), "-o", str(one), "--top", "2"]) == 0
    assert main(["tag", str(feed), "-o", str(other), "--top", "2", "--engine", "ray"]) == 0
    ray.shutdown()
    assert other.read_bytes() == one.read_bytes()


@SLOW
@pytest.mark.filterwarnings("default")
def test_a_machine_that_is_lost_in_the_middle_costs_no_paper(tmp_path, starter):
    cluster_utils = pytest.importorskip("ray.cluster_utils")
    papers = [
        {**paper, "id": f"{number}-{place}", "title": f"{paper['title']}, part {number}"}
        for number in range(4)
        for place, paper in enumerate(starter[:200])
    ]
    feed = written(tmp_path / "feed.jsonl", papers)
    one, other = tmp_path / "one.jsonl", tmp_path / "ray.jsonl"
    assert main(["tag", str(feed), "-o", str(one)]) == 0
    memory = {"object_store_memory": 256 << 20}
    cluster = cluster_utils.Cluster(
        initialize_head=True, head_node_args={"num_cpus": 2, "include_dashboard": False, **memory}
    )
    try:
        lost, _ = [cluster.add_node(num_cpus=2, **memory) for _ in range(2)]
        command = [sys.executable, "-m", "tagstract", "tag", str(feed), "-o", str(other)]
        process = subprocess.Popen(
            [*command, "--engine", "ray"], env={**os.environ, "RAY_ADDRESS": cluster.address}
        )
        journal = tmp_path / ".ray.jsonl.partial"
        while process.poll() is None and papers_in(journal) < len(papers) / 4:
            time.sleep(0.1)
        assert process.poll() is None, "done before a machine could be lost"
        cluster.remove_node(lost, allow_graceful=False)
        done = papers_in(journal)
        assert process.wait(timeout=900) == 0
    finally:
        cluster.shutdown()
    assert done < len(papers)
    assert other.read_bytes() == one.read_bytes()


def papers_in(journal: Path) -> int:
    """Papers that a run has stored so far."""
    return max(journal.read_bytes().count(b"\n") - 1, 0) if journal.exists() else 0
