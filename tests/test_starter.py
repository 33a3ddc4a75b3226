"""The starter labelled set: our own writing, every area, no two papers alike."""

import re
from collections import Counter

from tagstract.labels import STARTER_PATH, load_taxonomy, read_labelled


def test_it_has_six_papers_an_area_and_no_bad_record():
    taxonomy = load_taxonomy()
    starter = read_labelled([STARTER_PATH], taxonomy)
    assert starter.problems == []
    assert len(starter) >= 330
    counts = Counter(label for labels in starter.labels for label in labels)
    assert {area for area in taxonomy.ids if counts[area] < 6} == set()


def test_abstracts_have_80_to_180_words():
    starter = read_labelled([STARTER_PATH], load_taxonomy())
    assert all(80 <= len(paper["abstract"].split()) <= 180 for paper in starter.papers)


def test_no_two_papers_share_a_run_of_eight_words():
    starter = read_labelled([STARTER_PATH], load_taxonomy())
    owner: dict[tuple[str, ...], str] = {}
    for paper in starter.papers:
        words = re.findall(r"[a-z0-9]+", f"{paper['title']} | {paper['abstract']}".lower())
        for start in range(len(words) - 7):
            run = tuple(words[start : start + 8])
            assert owner.setdefault(run, paper["id"]) == paper["id"], run
