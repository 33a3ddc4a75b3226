"""The report of an evaluation: one page, safe and readable by itself."""

import re
from types import SimpleNamespace

import numpy as np
import pytest
from lxml import html

from tagstract.labels import Area, LabelledSet, Taxonomy
from tagstract.model_folder.model import Decided
from tagstract.model_folder.scale import Scale
from tagstract.training.evaluation.comparison import evaluate
from tagstract.training.evaluation.report import render, write_report

HOSTILE = '<script>alert("x")</script><img src=x onerror=y> & \ud800'


def evaluation(papers: int = 12, truth=None, probabilities=None):
    """Two groups, four areas; `gone` is in no paper."""
    ids = ("first", "second", "third", "gone")
    areas = tuple(Area(id_, f"Area {id_} <b>& co", "x", "ab"[i // 2]) for i, id_ in enumerate(ids))
    taxonomy = Taxonomy("small", 1, {"a": "Group A", "b": "Group <B>"}, areas)
    random = np.random.default_rng(0)
    if truth is None:
        truth = random.random((papers, 4)) < [0.6, 0.4, 0.2, 0]
        truth[:, 0] |= ~truth.any(1)
        probabilities = np.clip(truth * 0.3 + random.random((papers, 4)) * 0.7, 0.01, 0.99)
    model = SimpleNamespace(
        tag="small:3",
        seen=frozenset(),
        taxonomy=taxonomy,
        decide=lambda _: Decided(
            probabilities, probabilities >= [0.5, 0.5, 0.5, 1.0], [None] * papers
        ),
        baseline=Scale(np.ones(4), np.zeros(4), np.full(4, 0.5)),
        baseline_probabilities=lambda _: 1 - probabilities,
    )
    labelled = LabelledSet(
        [{"id": i, "title": HOSTILE, "abstract": f"About {HOSTILE} {i}"} for i in range(papers)],
        [[ids[j] for j in np.flatnonzero(row)] for row in truth],
    )
    return evaluate(model, labelled, resamples=100)


def test_the_page_needs_nothing_from_outside_and_runs_nothing():
    page = html.fromstring(render(evaluation(), ["a/dev.jsonl"]))
    assert not page.xpath("//script | //img | //link | //iframe | //*[@src] | //a[@href]")
    assert not page.xpath("//@*[starts-with(name(), 'on')]")
    assert not re.search(r"url\(|@import|https?:", render(evaluation()))
    assert page.get("lang") == "en"
    assert page.findtext("head/title") == "Evaluation of small:3"


def test_text_of_papers_and_taxonomy_is_escaped_not_lost():
    text = render(evaluation())
    assert "<b>" not in text
    page = html.fromstring(text)
    mistakes = page.xpath("//details")
    assert mistakes
    assert 'alert("x")' in mistakes[0].xpath("string(summary)")
    assert "About <script>" in mistakes[0].text_content()
    titles = page.xpath("//svg/title/text()")
    assert "Precision and recall of Area first <b>& co" in titles
    assert "Group <B>" in [heading.text for heading in page.xpath("//h3")]


def test_every_drawing_has_a_title_and_every_table_its_headers():
    page = html.fromstring(render(evaluation()))
    for drawing in page.xpath("//svg[not(@aria-hidden)]"):
        assert drawing.get("role") == "img"
        assert drawing.findtext("title")
    for table in page.xpath("//table"):
        assert set(table.xpath("thead//th/@scope")) == {"col"}
        assert all(row.xpath("th/@scope") == ["row"] for row in table.xpath("tbody/tr"))
    identifiers = page.xpath("//@id")
    assert len(identifiers) == len(set(identifiers))
    assert set(page.xpath("//@aria-labelledby")) <= set(identifiers)


def test_the_figures_stand_beside_the_baseline_with_intervals():
    found = evaluation()
    page = html.fromstring(render(found))
    row = page.xpath("//table[@class='figures']/tbody/tr")[0].text_content().split()
    interval = found.model.intervals["micro_f1"]
    assert row[:5] == [
        "micro-F1",
        f"{found.model.metrics.micro_f1:.3f}",
        f"{interval.low:.3f}",
        "to",
        f"{interval.high:.3f}",
    ]
    assert f"{found.baseline.metrics.micro_f1:.3f}" in row
    areas = page.xpath("//table[@class='areas']/tbody/tr/th/text()")
    scores = found.model.metrics.per_area
    best = max(scores, key=lambda area: scores[area].f1)
    assert areas[0].startswith(f"Area {best}")
    assert areas[-1] == "Area gone <b>& co*"


def test_an_area_without_papers_has_no_curve():
    titles = html.fromstring(render(evaluation())).xpath("//svg/title/text()")
    curves = [title for title in titles if title.startswith("Precision and recall of")]
    assert len(curves) == 3


def test_a_model_without_mistakes_and_one_without_tags_are_drawn():
    truth = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]], dtype=bool)
    perfect = render(evaluation(3, truth, truth * 0.98 + 0.01))
    assert "every paper got exactly its labels" in perfect
    silent = render(evaluation(3, truth, np.full((3, 4), 0.1)))
    assert "no tag" in silent
    assert "nan" not in silent.lower()


def test_a_page_with_half_a_character_is_written_whole(tmp_path):
    path = tmp_path / "r.html"
    write_report(path, evaluation())
    assert path.read_bytes().decode().rstrip().endswith("</html>")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_and_lines_stand_out_from_the_page(theme):
    """WCAG 2 AA: text 4.5 to 1, lines of charts 3 to 1."""
    blocks = re.findall(r":root \{([^}]*--page[^}]*)\}", render(evaluation()))
    colours = dict(re.findall(r"--(\w+): (#\w+)", blocks[["light", "dark"].index(theme)]))

    def light(name: str) -> float:
        code = colours[name][1:]
        code = "".join(c * 2 for c in code) if len(code) == 3 else code
        parts = [int(code[i : i + 2], 16) / 255 for i in (0, 2, 4)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for name in ("ink", "soft", "wrong", "model", "base"):
        low, high = sorted((light(name), light("page")))
        assert (high + 0.05) / (low + 0.05) >= 4.5, name
