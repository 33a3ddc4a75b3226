"""Fit the stages of a cascade on held-out papers: mix, calibration, and when each is sure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from tagstract.labels.speed import Speed
from tagstract.model_folder.cascade.cascade import Stage
from tagstract.model_folder.cascade.certainty import expected_loss, signs
from tagstract.model_folder.scale import sigmoid
from tagstract.training.heads.calibration import fit_scale

Floats = NDArray[np.float64]
Truth = NDArray[np.bool_]

FOLDS = 5
RIDGE = 3.0
"""Of the certainty's weights; the signs are scaled to unit variance first."""

SHARES = np.linspace(0.0, 1.0, 51)
"""Shares of papers that a stage may answer, among which the cheapest are chosen."""


@dataclass(frozen=True)
class HeldOutLogits:
    """What every stage says of the same held-out papers, (papers, areas) each.

    lexical: of the lexical head. full: of the full model, both heads mixed. in_scope: (papers,),
    whether it finds a paper in scope; where it does not, it gives no tags.
    """

    bag: Floats
    lexical: Floats
    small: Floats
    full: Floats
    in_scope: NDArray[np.bool_]
    truth: Truth

    def pick(self, rows: NDArray[np.bool_]) -> HeldOutLogits:
        """These papers alone."""
        return HeldOutLogits(
            self.bag[rows],
            self.lexical[rows],
            self.small[rows],
            self.full[rows],
            self.in_scope[rows],
            self.truth[rows],
        )

    @property
    def inputs(self) -> tuple[list[Floats], list[Floats]]:
        """The logits that each of the two stages mixes."""
        first = [self.bag, self.lexical]
        return first, [*first, self.small]


@dataclass(frozen=True)
class Target:
    """What a speed may lose, and what the stages cost.

    loss: micro-F1 that may be lost to the full model, 0.005 for half a point.
    costs: of the three stages, seconds per paper or in any other unit.
    """

    loss: float
    costs: tuple[float, float, float]


def fit_stages(
    held: HeldOutLogits, thresholds: Floats, targets: dict[Speed, Target], seed: int
) -> tuple[Stage, Stage]:
    """The two stages before the full model.

    The limits are set on probabilities that are crossed: each fifth of the papers by stages, and by
    a full model to compare with, that were calibrated on the other four.

    Args:
        thresholds: (areas,), of the full model; all stages use them.
    """
    first, second = _fit(held, thresholds)
    crossed = _crossed(held, thresholds, seed)
    limits = {speed: cheapest_limits(crossed, held.truth, one) for speed, one in targets.items()}
    return (
        replace(first, limits={speed: pair[0] for speed, pair in limits.items()}),
        replace(second, limits={speed: pair[1] for speed, pair in limits.items()}),
    )


def micro_f1(given: Truth, truth: Truth) -> float:
    """Over all pairs of papers and areas."""
    return float(2 * (given & truth).sum() / max(1, given.sum() + truth.sum()))


def gain(given: Truth, truth: Truth) -> tuple[Floats, Floats]:
    """True positives and given tags of each paper: micro-F1 is made of their sums."""
    return (given & truth).sum(1).astype(np.float64), given.sum(1).astype(np.float64)


def _fit(held: HeldOutLogits, thresholds: Floats) -> tuple[Stage, Stage]:
    first, second = (fit_stage(logits, held.truth) for logits in held.inputs)
    early = first.probabilities(*held.inputs[0])
    middle = second.probabilities(*held.inputs[1])
    alone = fit_stage([held.full], held.truth).probabilities(held.full)
    final = alone * held.in_scope[:, None]
    return (
        replace(first, certainty=fit_certainty(early, thresholds, final)),
        replace(second, certainty=fit_certainty(middle, thresholds, final, early)),
    )


