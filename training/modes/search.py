"""Which settings of the fine-tuning suit these papers: a search under a time budget.

Optuna's tree-structured Parzen estimator (Akiba et al. 2019, "Optuna: a next-generation
hyperparameter optimization framework") proposes; average precision on the held-out papers judges.
The recipe as it stands is tried first, so the search never ends with a worse one. What was tried is
kept in a journal beside the checkpoints: a search that is called again goes on.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagstract.labels import InputError
from tagstract.labels.extras import need
from tagstract.training.data.cache import cache_folder
from tagstract.training.modes.full import FineTuning, fine_tune, run_key
from tagstract.training.transformer.base import resolve_base
from tagstract.training.transformer.recipe import Recipe

if TYPE_CHECKING:
    from optuna import Study, Trial

Log = Callable[[str], None]

SETTINGS = ("encoder_rate", "head_rate", "layer_decay", "dropout", "batch", "epochs")
"""What is searched."""


@dataclass(frozen=True)
class Searched:
    """The best recipe, its average precision on the held-out papers, and how many were tried."""

    recipe: Recipe
    score: float
    tried: int


class _OutOfTimeError(Exception):
    """The budget ran out within a trial."""


def search(tuning: FineTuning, minutes: float, log: Log) -> Searched:
    """Try recipes for so many minutes, in this call; those of earlier calls count too.

    At least one recipe is tried to its end. The checkpoints of the best one stay, so a training
    with it has nothing left to do.

    Raises:
        MissingExtra: Optuna is not installed.
        InputError: as `fine_tune`.
    """
    need("search")
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    tuning.recipe.split(tuning.data)  # refuses what no recipe could mend
    study = _study(tuning)
    _take_up(study, tuning.recipe)
    deadline = time.monotonic() + 60 * minutes

    def watch() -> None:
        if _done(study) and time.monotonic() > deadline:
            raise _OutOfTimeError

    def objective(trial: Trial) -> float:
        recipe = proposed(trial, tuning.recipe)
        log(f"recipe {trial.number + 1}: {_difference(recipe, tuning.recipe)}")
        trial_tuning = replace(tuning, recipe=recipe)
        try:
            trained, checkpoints = fine_tune(trial_tuning, log, watch)
        except InputError as error:  # a rate at which the weights run away
            log(str(error))
            raise optuna.TrialPruned from error
        score = max(float(epoch["score"]) for epoch in trained.facts.epochs)
        trial.set_user_attr("checkpoints", str(checkpoints))
        return score

    while not _done(study) or time.monotonic() < deadline:
        try:
            study.optimize(objective, n_trials=1)
        except _OutOfTimeError:
            log("the time is up; this recipe goes on where it stands if you call again")
            break
        _clean(study)
    best = study.best_trial
    log(
        f"best of {_done(study)} recipes: average precision {best.value:.4f} on the held-out "
        f"papers, {_difference(_recipe_of(best.params, tuning.recipe), tuning.recipe)}"
    )
    return Searched(_recipe_of(best.params, tuning.recipe), float(best.value or 0.0), _done(study))


def proposed(trial: Trial, recipe: Recipe) -> Recipe:
    """A recipe with the settings that matter most drawn anew."""
    settings = {
        "encoder_rate": trial.suggest_float("encoder_rate", 3e-5, 1e-3, log=True),
        "head_rate": trial.suggest_float("head_rate", 5e-4, 2e-2, log=True),
        "layer_decay": trial.suggest_float("layer_decay", 0.7, 1.0),
        "dropout": trial.suggest_float("dropout", 0.0, 0.5),
        "batch": trial.suggest_categorical("batch", sorted({8, 16, 32, recipe.batch})),
        "epochs": trial.suggest_int("epochs", 2, 10),
    }
    return _recipe_of(settings, recipe)


def _recipe_of(settings: dict[str, Any], recipe: Recipe) -> Recipe:
    return replace(recipe, **settings)


def _study(tuning: FineTuning) -> Study:
    """The study of these papers, areas and base, from its journal."""
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    key = run_key(tuning, resolve_base(tuning.base), [])
    folder = cache_folder() / "searches"
    folder.mkdir(parents=True, exist_ok=True)
    return optuna.create_study(
        storage=JournalStorage(JournalFileBackend(str(folder / f"{key}.journal"))),
        study_name=key,
        direction="maximize",
        load_if_exists=True,
        sampler=optuna.samplers.TPESampler(seed=tuning.recipe.seed),
    )


def _take_up(study: Study, recipe: Recipe) -> None:
    """Try the recipe as it stands first, and what a stopped call had begun next: from its
    checkpoint."""
    from optuna.trial import TrialState

    if not study.trials:
        study.enqueue_trial({name: getattr(recipe, name) for name in SETTINGS})
    for trial in study.get_trials(states=(TrialState.RUNNING,)):
        study.tell(trial.number, state=TrialState.FAIL)
        study.enqueue_trial(trial.params, skip_if_exists=False)


def _done(study: Study) -> int:
    from optuna.trial import TrialState

    return len(study.get_trials(states=(TrialState.COMPLETE,)))


def _clean(study: Study) -> None:
    """Remove the checkpoints of all but the best."""
    for trial in study.trials:
        folder = trial.user_attrs.get("checkpoints")
        if folder and trial.number != study.best_trial.number:
            shutil.rmtree(Path(folder), ignore_errors=True)


def _difference(recipe: Recipe, other: Recipe) -> str:
    """The settings that differ, as text."""
    changed = [
        f"{name}={value:.3g}"
        for name, value in vars(recipe).items()
        if value != getattr(other, name)
    ]
    return ", ".join(changed) or "the settings as they stand"
