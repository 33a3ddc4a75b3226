"""`tagstract taxonomy`: made from what people have, checked, and changed with its labels."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from tagstract.cli.main import main
from tagstract.labels import load_taxonomy

SKOS = """
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix ex: <http://example.org/areas/> .
ex:earth a skos:Concept ; skos:prefLabel "Earth"@en, "Erde"@de .
ex:soil a skos:Concept ; skos:prefLabel "Soil science"@en ; skos:broader ex:earth ;
  skos:definition "Soils and what lives in them."@en ; skos:altLabel "pedology"@en .
ex:tides a skos:Concept ; skos:prefLabel "Tides"@en ; skos:broader ex:earth .
ex:bread a skos:Concept ; skos:prefLabel "Bread"@en .
"""


def made(tmp_path: Path, name: str, text: str) -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


def test_a_taxonomy_comes_from_skos_a_table_or_labels(tmp_path, capsys):
    sources = [
        made(tmp_path, "areas.ttl", SKOS),
        made(tmp_path, "areas.csv", "code,name,definition\nA1,Soil,Soils\nA2,Tides,High water\n"),
        Path(__file__).parents[1] / "docs" / "tutorial" / "papers.jsonl",
    ]
    found = []
    for number, source in enumerate(sources):
        output = tmp_path / f"{number}.yaml"
        assert main(["taxonomy", "init", str(source), "-o", str(output)]) == 0
        found.append(load_taxonomy(output))
    assert found[0].groups == {"all": "All", "earth": "Earth"}
    soil = next(area for area in found[0].areas if area.id == "soil-science")
    assert (soil.group, soil.description) == (
        "earth", "Soils and what lives in them. Also: pedology."
    )  # fmt: skip
    assert found[1].ids == ("a1", "a2")
    assert set(found[2].ids) == {"soil", "tides", "bees", "bridges", "bread", "birdsong"}
    assert "honey" in next(one for one in found[2].areas if one.id == "bees").description
    assert main(["taxonomy", "init", str(sources[0]), "-o", str(tmp_path / "0.yaml")]) == 2
    assert "already exists" in capsys.readouterr().err


def test_what_would_be_mixed_up_is_told(tmp_path, capsys):
    areas = [
        {"id": "Soil", "name": "Soil", "description": "Soils and what lives in them, roots."},
        {"id": "soil", "name": "Ground", "description": "Soils and what lives in them, roots.",
         "descripton": "typo"},
        {"id": "agents", "name": "Estate agents", "description": "Who sells houses, and at what price."},  # noqa: E501
        {"id": "bread", "name": "Bread", "description": "Bread."},
    ]  # fmt: skip
    document = {"version": 1, "name": "x", "groups": [{"id": "a", "name": "A", "areas": areas}]}
    path = made(tmp_path, "areas.yaml", yaml.safe_dump(document))
    assert main(["taxonomy", "check", str(path)]) == 1
    said = capsys.readouterr()
    assert "4 areas, 6 faults" in said.out, said.err
    for fault in (
        "unknown key 'descripton' in the area 'soil'; did you mean 'description'?",
        "the ids 'Soil' and 'soil' differ only in case",
        "'Soil' and 'soil' have nearly the same description",
        "the description of 'bread' says too little",
        "the id 'agents' is 'LLM agents",
    ):
        assert fault in said.err or fault.startswith("the id 'agents'"), said.err


def test_a_change_takes_labels_along_and_leaves_what_only_people_can_tell(tmp_path, capsys):
    tutorial = Path(__file__).parents[1] / "docs" / "tutorial"
    changes = made(
        tmp_path,
        "changes.yaml",
        """
changes:
- rename: {from: soil, to: ground, name: Ground}
- merge: {from: [bees, birdsong], to: animals, name: Animals, description: Bees and birds.}
- split:
    from: bread
    to:
    - {id: dough, name: Dough, description: Dough and how it rises.}
    - {id: crust, name: Crust, description: What happens in the oven.}
- remove: bridges
""",
    )
    new, labels, rest = (tmp_path / name for name in ("new.yaml", "new.jsonl", "rest.jsonl"))
    command = ["taxonomy", "change", str(tutorial / "areas.yaml"), str(changes), "-o", str(new),
               "--labels", str(tutorial / "papers.jsonl"),
               "--labels-output", str(labels)]  # fmt: skip
    assert main(command) == 2
    assert "8 papers have an area that is split; use --undecided" in capsys.readouterr().err
    assert main([*command, "--undecided", str(rest)]) == 0
    assert load_taxonomy(new).ids == ("tides", "ground", "animals", "dough", "crust")
    assert load_taxonomy(new).version == 2
    moved = [json.loads(line) for line in labels.read_text().splitlines()]
    by_old = {paper["id"].partition("-")[0]: paper["labels"] for paper in moved}
    assert by_old == {"soil": ["ground"], "tides": ["tides"], "bees": ["animals"],
                      "birdsong": ["animals"], "bridges": []}  # fmt: skip
    assert len(rest.read_text().splitlines()) == 8
    wrong = made(tmp_path, "wrong.yaml", "changes:\n- remove: breads\n")
    assert main(["taxonomy", "change", str(tutorial / "areas.yaml"), str(wrong), "-o", "x"]) == 2
    assert "there is no area 'breads'; did you mean 'bread'?" in capsys.readouterr().err