def fit_stage(logits: Sequence[Floats], truth: Truth) -> Stage:
    """The mix of logits under which the truth is most probable, and its calibration by area."""
    stacked = np.stack([one.ravel() for one in logits])
    wanted = truth.ravel().astype(np.float64)

    def loss(place: Floats) -> tuple[float, Floats]:
        mixed = place[:-1] @ stacked + place[-1]
        value = np.logaddexp(0, mixed) - wanted * mixed
        slope = (sigmoid(mixed) - wanted) / len(wanted)
        return float(value.mean()), np.append(stacked @ slope, slope.sum())

    start = np.append(np.full(len(logits), 1 / len(logits)), 0.0)
    bounds = [(0.0, None)] * len(logits) + [(None, None)]
    mix = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B").x[:-1]
    mixed = np.asarray(sum(weight * one for weight, one in zip(mix, logits, strict=True)))
    scale = fit_scale(mixed, truth)
    return Stage(mix, scale.slope, scale.offset, np.zeros(0), dict.fromkeys(Speed, 0.0))


def fit_certainty(
    probabilities: Floats, thresholds: Floats, final: Floats, before: Floats | None = None
) -> Floats:
    """Weights of the expected loss, by ridge regression.

    The loss of a paper is how far the full model's probability lies beyond the threshold, summed
    over the areas that it decides otherwise than the stage. Truth itself would be noisier: most
    papers on which both err alike tell nothing.

    Args:
        final: probabilities of the full model, (papers, areas).
        before: probabilities of the stage before.
    """
    other = (probabilities >= thresholds) != (final >= thresholds)
    lost = (np.abs(final - thresholds) * other).sum(1)
    features = signs(probabilities, thresholds, before)
    spread = features.std(0) + 1e-9
    scaled = features / spread
    hold = RIDGE * np.eye(scaled.shape[1])
    return np.asarray(np.linalg.solve(scaled.T @ scaled + hold, scaled.T @ lost) / spread)


@dataclass(frozen=True)
class Crossed:
    """The gains of the two stages and of the full model, and the expected losses of the stages."""

    gains: tuple[tuple[Floats, Floats], tuple[Floats, Floats], tuple[Floats, Floats]]
    losses: tuple[Floats, Floats]


def _crossed(held: HeldOutLogits, thresholds: Floats, seed: int) -> Crossed:
    papers = len(held.truth)
    fold = np.random.default_rng(seed).permutation(papers) % FOLDS
    probabilities = np.zeros((3, *held.truth.shape))
    losses = np.zeros((2, papers))
    for number in range(FOLDS):
        here = fold == number
        kept, part = held.pick(~here), held.pick(here)
        first, second = _fit(kept, thresholds)
        early, middle = (
            stage.probabilities(*logits)
            for stage, logits in zip((first, second), part.inputs, strict=True)
        )
        full = fit_stage([kept.full], kept.truth).probabilities(part.full)
        probabilities[:, here] = early, middle, full
        losses[0, here] = expected_loss(first.certainty, early, thresholds)
        losses[1, here] = expected_loss(second.certainty, middle, thresholds, early)
    given = probabilities >= thresholds
    given[2] &= held.in_scope[:, None]
    first_gain, second_gain, full_gain = (gain(one, held.truth) for one in given)
    return Crossed((first_gain, second_gain, full_gain), (losses[0], losses[1]))


def cheapest_limits(crossed: Crossed, truth: Truth, target: Target) -> tuple[float, float]:
    """The pair of limits of least cost whose loss of micro-F1 stays within the target."""
    pairs = truth.sum()
    right, given = crossed.gains[2]
    f1 = 2 * right.sum() / (given.sum() + pairs)
    best, cheapest = (-np.inf, -np.inf), np.inf
    cost_bag, cost_small, cost_full = target.costs
    choices = [np.append(np.quantile(losses, SHARES), -np.inf) for losses in crossed.losses]
    for first in choices[0]:
        passed = crossed.losses[0] > first
        for second in choices[1]:
            passed_on = passed & (crossed.losses[1] > second)
            cost = cost_bag + cost_small * passed.mean() + cost_full * passed_on.mean()
            if cost >= cheapest:
                continue
            right, given = (
                np.where(passed_on, last, np.where(passed, middle, early)).sum()
                for early, middle, last in zip(*crossed.gains, strict=True)
            )
            if f1 - 2 * right / (given + pairs) <= target.loss:
                best, cheapest = (float(first), float(second)), float(cost)
    return best
