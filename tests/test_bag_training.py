"""The bag of word pieces learns from soft labels."""

import numpy as np
import pytest

from tagstract.model_folder.cascade.bag import Bag
from tagstract.training.distillation.bag import BagRecipe, train_bag
from tagstract.training.distillation.features import choose_pairs, choose_words
from tagstract.training.distillation.packed import Packed

VOCABULARY = 20
ONE_WAY, OTHER_WAY = [2, 5, 6, 3], [2, 6, 4, 5, 3]


@pytest.fixture(scope="module")
def packed() -> Packed:
    """200 papers of the same two words: their order tells the area. 2 and 3 are special tokens, 4
    is a function word. The last 10 are held out."""
    tokens = [ONE_WAY, OTHER_WAY] * 100
    targets = np.array([[0.9, 0.1], [0.1, 0.9]] * 100, np.float16)
    return Packed(
        flat=np.concatenate(tokens).astype(np.uint16),
        starts=np.concatenate([[0], np.cumsum([len(ids) for ids in tokens])]),
        targets=targets,
        weight=np.ones(200, np.float32),
        labelled=200,
        held_out=np.arange(200) >= 190,
        words=np.random.default_rng(0).normal(size=(VOCABULARY, 8)).astype(np.float32),
    )


@pytest.fixture(scope="module")
def content() -> np.ndarray:
    content = np.ones(VOCABULARY, bool)
    content[[2, 3, 4]] = False
    return content


def test_frequent_words_and_pairs_of_neighbours_are_chosen(packed, content):
    assert choose_words(packed, content).tolist() == [5, 6]
    assert choose_pairs(packed, content).tolist() == [5 * VOCABULARY + 6, 6 * VOCABULARY + 5]


def test_the_bag_learns_what_only_the_order_of_words_tells(packed, content, tmp_path):
    bag = train_bag(packed, content, recipe=BagRecipe(epochs=60, batch=50))
    np.savez(tmp_path / "bag.npz", **bag.arrays())
    with np.load(tmp_path / "bag.npz") as arrays:
        loaded = Bag.of(arrays)
    probabilities = 1 / (1 + np.exp(-loaded.logits([ONE_WAY, OTHER_WAY])))
    assert probabilities == pytest.approx(np.array([[0.9, 0.1], [0.1, 0.9]]), abs=0.1)
