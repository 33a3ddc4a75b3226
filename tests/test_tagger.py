"""Records in, tagged papers out."""

import math

import pytest
from running import answers_of

from tagstract.labels import InputError, Problem
from tagstract.model_folder.abstention import is_english, words_of
from tagstract.serving.sentences import sentences_of
from tagstract.serving.tagger import Tagger

QUANTISED = {
    "id": "x1",
    "title": "Four-bit weights for language models on phones",
    "abstract": "We quantise the weights of a large language model to four bits and prune its "
    "attention heads, so that it runs on a phone. A calibration pass chooses the step of each "
    "channel. Inference is three times as fast and needs a quarter of the memory, at a loss of "
    "half a point of accuracy.",
    "note": {"kept": [1, 2]},
}


def test_a_paper_keeps_its_fields_and_gains_tags(model):
    [paper] = answers_of(Tagger(model), [QUANTISED])
    assert {key: paper[key] for key in QUANTISED} == QUANTISED
    assert paper["status"] == "tagged"
    assert paper["reason"] is None
    assert paper["truncated"] is False
    assert paper["model"] == model.tag
    assert paper["tags"][0]["area"] == "efficiency"
    chances = [tag["probability"] for tag in paper["tags"]]
    assert chances == sorted(chances, reverse=True)


def test_a_bad_record_never_spoils_its_neighbours(model):
    bad = [
        None,
        7,
        "text",
        [],
        {},
        {"abstract": None},
        {"abstract": "  "},
        {"abstract": math.nan},
        {"abstract": []},
        {"id": "x2", "title": " "},
        Problem("feed.jsonl", 3, "not JSON"),
    ]
    records = [entry for one in bad for entry in (one, QUANTISED)]
    tagged = answers_of(Tagger(model), records)
    assert len(tagged) == len(records)
    assert [paper["status"] for paper in tagged] == ["error", "tagged"] * len(bad)
    assert all(paper["reason"] for paper in tagged[::2])
    assert tagged[-2]["reason"] == "feed.jsonl:3: not JSON"
    assert tagged[1::2] == answers_of(Tagger(model), [QUANTISED]) * len(bad)


@pytest.mark.parametrize(
    ("abstract", "reason"),
    [
        ("Too few words.", "too-short"),
        (
            "Wir untersuchen, wie sich Gewichte eines Sprachmodells auf vier Bit runden lassen, "
            "ohne dass die Genauigkeit leidet, und zeigen dies an mehreren Aufgaben.",
            "not-english",
        ),
        ("我们将大型语言模型的权重量化为四位以便在手机上运行" * 4, "not-english"),
        (
            "Wash the leeks and cut them into rings. Melt the butter in a wide pan, add the leeks "
            "and a little salt, and let them soften for ten minutes. Pour the cream over them and "
            "bake in the oven until the top is brown. Serve with potatoes from the garden.",
            "out-of-scope",
        ),
    ],
)
def test_it_says_nothing_where_it_knows_nothing(model, abstract, reason):
    [paper] = answers_of(Tagger(model), [{"abstract": abstract}])
    assert (paper["status"], paper["reason"], paper["tags"]) == ("abstained", reason, [])


def test_options_narrow_and_widen_the_tags(model):
    [wide] = answers_of(Tagger(model, threshold=0.0), [QUANTISED])
    assert len(wide["tags"]) == len(model.taxonomy.ids)
    [one] = answers_of(Tagger(model, threshold=0.0, top=1), [QUANTISED])
    assert one["tags"] == wide["tags"][:1]
    [none] = answers_of(Tagger(model, threshold=1.0), [QUANTISED])
    assert (none["status"], none["reason"]) == ("abstained", "below-threshold")
    [every] = answers_of(Tagger(model, all_probabilities=True), [QUANTISED])
    assert set(every["probabilities"]) == set(model.taxonomy.ids)
    for wrong in ({"top": 0}, {"threshold": 1.5}):
        with pytest.raises(InputError):
            Tagger(model, **wrong)


def test_a_long_paper_is_tagged_and_said_to_be_cut(model):
    long = {**QUANTISED, "abstract": QUANTISED["abstract"] * 500}
    [paper] = answers_of(Tagger(model), [long])
    assert paper["truncated"] is True
    assert paper["status"] == "tagged"
    assert paper["abstract"] == long["abstract"]


def test_evidence_is_sentences_of_the_paper(model):
    [paper] = answers_of(Tagger(model, explain=True), [QUANTISED])
    pieces = {QUANTISED["title"], *sentences_of(QUANTISED["abstract"])}
    assert set(paper["evidence"]) == {tag["area"] for tag in paper["tags"]}
    support = paper["evidence"]["efficiency"]
    assert {entry["sentence"] for entry in support} <= pieces
    assert support[0]["weight"] > 0


def test_sentences_end_where_people_end_them():
    text = "We beat J. Doe et al. by 3.5 points, e.g. on text. Is it so? Yes! See Fig. 2."
    assert sentences_of(text)[:3] == [
        "We beat J. Doe et al. by 3.5 points, e.g. on text.",
        "Is it so?",
        "Yes!",
    ]


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("Novel transformer, graph data. Faster training, lower memory. Open-source code.", True),
        ("Background: sepsis prediction hard. Methods: LSTM, external validation. Results: good "
         "calibration. Conclusion: early warning feasible.", True),
        ("Metodo deep learning per robot: dataset, benchmark, modello transformer, performance 92 "
         "per cento, codice open source, video e sensor data.", False),
        ("Kami mengusulkan metode agar robot belajar dari video. Model dilatih dengan dataset "
         "dapur dan mencapai akurasi tinggi. Data dan kode tersedia secara terbuka.", False),
        ("Esittelemme menetelmän, jolla robotti oppii tarttumaan kuppeihin videoista. Malli "
         "koulutetaan vahvistusoppimisella. Data ja koodi ovat avoimia.", False),
    ],
)  # fmt: skip
def test_terse_english_is_no_other_language(text, english):
    assert is_english(words_of({"abstract": text})) == english
