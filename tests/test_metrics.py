"""Figures and their intervals against scikit-learn and against plain, slow resampling."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, f1_score, precision_score, recall_score

from tagstract.training.evaluation.bootstrap import (
    FIGURES,
    area_intervals,
    draw,
    intervals,
    paired,
    weighted,
    weights,
)
from tagstract.training.evaluation.measures import (
    BINS,
    Scores,
    calibration_error,
    measure,
    reliability,
)

AREAS = ("a", "b", "c", "d", "e", "f")


def scored(seed: int = 0, papers: int = 40, noise: float = 1.0) -> Scores:
    """Scores of six areas: `d` is in no paper, `e` in no paper but given, `f` in every paper."""
    random = np.random.default_rng(seed)
    truth = np.random.default_rng(1).random((papers, 6)) < [0.4, 0.2, 0.05, 0, 0, 1]
    logits = 3 * truth - 2 + noise * random.normal(size=truth.shape)
    logits[:, 3] = -9
    logits[0, 4] = 2
    # Rounded, so that papers tie.
    return Scores.at(np.round(1 / (1 + np.exp(-logits)), 1), np.full(6, 0.5), truth)


def test_figures_are_those_of_scikit_learn():
    scores = scored()
    metrics = measure(scores, AREAS)
    by_hand = {"y_true": scores.truth, "y_pred": scores.given, "zero_division": np.nan}
    assert metrics.micro_f1 == pytest.approx(f1_score(**by_hand, average="micro"))
    assert metrics.macro_f1 == pytest.approx(f1_score(**by_hand, average="macro"))
    for name, sklearn_score in (("precision", precision_score), ("recall", recall_score)):
        wanted = sklearn_score(**{**by_hand, "zero_division": 0}, average=None)
        ours = [getattr(metrics.per_area[area], name) for area in AREAS]
        np.testing.assert_allclose(ours, wanted)
    known = scores.truth.any(0)
    assert metrics.average_precision == pytest.approx(
        average_precision_score(scores.truth[:, known], scores.probabilities[:, known])
    )
    assert [metrics.per_area[area].average_precision is None for area in AREAS] == list(~known)
    assert metrics.per_area["f"].support == metrics.n == 40
    right = [scores.truth[i, np.argmax(row)] for i, row in enumerate(scores.probabilities)]
    assert metrics.precision_at_1 == pytest.approx(np.mean(right))
    assert metrics.coverage == pytest.approx(np.mean([row.any() for row in scores.given]))


def test_a_tag_is_given_from_its_threshold_on():
    scores = Scores.at(np.array([[0.3, 0.3]]), np.array([0.3, 0.31]), np.array([[True, False]]))
    assert scores.given.tolist() == [[True, False]]


def test_calibration_error_is_that_of_a_loop_over_bins():
    scores = scored(papers=400)

    def by_hand(probabilities, truth):
        total = 0.0
        for place in range(BINS):
            inside = (probabilities > place / BINS) & (probabilities <= (place + 1) / BINS)
            inside |= (place == 0) & (probabilities == 0)
            if inside.any():
                total += inside.sum() * abs(probabilities[inside].mean() - truth[inside].mean())
        return total / probabilities.size

    metrics = measure(scores, AREAS)
    assert metrics.ece == pytest.approx(by_hand(scores.probabilities, scores.truth))
    tags = scores.given
    assert metrics.ece_tags == pytest.approx(
        by_hand(scores.probabilities[tags], scores.truth[tags])
    )


def test_calibration_of_tags_sees_what_all_pairs_hide():
    """100 papers, 10 areas; the one tag of each is given at 0.78 but right in half of them."""
    probabilities = np.full((100, 10), 0.0)
    probabilities[:, 0] = 0.78
    truth = np.zeros((100, 10), dtype=bool)
    truth[::2, 0] = True
    metrics = measure(Scores.at(probabilities, np.full(10, 0.5), truth), tuple("abcdefghij"))
    assert (metrics.ece, metrics.ece_tags) == (pytest.approx(0.028), pytest.approx(0.28))
    low, high = reliability(probabilities, truth)
    assert (low.count, low.accuracy, high.count) == (900, 0, 100)
    assert (high.confidence, high.accuracy) == (pytest.approx(0.78), pytest.approx(0.5))
    assert (high.low, high.high) == (pytest.approx(11 / 15), pytest.approx(12 / 15))


def test_a_weighted_row_is_the_figure_of_the_papers_it_drew():
    scores = scored()
    block = np.concatenate(list(weights(40, 25, seed=3)))
    fast = weighted(scores, block)
    for row, times in enumerate(block.astype(int)):
        drawn = np.repeat(np.arange(40), times)
        slow = measure(
            Scores(scores.probabilities[drawn], scores.given[drawn], scores.truth[drawn]), AREAS
        )
        for name in FIGURES:
            wanted = getattr(slow, name)
            wanted = np.nan if wanted is None else wanted
            assert fast[name][row] == pytest.approx(wanted, nan_ok=True), name


def test_papers_of_other_fields_count_by_having_no_tags_and_not_at_rank_one():
    probabilities = np.array([[0.9, 0.2], [0.8, 0.1], [0.3, 0.1]])
    truth = np.array([[True, False], [False, False], [False, False]])
    metrics = measure(Scores.at(probabilities, np.full(2, 0.5), truth), ("a", "b"))
    assert (metrics.precision_at_1, metrics.coverage, metrics.other_fields) == (1.0, 1.0, 0.5)


def test_intervals_are_those_of_a_plain_bootstrap():
    scores = scored()
    metrics, draws = measure(scores, AREAS), draw(scores, resamples=2000, seed=1)
    random = np.random.default_rng(2)
    f1, ece = [], []
    for _ in range(2000):
        rows = random.integers(0, 40, 40)
        truth, given = scores.truth[rows], scores.given[rows]
        f1.append(2 * (truth & given).sum() / (truth.sum() + given.sum()))
        ece.append(calibration_error(scores.probabilities[rows], truth))
    for name, plain in (("micro_f1", f1), ("ece", ece)):
        low, high = 2 * getattr(metrics, name) - np.quantile(plain, [0.975, 0.025])
        interval = intervals(draws, metrics)[name]
        assert (interval.low, interval.high) == pytest.approx((max(low, 0), high), abs=0.01)


def test_an_area_is_unsure_also_where_all_its_papers_are_right():
    truth = np.array([[1, 1, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], dtype=bool)
    given = np.array([[1, 0, 0], [1, 1, 0], [1, 1, 0], [0, 1, 0]], dtype=bool)
    found = area_intervals(Scores(given * 1.0, given, truth), ("a", "b", "c"))
    assert found["c"] is None
    # 3 of 3 papers right: Wilson's interval of the share is 0.4385 to 1.
    assert (found["a"].low, found["a"].high) == pytest.approx((0.6097, 1), abs=1e-4)
    assert 0 < found["b"].low < f1_score(truth[:, 1], given[:, 1]) < found["b"].high < 1


def test_the_same_seed_draws_the_same_papers_and_pairs_two_models():
    good, bad = scored(noise=0.5), scored(seed=5, noise=2.0)
    ours, theirs = ((measure(s, AREAS), draw(s, 500, seed=4)) for s in (good, bad))
    again = draw(good, 500, seed=4)
    np.testing.assert_array_equal(ours[1]["ece"], again["ece"])
    difference = paired(ours, theirs)["micro_f1"]
    assert difference.difference == ours[0].micro_f1 - theirs[0].micro_f1
    assert 0 < difference.low < difference.difference < difference.high
    itself = paired(ours, ours)["average_precision"]
    assert (itself.difference, itself.low, itself.high) == (0, 0, 0)


def test_a_model_that_gives_no_tag_has_no_calibration_of_tags():
    scores = scored()
    silent = Scores.at(scores.probabilities, np.full(6, 1.1), scores.truth)
    metrics, draws = measure(silent, AREAS), draw(silent, 50)
    assert (metrics.ece_tags, metrics.micro_f1, metrics.coverage) == (None, 0, 0)
    assert intervals(draws, metrics)["ece_tags"] is None
    assert paired((metrics, draws), (metrics, draws))["ece_tags"] is None


def test_no_papers_are_nothing_to_measure():
    with pytest.raises(ValueError, match="nothing to measure"):
        measure(Scores.at(np.zeros((0, 2)), np.zeros(2), np.zeros((0, 2), dtype=bool)), ("a", "b"))
