"""The stages of a model: --speed best, balanced, fast."""

import numpy as np
import pytest

import tagstract
from tagstract.cli.main import main
from tagstract.model_folder import Model
from tagstract.model_folder.cascade import Speed
from tagstract.model_folder.cascade.bag import Bag
from tagstract.model_folder.cascade.certainty import expected_loss, signs
from tagstract.model_folder.cascade.short_text import ShortText, pack
from tagstract.model_folder.store import DEFAULT_FOLDER

VOCABULARY = 20


def bag_of_two_areas() -> Bag:
    """Word pieces 5 and 6 are known, and the pair (5, 6); 1 and 2 are special, 3 a function
    word."""
    rows = np.full(VOCABULARY, -1, np.int32)
    rows[[5, 6]] = 0, 1
    content = np.ones(VOCABULARY, bool)
    content[[1, 2, 3]] = False
    rng = np.random.default_rng(0)
    return Bag(
        rows=rows,
        content=content,
        pairs=np.array([5 * VOCABULARY + 6], np.uint32),
        table=rng.integers(-127, 128, (3, 4)).astype(np.int8),
        scale=np.full(3, 0.01, np.float32),
        norm=np.array([np.ones(4), np.zeros(4)], np.float32),
        hidden=rng.normal(size=(4, 3)).astype(np.float32),
        hidden_bias=np.zeros(3, np.float32),
        output=rng.normal(size=(3, 2)).astype(np.float32),
        skip=rng.normal(size=(4, 2)).astype(np.float32),
        output_bias=np.zeros(2, np.float32),
    )


def test_bag_counts_words_and_pairs_that_function_words_part():
    papers, rows, weights = bag_of_two_areas().features([[1, 5, 3, 6, 2], [1, 6, 6, 2]])
    assert list(zip(papers.tolist(), rows.tolist(), strict=True)) == [
        (0, 0),
        (0, 1),
        (0, 2),
        (1, 1),
    ]
    # The first tokens count twice: one token is a count of 2, two are 4.
    assert weights == pytest.approx(1 + np.log([2, 2, 2, 4]))


def test_bag_says_the_same_of_a_paper_whatever_stands_beside_it():
    bag = bag_of_two_areas()
    tokens = [[1, 5, 6, 2], [1, 2], [], [1, 6, 9, 2]]
    together = bag.logits(tokens)
    alone = np.concatenate([bag.logits([one]) for one in tokens])
    assert (together == alone).all()


def test_short_text_drops_function_words_and_keeps_the_closing_token():
    dropped = np.zeros(VOCABULARY, bool)
    dropped[3] = True
    table, scale = pack(np.ones((VOCABULARY, 64), np.float32))
    short = ShortText(dropped, np.arange(VOCABULARY, dtype=np.int32), table, scale, 4)
    assert short.cut([1, 5, 3, 6, 7, 8, 2]).tolist() == [1, 5, 6, 2]
    assert short.cut([1, 3, 2]).tolist() == [1, 2]


def test_four_bits_hold_embeddings_nearly():
    embeddings = np.random.default_rng(1).normal(size=(VOCABULARY, 64)).astype(np.float32)
    table, scale = pack(embeddings)
    rows = np.arange(VOCABULARY, dtype=np.int32)
    short = ShortText(np.zeros(VOCABULARY, bool), rows, table, scale, 9)
    assert table.nbytes * 2 == embeddings.size
    error = short.embeddings(list(range(VOCABULARY))) - embeddings
    assert np.abs(error).max() <= np.abs(embeddings).max() / 7 / 2 + 0.01


def test_a_clear_paper_has_a_lower_expected_loss_than_an_unclear_one():
    thresholds = np.full(3, 0.5)
    probabilities = np.array([[0.99, 0.01, 0.0], [0.55, 0.48, 0.3]])
    weights = np.zeros(signs(probabilities, thresholds).shape[1])
    weights[0] = 1.0  # the sum of doubts
    clear, unclear = expected_loss(weights, probabilities, thresholds)
    assert clear == pytest.approx(0.02) and unclear == pytest.approx(0.45 + 0.48 + 0.3)


PAPERS = [
    {
        "title": "Planning with large language models on robots",
        "abstract": "We study how a household robot plans its next action with a language model "
        "that reads the instruction of a user. The robot follows long instructions in a kitchen, "
        "and a learned policy turns each step into motion. Experiments on a real arm show that it "
        "completes more tasks than earlier planners do.",
    },
    {"title": "A note", "abstract": "Nothing to see here, it is only a short text for a test."},
]


@pytest.mark.parametrize("speed", ["balanced", "fast"])
def test_every_answer_says_which_speed_gave_it(speed):
    tagger = tagstract.load("default", speed=speed)
    answers = tagger.tag(PAPERS)
    assert [answer.speed for answer in answers] == [speed, speed]
    assert answers[0].tags and 0 < answers[0].tags[0].probability <= 1


@pytest.mark.parametrize("speed", ["balanced", "fast"])
def test_a_paper_scores_the_same_alone_and_among_others(speed, starter):
    model = Model.load(DEFAULT_FOLDER, speed=Speed(speed))
    papers = starter[:24]
    together = model.score(papers).probabilities
    for row, paper in enumerate(papers):
        np.testing.assert_array_equal(model.score([paper]).probabilities[0], together[row])


def test_balanced_and_best_agree_on_a_clear_paper():
    best, fast = (tagstract.load("default", speed=one).tag(PAPERS)[0] for one in ("best", "fast"))
    assert best.tags[0].area == fast.tags[0].area


def test_an_unknown_speed_is_refused():
    with pytest.raises(tagstract.TagstractError, match="choose one of best, balanced, fast"):
        tagstract.load("default", speed="quick")


def test_the_command_line_refuses_an_unknown_speed(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["tag", "--speed", "quick", "papers.jsonl"])
    assert stop.value.code == 2 and "invalid choice" in capsys.readouterr().err
