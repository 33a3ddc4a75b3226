"""What is in scope at all, and which threshold gives a precision."""

import json
from pathlib import Path

import numpy as np
import pytest
from running import answers_of

from tagstract.labels import OUT_OF_SCOPE_PATH, InputError
from tagstract.model_folder import Model
from tagstract.model_folder.scope import Scope
from tagstract.model_folder.store import DEFAULT_FOLDER
from tagstract.serving.operating_points import Asked
from tagstract.serving.tagger import Tagger
from tagstract.training.data.training_data import TrainingData
from tagstract.training.evaluation.measures import Scores
from tagstract.training.heads.combined import MIN_GIVEN, operating_points
from tagstract.training.heads.out_of_distribution import (
    MAX_LOST,
    MAX_LOST_TOGETHER,
    MIN_PAPERS,
    fit_scope,
    joined,
    learn_scope,
    widened,
)

BEECH = {
    "title": "Creep of Beech Glulam under Alternating Humidity",
    "abstract": "Twelve beams of glued laminated beech were loaded in bending for four years in an "
    "unheated barn. Deflection followed the seasons: each damp autumn added a tenth of a "
    "millimetre that the dry spring did not give back. Beams with phenolic adhesive crept less "
    "than those with melamine. A design factor of 0.6 for service class 2 covers what we saw.",
}


@pytest.fixture(scope="module")
def model():
    return Model.load(DEFAULT_FOLDER)


