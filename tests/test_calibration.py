"""Calibration, thresholds and the held-out part."""

from types import SimpleNamespace

import numpy as np
import pytest

from tagstract.model_folder.scale import Scale, sigmoid
from tagstract.training.data.heldout import split_rows
from tagstract.training.evaluation.measures import calibration_error
from tagstract.training.heads.calibration import fit_mix, fit_scale
from tagstract.training.heads.combined import Calibration, HeldOut
from tagstract.training.heads.linear import fit_move, row_features, to_weights
from tagstract.training.heads.tfidf import fit_lexical
from tagstract.training.modes.frozen_encoder import _calibration


def test_probabilities_that_are_twice_too_sure_are_mended():
    random = np.random.default_rng(0)
    logits = random.normal(-2, 1.5, size=(2000, 6))
    truth = random.random(logits.shape) < sigmoid(logits)
    scale = fit_scale(2 * logits + 1, truth)
    np.testing.assert_allclose(scale.slope, 0.5, atol=0.08)
    mended = scale.probabilities(2 * logits + 1)
    assert calibration_error(mended, truth) < 0.01 < calibration_error(sigmoid(2 * logits), truth)


def test_a_paper_without_an_area_gets_its_most_probable_one_from_the_floor_on():
    scale = Scale(np.ones(3), np.zeros(3), np.full(3, 0.5), floor=0.3)
    probabilities = np.array([[0.4, 0.35, 0.1], [0.2, 0.1, 0.0], [0.6, 0.45, 0.1]])
    assert scale.given(probabilities).tolist() == [
        [True, False, False],
        [False, False, False],
        [True, False, False],
    ]
    assert scale.given(probabilities[0]).tolist() == [True, False, False]
    assert Scale.from_dict(scale.as_dict()).floor == 0.3


def test_a_rare_area_leans_on_the_others():
    random = np.random.default_rng(1)
    logits = random.normal(-2, 1.5, size=(300, 5))
    truth = random.random(logits.shape) < sigmoid(logits)
    truth[:, 4] = False
    truth[int(np.argmin(logits[:, 4])), 4] = True  # one paper, and a misleading one
    scale = fit_scale(logits, truth)
    assert scale.slope[4] >= 0
    assert abs(scale.thresholds[4] - scale.thresholds[:4].mean()) < 0.15


def test_a_logit_that_misleads_leaves_the_odds():
    random = np.random.default_rng(5)
    logits = random.normal(-2, 1.5, size=(4000, 3))
    truth = random.random(logits.shape) < sigmoid(-logits - 4)
    scale = fit_scale(logits, truth)
    np.testing.assert_array_equal(scale.slope, 0)
    np.testing.assert_allclose(scale.probabilities(logits)[0], truth.mean(0), atol=0.01)


@pytest.mark.parametrize(("slope", "kept"), [(1.0, True), (0.4, False)])
def test_an_old_calibration_is_replaced_where_a_new_one_suits_better(slope, kept):
    random = np.random.default_rng(6)
    logits = random.normal(-2, 1.5, size=(300, 4))
    unseen = HeldOut(logits, logits, random.random(logits.shape) < sigmoid(logits))
    scale = Scale(np.full(4, slope), np.zeros(4), np.full(4, 0.4))
    prior = SimpleNamespace(calibration=Calibration(0.5, scale, scale))
    model, said = SimpleNamespace(tag="old:1"), []
    found, metrics = _calibration(model, prior, unseen, tuple("abcd"), 0, said.append)
    assert (found is prior.calibration) == kept == bool(said)
    assert ("as old:1" in metrics["how"]) == kept
    assert metrics["model"]["ece"] < 0.03


def test_the_head_that_knows_more_gets_the_larger_share():
    random = np.random.default_rng(2)
    clean = random.normal(-1, 2, size=(800, 4))
    truth = random.random(clean.shape) < sigmoid(clean)
    noise = random.normal(size=clean.shape)
    assert fit_mix(clean, noise, truth) > 0.8
    assert fit_mix(noise, clean, truth) < 0.2


def test_every_area_of_two_papers_is_on_both_sides():
    random = np.random.default_rng(3)
    targets = (random.random((400, 20)) < 0.05).astype(np.float32)
    targets[:, 19] = 0
    targets[:2, 19] = 1
    rows, held = split_rows(targets, 0.15, seed=0)
    assert sorted([*rows, *held]) == list(range(400))
    assert abs(len(held) - 60) <= 6
    both = np.minimum(targets[rows].sum(0), targets[held].sum(0))
    assert (both[targets.sum(0) >= 2] >= 1).all()
    assert [list(part) for part in split_rows(targets, 0.15, seed=0)] == [list(rows), list(held)]


def test_areas_of_one_paper_each_leave_nothing_to_hold_out():
    rows, held = split_rows(np.eye(30, dtype=np.float32), 0.15, seed=0)
    assert (len(rows), len(held)) == (30, 0)


def test_a_lexical_head_without_shared_terms_keeps_the_odds():
    """Sixty papers of a script without spaces: no two have a word in common."""
    texts = [chr(0x4E00 + place) * 9 for place in range(60)]
    targets = np.zeros((60, 3), dtype=np.float32)
    targets[:15, 0] = 1
    targets[:, 1] = 1
    logits = fit_lexical(texts, targets).logits(texts[:2])
    np.testing.assert_allclose(sigmoid(logits), [[0.25, 0.993, 0.007]] * 2, atol=1e-3)


def test_fitting_along_the_papers_is_fitting_along_the_terms():
    from scipy import sparse

    random = np.random.default_rng(4)
    dense = np.abs(random.normal(size=(30, 80))) * (random.random((30, 80)) < 0.2)
    targets = (random.random((30, 3)) < 0.4).astype(np.float32)
    start = random.normal(size=(30, 3))
    direct = fit_move(dense, start, targets, 0.5, 0.0)
    matrix = sparse.csr_matrix(dense)
    rows = row_features(matrix)
    along = fit_move(rows, start, targets, 0.5, 0.0)
    np.testing.assert_allclose(
        dense @ to_weights(matrix, rows, along.weight), dense @ direct.weight, atol=0.02
    )
