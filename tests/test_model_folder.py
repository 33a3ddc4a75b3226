"""A model folder: whole or refused, and the same answer whatever stands beside a paper."""

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from tagstract.labels import InputError
from tagstract.model_folder import Model, ModelFacts, paper_text, resolve
from tagstract.model_folder import format as files
from tagstract.model_folder.lexical import Lexical
from tagstract.model_folder.store import DEFAULT_FOLDER, check_free, register, shipped_tag


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DEFAULT_FOLDER, tmp_path / "model"))


def test_the_default_ships_at_40_mb_or_less():
    size = sum(path.stat().st_size for path in DEFAULT_FOLDER.iterdir())
    assert size <= 40_000_000
    assert resolve(None) == DEFAULT_FOLDER


@pytest.mark.parametrize("name", [*files.FILES, files.FACTS])
def test_a_missing_file_is_named(copied, name):
    (copied / name).unlink()
    with pytest.raises(InputError, match=r"missing|no model folder"):
        Model.load(copied)


@pytest.mark.parametrize("name", files.FILES)
def test_a_damaged_file_is_named(copied, name):
    data = bytearray((copied / name).read_bytes())
    data[len(data) // 2] ^= 0xFF
    (copied / name).write_bytes(data)
    with pytest.raises(InputError, match=f"{name}: is damaged"):
        Model.load(copied)


WRONG_KIND = '{"format": 2, "name": "n", "version": "1", "max_tokens": "256", "files": []}'


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 99}', '{"format": 2}', WRONG_KIND])
def test_a_damaged_model_json_is_refused(copied, text):
    (copied / files.FACTS).write_text(text)
    with pytest.raises(InputError, match=r"model\.json"):
        Model.load(copied)


def test_a_model_that_is_nowhere_is_refused():
    for name in ("./nowhere", "no-such-model:1", "No Tag!", "long" * 1000):
        with pytest.raises(InputError, match="no such"):
            resolve(name)


def test_a_version_is_free_or_refused(tmp_path, copied):
    check_free("ai-research-areas:9")
    facts = ModelFacts("ai-research-areas", "9", 256)
    assert register(copied, facts) == "ai-research-areas:9"
    for tag in ("ai-research-areas:9", shipped_tag()):
        with pytest.raises(InputError, match="already exists"):
            check_free(tag)
    with pytest.raises(InputError, match="already in the model store"):
        register(copied, facts)


def test_a_store_that_cannot_be_is_one_line(tmp_path):
    (tmp_path / "file").touch()
    code = ["-m", "tagstract", "tag", "-", "--model", "a:1"]
    done = subprocess.run(
        [sys.executable, *code],
        env={**os.environ, "BENTOML_HOME": str(tmp_path / "file")},
        input='{"abstract": "x"}',
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert str(tmp_path / "file") in done.stderr


def test_a_paper_scores_the_same_alone_and_among_others(model, starter):
    papers = starter[:9]
    together = model.probabilities(papers)
    alone = np.concatenate([model.probabilities([paper]) for paper in papers])
    np.testing.assert_array_equal(together, alone)  # to the bit


def test_no_papers_give_no_rows(model):
    assert model.probabilities([]).shape == (0, len(model.taxonomy.ids))
    assert model.baseline_probabilities([]).shape == (0, len(model.taxonomy.ids))


def test_tfidf_is_that_of_scikit_learn(starter):
    texts = [paper_text(record) for record in starter[:60]]
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2).fit(texts)
    terms = list(vectorizer.get_feature_names_out())
    ours = Lexical(terms, vectorizer.idf_, *(np.zeros((len(terms), 1)) for _ in range(3)))
    for text in [*texts[:5], "none of these wordlings is known zzz"]:
        dense = np.zeros(len(terms))
        places, values = ours.features(text)
        dense[places] = values
        np.testing.assert_allclose(dense, vectorizer.transform([text]).toarray()[0], atol=1e-6)


def test_facts_tell_where_the_model_comes_from(model):
    facts = json.loads((DEFAULT_FOLDER / files.FACTS).read_text())
    assert facts["licence"] == "Apache-2.0"
    assert facts["libraries"]["torch"].startswith("2.13.0")
    assert len(model.seen) == facts["papers"]
    card = (DEFAULT_FOLDER / files.CARD).read_text()
    assert f"{model.metrics['model']['micro_f1']:.3f}" in card


def test_every_flipped_bit_of_the_facts_is_found(copied):
    path = copied / files.FACTS
    whole = path.read_bytes()
    facts = files.check(copied)
    chooser = random.Random(5)
    for _ in range(300):
        place = chooser.randrange(len(whole))
        flipped = bytearray(whole)
        flipped[place] ^= 1 << chooser.randrange(8)
        path.write_bytes(flipped)
        try:
            # White space between the values, and another spelling of the same text, say the same.
            assert files._facts(path) == facts
        except InputError as error:
            assert "model.json" in str(error)


def test_facts_without_a_digest_are_held_to_their_ranges(copied):
    path = copied / files.FACTS
    document = json.loads(path.read_text())
    del document[files.OWN_DIGEST]
    path.write_text(json.dumps(document))
    assert files.check(copied).max_tokens == document["max_tokens"]
    path.write_text(json.dumps({**document, "max_tokens": 2}))
    with pytest.raises(InputError, match="'max_tokens' is 2, not from 8 to 8,192"):
        files.check(copied)
