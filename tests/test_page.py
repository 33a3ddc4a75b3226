"""The page at /ui, in a real browser on the real service; no test without Debian's chromium."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import urllib.error
import urllib.request

import pytest
from running import running_service

from tagstract.labels import InputError
from tagstract.serving.http.requests import feed_worker as ui

CHROMIUM = shutil.which("chromium")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking",
         "--disable-component-update", "--no-first-run"]  # fmt: skip
HOSTILE = "<img src=//evil.invalid/x onerror=\"document.title='taken'\"> & <b>bold</b>"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """`tagstract serve` on a free port, with a corrections store of its own."""
    folder = tmp_path_factory.mktemp("service")
    environment = {**os.environ, "TAGSTRACT_CORRECTIONS": str(folder / "corrections.sqlite")}
    with running_service(folder / "log", env=environment) as (_, address):
        yield f"http://{address}"


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("there is no chromium")
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def tab(address, browser):
    """The page, open; at the end no script failed, and no other host was asked for anything."""
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    context.set_default_timeout(20_000)
    tab = context.new_page()
    asked, faults = [], []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("pageerror", lambda error: faults.append(str(error)))
    tab.on("console", lambda said: faults.append(said.text) if "Policy" in said.text else None)
    tab.goto(f"{address}/ui")
    see(tab.locator("#summary")).to_contain_text("An example")
    yield tab
    context.close()
    assert faults == []
    assert [url for url in asked if not url.startswith(f"{address}/")] == []


def give(tab, paper: dict) -> None:
    tab.get_by_label("Title").fill(paper.get("title", ""))
    tab.get_by_label("Abstract", exact=True).fill(paper["abstract"])
    tab.get_by_role("button", name="Tag this paper").click()


def see(locator):
    from playwright.sync_api import expect

    return expect(locator)


def lines(*records: dict) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def drop(tab, text: str) -> None:
    """Drop a file of this text on the page."""
    held = tab.evaluate_handle(
        "text => { const held = new DataTransfer();"
        " held.items.add(new File([text], 'feed')); return held; }",
        text,
    )
    tab.dispatch_event("body", "drop", {"dataTransfer": held})


def test_a_pasted_paper_gets_its_tags_and_their_evidence(tab, starter):
    give(tab, starter[0])
    see(tab.locator("#summary")).to_have_text("1 paper: 1 tagged, 0 abstained, 0 failed.")
    first, *others = tab.locator(".tag").all()
    see(first).to_have_attribute("aria-pressed", "true")
    see(first.locator(".figure")).to_have_text(re.compile(r"^[01]\.\d\d$"))
    marked = tab.locator("mark").all_inner_texts()
    assert marked
    for sentence in marked:
        assert sentence in starter[0]["title"] + "\n" + starter[0]["abstract"]
    see(tab.locator("#results")).to_be_focused()
    first.click()
    see(tab.locator("mark")).to_have_count(0)
    for other in others:
        other.click()
        see(other).to_have_attribute("aria-pressed", "true")
        see(tab.locator(".note").first).to_contain_text(other.locator(".name").inner_text())


@pytest.mark.parametrize(
    ("abstract", "words"),
    [
        ("Too little.", "Abstained: the text is too short"),
        ("Wir zeigen ein neues Verfahren für das Lernen. " * 5, "not in English"),
        ("   ", "Failed: "),
    ],
)
def test_a_paper_without_tags_says_why(tab, abstract, words):
    give(tab, {"abstract": abstract})
    see(tab.locator("article .reason").first).to_contain_text(words)


def test_a_dropped_feed_is_tagged_in_its_order(tab, starter):
    drop(tab, lines(*starter[:20]) + "{torn\n" + lines({"title": "short", "abstract": "x"}))
    summary = tab.locator("#summary")
    see(summary).to_contain_text("22 papers")
    see(summary).to_contain_text("1 failed")
    titles = tab.locator("h3").all_inner_texts()
    assert titles[:20] == [paper["title"] for paper in starter[:20]]
    see(tab.locator("article").nth(20)).to_contain_text("Failed: the feed:21: not JSON")
    tab.locator(".tag").first.click()
    see(tab.locator("mark").first).to_be_visible()


def test_a_chosen_file_is_tagged_at_once_and_again_on_demand(tab, starter):
    button = tab.get_by_role("button", name="Tag this feed")
    button.click()
    assert "Choose a file" in tab.evaluate("document.getElementById('feed').validationMessage")
    feed = {"name": "a.jsonl", "mimeType": "text/plain", "buffer": lines(*starter[:2]).encode()}
    tab.get_by_label("File").set_input_files(feed)
    see(tab.locator("#summary")).to_contain_text("2 papers")
    tab.get_by_role("button", name="Tag this paper").focus()
    with tab.expect_response("**/ui/papers"):
        button.click()
    see(tab.locator("#summary")).to_contain_text("2 papers")


def test_a_feed_is_filtered_sorted_and_saved(tab, starter, tmp_path):
    papers = [*starter[:20], {"title": "=HYPERLINK(1)", "abstract": "x, y"}]
    drop(tab, lines(*papers))
    see(tab.locator("#tools")).to_be_visible()
    options = tab.locator("#area option").all_inner_texts()
    name, count = re.fullmatch(r"(.*) \((\d+)\)", options[1]).groups()
    tab.get_by_label("Area").select_option(index=1)
    see(tab.locator("article")).to_have_count(int(count))
    for paper in tab.locator("article").all():
        see(paper.locator(".tag .name").filter(has_text=name)).to_have_count(1)
    see(tab.locator("#shown")).to_have_text(f"{count} of 21 papers")
    tab.get_by_label("Area").select_option("")
    tab.get_by_label("Order").select_option("title")
    titles = tab.locator("h3").all_inner_texts()
    assert titles == sorted(titles, key=str.lower)
    tab.get_by_label("Compact").check()
    see(tab.locator("article .lead").nth(3)).to_be_visible()
    saved = {}
    for ending in ("jsonl", "csv", "html"):
        with tab.expect_download() as download:
            tab.get_by_role("button", name=ending.upper()).click()
        assert download.value.suggested_filename == f"tagged.{ending}"
        saved[ending] = download.value.path().read_text()
    assert sorted(json.loads(line)["title"] for line in saved["jsonl"].splitlines()) == sorted(
        paper["title"] for paper in papers
    )
    assert "'=HYPERLINK(1)" in saved["csv"]
    assert saved["html"].count("<article>") == 21


def test_a_pasted_feed_that_is_none_says_what_would_be_right(tab):
    tab.get_by_label("Or its text").fill("Dear reader, this is no feed.")
    tab.get_by_role("button", name="Tag this feed").click()
    see(tab.locator("#trouble")).to_contain_text("the known formats are arxiv-mail")
    see(tab.locator("#summary")).to_have_text("Nothing is tagged.")


def test_a_hostile_paper_stays_text(tab, starter):
    hostile = {**starter[0], "title": HOSTILE, "id": HOSTILE}
    drop(tab, lines(hostile, {"title": HOSTILE, "abstract": HOSTILE}))
    see(tab.locator("#summary")).to_contain_text("2 papers")
    assert tab.locator("h3").all_inner_texts() == [HOSTILE, HOSTILE]
    tab.locator(".tag").first.click()
    see(tab.locator(".note").first).to_contain_text("support")
    assert tab.locator("article img, article b").count() == 0
    assert "taken" not in tab.title()


def correct(tab, starter):
    """Take the first tag of a tagged paper away, search for an area, add it, send."""
    give(tab, starter[0])
    tab.get_by_role("button", name="Correct the tags").click()
    form = tab.get_by_role("form", name="Correct the tags of")
    form.get_by_role("button", name=re.compile("^Remove ")).first.click()
    form.get_by_label("Search the areas").fill("time ser")
    see(form.get_by_role("checkbox").filter(visible=True)).to_have_count(1)
    form.get_by_role("checkbox").filter(visible=True).check()
    see(form.locator(".chosen li").last).to_contain_text("Time series")
    form.get_by_label("Your name").fill("Ada")
    with tab.expect_request("**/feedback") as sent:
        form.get_by_role("button", name="Send correction").click()
    return form, json.loads(sent.value.post_data)


def test_a_correction_is_sent_and_stored(tab, address, starter):
    if not has_feedback(address):
        answer = {"stored": 1, "duplicates": 0, "results": [{"status": "stored", "reason": None}]}
        tab.route("**/feedback", lambda route: route.fulfill(json=answer))
    form, sent = correct(tab, starter)
    [item] = sent["corrections"]
    assert (item["abstract"], item["by"]) == (starter[0]["abstract"], "Ada")
    assert item["labels"][-1] == "time-series"
    see(form.get_by_role("status").last).to_contain_text("Stored")
    if has_feedback(address):
        form.get_by_role("button", name="Send correction").click()
        see(form.get_by_role("status").last).to_contain_text("already stored")


@pytest.mark.parametrize(
    ("status", "answer", "words"),
    [
        (404, {}, "does not accept corrections"),
        (200, {"results": [{"status": "error", "reason": "no such area"}]}, "no such area"),
        (503, {"error": {"code": "unavailable", "message": "the store is full"}}, "is full"),
    ],
)
def test_a_correction_that_is_not_taken_says_why(tab, starter, status, answer, words):
    tab.route("**/feedback", lambda route: route.fulfill(status=status, json=answer))
    form, _ = correct(tab, starter)
    see(form.get_by_role("alert")).to_contain_text(re.compile(f"^Not sent: .*{words}"))


def test_a_service_that_is_gone_is_said(tab, starter):
    tab.route("**/explain", lambda route: route.abort())
    give(tab, starter[0])
    see(tab.locator("#trouble")).to_contain_text("can't be reached")


def test_a_key_is_asked_for_and_sent(tab, address, starter):
    """As where the service asks for keys, which tests/test_gate.py shows."""
    see(tab.locator("#key")).to_be_hidden()
    refused = {"error": {"code": "unauthorized", "message": "a key is required"}}
    sent = []

    def gate(route):
        sent.append(route.request.headers.get("authorization"))
        if sent[-1] == "Bearer right":
            return route.continue_()
        return route.fulfill(status=401, json=refused)

    for path in ("areas", "explain"):
        tab.route(f"**/{path}", gate)
    tab.reload()
    key = tab.get_by_label("Key", exact=True)
    see(key).to_be_visible()
    see(tab.locator("#trouble")).to_contain_text("asks for an API key")
    for given, words in (("no key", "Not a valid key"), ("wrong", "does not accept this key"),
                         ("right", "accepts this key")):  # fmt: skip
        key.focus()
        tab.keyboard.press("Control+A")
        tab.keyboard.insert_text(given)
        tab.keyboard.press("Enter")
        see(tab.get_by_role("status").filter(has_text=words)).to_be_visible()
    see(tab.locator("#summary")).to_contain_text("An example")
    give(tab, starter[0])
    see(tab.locator("#summary")).to_contain_text("1 tagged")
    assert sent == [None, "Bearer wrong", *["Bearer right"] * 3]
    assert tab.evaluate("[sessionStorage.length, localStorage.length, document.cookie]") == [
        1, 0, "",
    ]  # fmt: skip


def test_a_service_that_is_too_busy_is_asked_again(tab, starter):
    answers = iter([True, False])
    busy = {"error": {"code": "overloaded", "message": "busy"}}

    def gate(route):
        if next(answers):
            return route.fulfill(status=429, json=busy, headers={"retry-after": "1"})
        return route.continue_()

    tab.route("**/explain", gate)
    give(tab, starter[0])
    see(tab.locator("#summary")).to_contain_text("1 tagged")


def test_a_feed_can_be_stopped_and_another_given(tab, starter):
    held = []
    tab.route("**/tag", lambda route: held.append(route))
    drop(tab, lines(*starter[:20]))
    tab.get_by_role("button", name="Stop").click()
    see(tab.locator("#summary")).to_have_text("Nothing is tagged.")
    drop(tab, lines(*starter[:3]))  # never answered; the one after it takes its place
    tab.unroute("**/tag")
    drop(tab, lines(*starter[:2]))
    see(tab.locator("#summary")).to_contain_text("2 papers")
    see(tab.locator("article")).to_have_count(2)
    see(tab.get_by_role("button", name="Stop")).to_be_hidden()


def test_it_is_used_by_keyboard_alone(tab, starter):
    tab.get_by_label("Title").focus()
    tab.keyboard.press("Tab")
    tab.keyboard.insert_text(starter[0]["abstract"])
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    see(tab.locator("#results")).to_be_focused()
    tab.keyboard.press("Tab")
    see(tab.locator(".tag").first).to_be_focused()
    button = tab.get_by_role("button", name="Correct the tags")
    button.focus()
    tab.keyboard.press("Enter")
    see(tab.get_by_label("Search the areas")).to_be_focused()
    sent = []
    tab.on("request", lambda request: sent.append(request.url))
    tab.keyboard.press("Enter")
    tab.keyboard.press("Escape")
    see(button).to_be_focused()
    see(tab.locator(".correction")).to_be_hidden()
    assert sent == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(tab, starter, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    tab.emulate_media(color_scheme=scheme)
    tab.set_viewport_size({"width": 360, "height": 740})
    for step in ("empty", "asked for a key", "tagged"):
        if step == "asked for a key":
            tab.evaluate("import('/ui/key.js').then((key) => key.askForKey())")
            see(tab.get_by_label("Key", exact=True)).to_be_visible()
        elif step == "tagged":
            drop(tab, lines(starter[0], {"title": "short", "abstract": "x"}, {"title": "none"}))
            tab.locator(".tag").first.click()
            see(tab.locator("mark").first).to_be_visible()
            tab.get_by_role("button", name="Correct the tags").first.click()
        found = axe.Axe().run(tab).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
        assert tab.evaluate("document.documentElement.scrollWidth") == 360


def test_the_page_allows_nothing_from_outside(address):
    for path in ("/", "/ui", "/ui/page.js"):
        with urllib.request.urlopen(address + path) as answer:
            policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy


def test_papers_of_a_feed_are_what_can_be_read():
    good = {"id": 7, "title": "T", "abstract": "A", "other": [1]}
    answer = ui.papers_of((lines(good) + "{torn\n").encode(), 2)
    assert answer["papers"][0] == {"id": 7, "title": "T", "abstract": "A"}
    assert "the feed:2: not JSON" in answer["papers"][1]["error"]
    many = ui.papers_of(lines(good).encode() * 7, 4)
    assert (len(many["papers"]), many["left_out"]) == (4, 3)
    assert ui.papers_of(b"title,abstract\nT,A\n", 1)["papers"] == [{"title": "T", "abstract": "A"}]


@pytest.mark.parametrize(
    "data",
    [b"", b" \n", b"hello", gzip.compress(b'{"abstract": "A"}', mtime=0), b"PAR1", b"a,b\n1,2\n"],
)
def test_what_is_no_feed_is_refused_in_one_line(data):
    with pytest.raises(InputError, match=r"^the feed.*: "):
        ui.papers_of(data, 1)


def has_feedback(address: str) -> bool:
    try:
        body = b'{"corrections": []}'
        urllib.request.urlopen(f"{address}/feedback", body).close()
    except urllib.error.HTTPError as error:
        with error:
            return error.code not in (404, 405)
    return True
