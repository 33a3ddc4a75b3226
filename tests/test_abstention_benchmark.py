"""The benchmark of abstentions: our own texts, and held-out papers by field."""

import json

from benchmarks.abstention import main
from tagstract.labels.annotations import Annotations


def test_held_out_papers_stand_apart_by_field_and_by_whether_they_have_areas(tmp_path, capsys):
    annotations = Annotations.read()
    held = [id for id, draw in annotations.draws.items() if draw == "held_out"]
    foreign = [id for id in held if not annotations.labels[id]][:2]
    inside = next(id for id in held if annotations.labels[id])
    learned = next(id for id, draw in annotations.draws.items() if draw == "careful")
    stars = "We report radial velocities of 31 red giants in a globular cluster, observed " * 3
    vision = "We train a network to segment organs in images from computed tomography, and " * 3
    records = [
        {"id": foreign[0], "abstract": stars, "categories": ["astro-ph.SR", "astro-ph.GA"]},
        {"id": foreign[1], "abstract": f"{stars} Twice.", "categories": "astro-ph.GA"},
        {"id": inside, "abstract": vision, "categories": ["cs.CV"]},
        {"id": learned, "abstract": f"{vision} Twice.", "categories": ["cs.CV"]},
    ]
    papers = tmp_path / "papers.jsonl"
    papers.write_text("".join(json.dumps(record) + "\n" for record in records))
    assert main(["--papers", str(papers)]) == 0
    lines = capsys.readouterr().out.splitlines()
    by_name = {line[:34].strip(): line[34:].split() for line in lines[2:]}
    assert by_name["no areas: astronomy"][:2] == ["2", "1.000"]
    assert by_name["areas: computing"][:2] == ["1", "0.000"]
    assert list(by_name)[-1] == "areas: computing"
    for kind in ("medicine", "economics", "databases", "withdrawn", "prose"):
        assert float(by_name[f"own text: {kind}"][1]) > 0.7
