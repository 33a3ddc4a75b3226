"""The digest in a real browser: every paper, search, filter, order, pages, print."""

from __future__ import annotations

import email
import email.policy
import shutil
from pathlib import Path

import pytest

from tagstract.labels import load_taxonomy
from tagstract.serving.output import write_output

CHROMIUM = shutil.which("chromium")
TAXONOMY = load_taxonomy()
WORDS = "bees hives swarms wings honey larvae combs queens drones pollen nectar frames"


def paper(number: int, areas: list[str]) -> dict:
    """A paper whose abstract is as long as a real one, of words in a changing order."""
    known = WORDS.split()
    words = [known[(number * (place + 3) + place) % len(known)] for place in range(180)]
    text = ". ".join(
        " ".join(words[start : start + 15]).capitalize() for start in range(0, 180, 15)
    )
    return {
        "id": f"arxiv:2603.{number:05}",
        "title": f"Paper {number} on {words[1]}",
        "abstract": f"First {number}. {text}.",
        "date": f"2026-03-{number % 28 + 1:02}",
        "tags": [{"area": area, "probability": 0.9} for area in areas],
        "status": "tagged" if areas else "abstained",
        "reason": None if areas else "out-of-scope",
        "truncated": False,
        "model": "ai-research-areas:7",
    }


@pytest.fixture(scope="module")
def digest(tmp_path_factory) -> Path:
    """2,000 papers: every tenth without tags, the others with two areas each."""
    ids = TAXONOMY.ids
    papers = [paper(i, [ids[i % 7], ids[i % 7 + 7]] if i % 10 else []) for i in range(2000)]
    path = tmp_path_factory.mktemp("digest") / "digest.html"
    write_output(path, papers, TAXONOMY, "Papers of March")
    return path


def test_2000_papers_stay_below_2_mb(digest):
    assert digest.stat().st_size < 2_000_000


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("there is no chromium")
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture
def tab(digest, browser):
    """The digest, open; at the end no script failed and nothing was refused."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(20_000)
    tab = context.new_page()
    faults: list[str] = []
    tab.on("pageerror", lambda error: faults.append(str(error)))
    tab.on("console", lambda message: faults.append(message.text))
    tab.goto(digest.as_uri())
    tab.wait_for_selector("#tools:not([hidden])")
    yield tab
    context.close()
    assert faults == []


def status(tab) -> str:
    return tab.inner_text("#status")


def shown(tab) -> list[str]:
    return tab.eval_on_selector_all("#papers article", "found => found.map(one => one.id)")


def test_every_paper_is_on_one_page_of_results(tab):
    found = shown(tab)
    assert status(tab) == "1 to 50 of 2,000 papers"
    while tab.is_enabled("#next"):
        tab.click("#next")
        found += shown(tab)
    assert status(tab) == "1,951 to 2,000 of 2,000 papers"
    assert sorted(found, key=lambda text: int(text[1:])) == [f"p{n}" for n in range(1, 2001)]


def test_papers_are_found_by_word_and_area(tab):
    tab.fill("#query", "paper 1777 ")
    assert shown(tab) == ["p1778"]
    tab.fill("#query", "no such word")
    assert status(tab) == "No paper matches."
    tab.fill("#query", "")
    area = TAXONOMY.ids[7]
    label = tab.eval_on_selector(f'option[value="{area}"]', "option => option.textContent")
    tab.select_option("#area", area)
    count = len([i for i in range(2000) if i % 10 and i % 7 == 0])
    assert f"({count})" in label
    assert status(tab) == f"1 to 50 of {count} papers"


def test_the_newest_come_first_on_demand(tab):
    tab.select_option("#order", "new")
    dates = tab.eval_on_selector_all("#papers article", "found => found.map(o => o.dataset.date)")
    assert set(dates) == {"2026-03-28"}


def test_a_line_under_another_area_leads_to_its_paper(tab):
    tab.click(f"nav a:text-is('{TAXONOMY.areas[8].name}')")
    assert tab.evaluate("document.activeElement.tagName") == "H3"
    link = tab.locator(".also a").first
    target = link.get_attribute("href")
    link.click()
    assert f"#{tab.evaluate('document.activeElement.id')}" == target


def test_a_count_stays_on_one_line(tab):
    heights = tab.eval_on_selector_all("nav .count", "found => found.map(o => o.clientHeight)")
    assert len(set(heights)) == 1


def test_print_has_every_paper(tab):
    tab.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert len(shown(tab)) == 2000


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(digest, browser, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    for width in (1280, 390):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True
        )
        tab = context.new_page()
        tab.goto(digest.as_uri())
        tab.wait_for_selector("#tools:not([hidden])")
        assert axe.Axe().run(tab).response["violations"] == []
        assert tab.evaluate("document.documentElement.scrollWidth") == width
        context.close()


def test_mail_has_inline_styles_and_a_text_part(tmp_path):
    papers = [paper(1, ["efficiency", "robotics"]), paper(10, [])]
    write_output(tmp_path / "a.mail.html", papers, TAXONOMY, "Papers of March")
    html = (tmp_path / "a.mail.html").read_text()
    for dropped in ("<style", "<script", "<details", "class=", "grid", "flex"):
        assert dropped not in html
    write_output(tmp_path / "a.eml", papers, TAXONOMY, "Papers of March")
    message = email.message_from_bytes(
        (tmp_path / "a.eml").read_bytes(), policy=email.policy.default
    )
    assert message["Subject"] == "Papers of March"
    assert "## Efficiency (1)" in message.get_body(("plain",)).get_content()
    assert message.get_body(("html",)).get_content().split() == html.split()
