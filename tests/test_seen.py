"""Which papers a model knows, and with which labels."""

import numpy as np

from tagstract.model_folder import SeenPapers, paper_key

PAPERS = [{"abstract": "We prune a network."}, {"abstract": "We stack stones."}]
SEEN = SeenPapers.of(PAPERS, [["efficiency", "code"], []])


def test_a_paper_whose_labels_are_new_is_new():
    first, second = PAPERS
    assert len(SEEN) == 2 and paper_key(first) in SEEN and 7 not in SEEN
    assert SEEN.with_labels({"abstract": " we PRUNE a network. "}, ["code", "efficiency"])
    assert not SEEN.with_labels(first, ["code"])
    assert SEEN.with_labels(second, []) and not SEEN.with_labels(second, ["robotics"])
    assert not SEEN.with_labels({"abstract": "Another."}, [])


def test_of_an_older_model_only_the_papers_are_known(tmp_path):
    old = SeenPapers.from_arrays({"seen": SEEN.keys[::-1]})
    assert old.with_labels(PAPERS[0], ["whatever"])
    new = old.joined(SeenPapers.of(PAPERS[:1], [["code"]]))
    assert new.with_labels(PAPERS[0], ["code"]) and not new.with_labels(PAPERS[0], ["robotics"])
    assert new.with_labels(PAPERS[1], ["whatever"])
    np.savez(tmp_path / "a.npz", **new.arrays())
    with np.load(tmp_path / "a.npz") as arrays:
        again = SeenPapers.from_arrays(arrays)
    assert list(again) == list(new) and again.with_labels(PAPERS[0], ["code"])