def clouds(papers: int, others: int, apart: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Two clouds of embeddings that hardly touch."""
    random = np.random.default_rng(0)
    return random.normal(apart, 1, (papers, 8)), random.normal(-apart, 1, (others, 8))


def test_other_fields_are_told_from_this_one_and_hardly_a_paper_is_lost():
    papers, others = clouds(2000, 400)
    scope, found = fit_scope(papers[:1000], others[:200], seed=0)
    assert found > 0.95
    assert (scope.logits(papers[1000:]) < 0).mean() <= 3 * MAX_LOST
    assert (scope.logits(others[200:]) < 0).mean() == pytest.approx(found, abs=0.05)


def papers_of(taxonomy, labels: list[list[str]]) -> TrainingData:
    """Papers that differ by their number alone."""
    papers = [{"title": "", "abstract": str(number)} for number in range(len(labels))]
    return TrainingData(papers, labels, taxonomy)


def test_a_scope_is_not_learned_from_too_few_papers_or_where_it_cannot_be_told(model):
    papers, others = clouds(MIN_PAPERS, 720, apart=0.0)
    data = papers_of(model.taxonomy, [["agents"]] * MIN_PAPERS)
    rows = np.arange(MIN_PAPERS)
    log, none = [], np.zeros((MIN_PAPERS, 55))
    embed = lambda texts: others[: len(texts)]  # noqa: E731
    assert learn_scope(embed, papers[1:], none[1:], data, rows[1:], 0, log.append) == (None, None)
    assert learn_scope(embed, papers, none, data, rows, 0, log.append) == (None, None)
    assert "199" in log[0] and "of other texts" in log[1]


def test_a_scope_is_learned_from_papers_without_areas_where_there_are_enough(model):
    inside, foreign = clouds(600, 400)
    data = papers_of(model.taxonomy, [["agents"]] * 600 + [[]] * 400)
    everything = np.concatenate([inside, foreign])
    held = np.concatenate([np.arange(400, 600), np.arange(800, 1000)])
    embed = lambda texts: everything[[int(text) for text in texts]]  # noqa: E731
    probabilities = np.random.default_rng(0).uniform(0, 0.4, (400, 55))
    probabilities[:200, 7] = 0.9
    scope, reached = learn_scope(embed, everything[held], probabilities, data, held, 0, print)
    assert reached["held_out_others"] == 200 and reached["others_found"] > 0.95
    assert reached["papers_lost"] <= 2 * MAX_LOST_TOGETHER
    assert (scope.logits(inside[400:]) < 0).mean() <= MAX_LOST


def test_what_the_heads_say_helps_to_tell_a_paper_of_another_field():
    random = np.random.default_rng(0)
    foreign = np.arange(1000) < 300
    logits = np.where(foreign, -1.0, 1.0) + random.normal(0, 1, 1000)
    probabilities = np.full((1000, 4), 0.02)
    probabilities[:, 0] = np.where(foreign, 0.3, 0.9).clip(0, 1)
    probabilities[random.random(1000) < 0.1, 0] = 0.5
    scope = Scope(np.ones(1, np.float32), 0.0)
    together, reached = joined(scope, logits, probabilities, foreign, seed=0)
    alone = logits < np.quantile(logits[~foreign], MAX_LOST_TOGETHER)
    assert reached["others_found"] > alone[foreign].mean() + 0.2
    kept = together.holds(logits[:, None], probabilities)
    assert (~kept[~foreign]).mean() <= MAX_LOST_TOGETHER + 0.005
    assert (~kept[foreign]).mean() == pytest.approx(reached["others_found"], abs=0.05)


@pytest.mark.parametrize("count", [1, 2, 8])
def test_papers_of_a_new_area_are_drawn_in(count):
    scope = Scope(np.ones(2, np.float32), 0.1)
    beyond = np.random.default_rng(count).normal(-2, 0.1, (count, 2))
    targets = np.ones((count, 1), np.float32)
    assert (scope.logits(beyond) < 0).all()
    wider, is_wider = widened(scope, beyond, targets)
    assert is_wider and (wider.logits(beyond) > 0).all()
    assert wider.logits(np.array([[-9.0, -9.0]])) < 0
    assert widened(scope, -beyond, targets) == (scope, False)
    assert widened(scope, beyond, targets[:, :0]) == (scope, False)
    assert widened(None, beyond, targets) == (None, False)


def test_a_text_of_another_field_gets_no_tags_whatever_the_threshold(model):
    for tagger in (Tagger(model), Tagger(model, threshold=0.0)):
        [paper] = answers_of(tagger, [BEECH])
        assert (paper["status"], paper["reason"]) == ("abstained", "out-of-scope")


def test_the_texts_of_other_fields_are_not_those_they_are_measured_on():
    ours = [json.loads(line) for line in OUT_OF_SCOPE_PATH.read_text().splitlines()]
    measured = Path(__file__).parent.parent / "benchmarks" / "abstention.jsonl"
    abstracts = {record["abstract"] for record in ours}
    assert len(abstracts) == len(ours) > 500
    lines = measured.read_text().splitlines()
    assert not abstracts & {json.loads(line)["abstract"] for line in lines}
    assert all(set(record) == {"title", "abstract"} for record in ours)


def test_an_operating_point_holds_its_precision():
    random = np.random.default_rng(0)
    probabilities = random.random((400, 5))
    truth = random.random((400, 5)) < probabilities
    points = operating_points(Scores(probabilities, truth, truth))
    assert 80 < len(points) < 99
    for point in points:
        given = probabilities >= point["threshold"]
        assert given.sum() >= MIN_GIVEN
        assert point["precision"] == pytest.approx(truth[given].mean())
        assert point["recall"] == pytest.approx(truth[given].sum() / truth.sum())


class Measured:
    """A model of which only the precisions matter."""

    tag = "measured:1"

    def __init__(self, *precisions: float) -> None:
        points = [{"threshold": n / 10, "precision": p} for n, p in enumerate(precisions, 1)]
        self.metrics = {"operating_points": points}


def test_a_threshold_is_asked_for_by_its_precision(model):
    assert Asked.read("0.4").threshold(model) == 0.4
    easy, strict = (Asked.read(f"precision={p}").threshold(model) for p in (0.7, 0.9))
    assert 0 < easy < strict < 1
    # A precision that is reached and lost again higher up is luck.
    assert Asked.read("precision=0.8").threshold(Measured(0.6, 0.9, 0.7, 0.8, 0.9)) == 0.4
    for precisions, message in [
        ((0.6, 0.9996), "no threshold reaches precision 1; the highest is 0.999"),
        ((), "has no measured precisions"),
    ]:
        with pytest.raises(InputError, match=message):
            Asked.read("precision=1").threshold(Measured(*precisions))
