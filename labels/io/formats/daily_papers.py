"""The Daily Papers page saved as text: site chrome, then titles and abstracts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tagstract.labels.errors import InputError
from tagstract.labels.files import shown
from tagstract.labels.io.formats import Format
from tagstract.labels.io.problem import Line
from tagstract.labels.io.sources.source import Source

_HEADING = re.compile(r"\s{0,200}(?:#{1,6} {0,20})?daily papers\s{0,200}", re.I)
_TRENDING = re.compile(r"\s{0,200}(?:#{1,6} {0,20})?trending papers\s{0,200}", re.I)
_HEADING_LINES = 200
_HEAD = 1 << 16
_SHORT, _LONG = 100, 300
"""Characters that no chrome has; that no line of wrapped text has."""
_NAME = r"(?:[A-Z][\w'\u2019-]+|[A-Z]\.)(?: (?:[A-Z][\w'\u2019-]*\.?|de|van|von|der|la|bin)){1,2}"
_AUTHORS = re.compile(rf"(?:by )?{_NAME}(?:(?:, and |, | and | & |; ){_NAME})*,?(?: et al\.?)?")
_USER = re.compile(r"@?[a-z0-9][\w.-]*")
_CHROME = re.compile(
    r"""subscribe | submit(\ a\ paper)? | trending\ papers |
    by\ [\w.]+(\ and\ the\ \w+\ community)? | by\ the\ [\w ]{1,40}\ community |
    trending\ research\ papers\ .{0,90} | get\ trending\ papers\ in\ your\ email.* |
    submitted\ by(\ @?[\w.-]+)? |
    previous(\ (day|week|month|page))? | next(\ (day|week|month|page))? | upvotes? | abstract:? |
    (view\ )?(arxiv\ page|pdf|all\ activity) | view\ all | add\ to\ collection |
    read\ more | show\ more |
    [\W\d_]*\d[.,\d]*[km]?\s*(upvotes?|likes?|comments?|replies|authors?|stars?|views?)? |
    (github|upvote|arxiv|▲|△|⭐)[\W_]*[\d.,]+[km]? | [\W_]+ |
    (published\ on\ |on\ )?((mon|tues?|wed(nes)?|thu(rs)?|fri|sat(ur)?|sun)(day)?,?\ )?
        (jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|
        sept?(ember)?|oct(ober)?|nov(ember)?|dec(ember)?)\.?\ \d{1,2}(,?\ \d{4})? |
    \d+\ (minutes?|hours?|days?)\ ago | keywords?:.* | ©.*""",
    re.I | re.X,
)
_MENU = re.compile(
    r"""new | daily | weekly | monthly | today | yesterday | trending | comments? | github | arxiv |
    pdf | code | project\ page | models? | datasets | spaces | company | tos | privacy | about |
    jobs | website | docs | pricing""",
    re.I | re.X,
)
"""Single words that are chrome only as a paragraph; a wrapped title may end with one."""
_SENTENCES = re.compile(r"[a-z0-9)]\. [A-Z]")

_TITLE, _ABSTRACT, _SKIP = range(3)
_START, _WAITING, _DONE = range(3)
"""Before the first paper; a title waits for its abstract; behind an abstract."""
_LONE = 3.0
"""Cost of a title without an abstract; more than to skip a byline, less than to skip a title."""


def heading_line(text: str) -> int | None:
    """Index of the line with the page's heading, among the first lines; None without one.

    "Trending Papers" is a link on the daily page, and the heading of the page it leads to.
    """
    lines = _lines(text[:_HEAD])[:_HEADING_LINES]
    for heading in (_HEADING, _TRENDING):
        for index, line in enumerate(lines):
            if len(line) < 300 and heading.fullmatch(line):
                return index
    return None


def detects(source: Source) -> bool:
    return heading_line(source.start) is not None


def read(source: Source) -> Iterator[Line]:
    """The papers of a page, in its order.

    Raises:
        InputError: no paper at all.
    """
    return iter(read_daily_papers(source.text(), source.name))


def read_daily_papers(text: str, source: str = "feed") -> list[Line]:
    """The papers of a Daily Papers page with the line each starts in, in the page's order.

    Paragraphs stand between blank lines. Which are titles, abstracts (perhaps of several
    paragraphs, perhaps cut short) and chrome is decided for the whole page at once by the
    cheapest labelling (Viterbi), so one odd paragraph doesn't shift the pairs after it. A title
    or an abstract that stands alone is a Problem. Without a heading the page starts at once.

    Raises:
        InputError: no paper at all.
    """
    paragraphs = list(_paragraphs(text))
    papers: list[tuple[int, dict[str, Any] | str]] = []
    title: tuple[int, str] | None = None
    for (line, paragraph), role in zip(paragraphs, _roles([p for _, p in paragraphs]), strict=True):
        if role == _TITLE:
            if title:
                papers.append(_lone_title(*title))
            title = (line, paragraph)
        elif role == _ABSTRACT and title:
            papers.append((title[0], {"title": title[1], "abstract": paragraph}))
            title = None
        elif role == _ABSTRACT:
            last = papers[-1][1] if papers else None
            if isinstance(last, dict):
                last["abstract"] += f" {paragraph}"
            else:
                papers.append((line, "an abstract without a title before it"))
    if title:
        papers.append(_lone_title(*title))
    if not any(isinstance(paper, dict) for _, paper in papers):
        raise InputError("has no title followed by an abstract", source)
    return papers


def _lone_title(line: int, title: str) -> Line:
    return line, f"the title '{shown(title)}' has no abstract after it"


def _lines(text: str) -> list[str]:
    # Not splitlines: it also splits at characters that stand inside abstracts, such as U+2028.
    return re.split(r"\r\n|\n|\r", text)


def _paragraphs(text: str) -> Iterator[tuple[int, str]]:
    """(line, paragraph) without known chrome; lines without a blank one between belong together."""
    heading = heading_line(text)
    block: list[tuple[int, str]] = []
    submitter = False
    for number, line in enumerate([*_lines(text), ""], 1):
        if heading is not None and number <= heading + 1:
            continue
        folded = " ".join(line.split())
        if folded:
            block.append((number, folded))
            continue
        last = block[-1][1] if block else ""
        trimmed = _trim(block)
        # The user's name stands alone after "Submitted by", and may look like a title.
        if not (submitter and len(trimmed) == 1 and trimmed[0][1].count(" ") < 3):
            yield from _split(trimmed)
        submitter = last.lower() == "submitted by" if last else submitter
        block = []


def _trim(block: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """A block without the chrome at its ends; empty where it is nothing else."""
    if all(_is_chrome(line) or _MENU.fullmatch(line) for _, line in block):
        return []
    start, end = 0, len(block)
    while _is_chrome(block[start][1]):
        start += 1
    # A wrapped abstract may end with a line that is only a number.
    wrapped = end - start > 2 and not _unwrapped(block)
    while _is_chrome(block[end - 1][1]) and not (wrapped and block[end - 1][1][0].isdigit()):
        end -= 1
    return block[start:end]


def _is_chrome(line: str) -> bool:
    return len(line) <= _SHORT and bool(_CHROME.fullmatch(line) or _HEADING.fullmatch(line))


def _unwrapped(block: list[tuple[int, str]]) -> bool:
    return any(len(line) >= _LONG for _, line in block)


def _split(block: list[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Each line by itself where lines hold whole paragraphs, else all lines as one."""
    if _unwrapped(block):
        yield from block
    elif block:
        yield block[0][0], " ".join(line for _, line in block)


def _roles(paragraphs: list[str]) -> list[int]:
    """The cheapest role of every paragraph, the whole page weighed at once."""
    costs: dict[int, float] = {_START: 0.0}
    steps: list[dict[int, tuple[int, int]]] = []
    for paragraph in paragraphs:
        following: dict[int, float] = {}
        step: dict[int, tuple[int, int]] = {}
        for state, cost in costs.items():
            for role, target, price in _choices(paragraph, state):
                if cost + price < following.get(target, float("inf")):
                    following[target] = cost + price
                    step[target] = (state, role)
        costs = following
        steps.append(step)
    state = min(costs, key=lambda end: costs[end] + (_LONE if end == _WAITING else 0.0))
    roles = []
    for step in reversed(steps):
        state, role = step[state]
        roles.append(role)
    return roles[::-1]


def _choices(paragraph: str, state: int) -> Iterator[tuple[int, int, float]]:
    """(role, next state, cost): 0 is what a title or an abstract looks like, 8 what it can't be.

    The figures were set by hand on pages with bylines, cut abstracts and missing halves.
    """
    length, words = len(paragraph), paragraph.count(" ") + 1
    long = length >= 200
    stops = paragraph.endswith((".", ".)", "…"))
    linked = "http" in paragraph or "www." in paragraph
    user = length <= _SHORT and bool(_USER.fullmatch(paragraph))
    byline = user or (length <= 10 * _SHORT and bool(_AUTHORS.fullmatch(paragraph)))

    title = 0.0 if length <= 160 else 0.5 if length <= 250 else 1.0 if length <= 400 else 8.0
    title += 1.5 * stops + 3.0 * linked + 3.0 * bool(_SENTENCES.search(paragraph))
    title += 1.5 if user else 0.3 * byline
    yield _TITLE, _WAITING, title + (_LONE if state == _WAITING else 0.0)

    if state == _WAITING:
        abstract = 0.0 if long else 1.5 if stops else 2.6
        yield _ABSTRACT, _DONE, abstract + 3.0 * byline
    else:
        more = 0.7 if long else 1.2 if stops or linked else 3.5
        yield _ABSTRACT, _DONE, more + (2.0 if state == _START else 0.0)

    skip = 8.0 if long else 4.0 if words > 3 else 2.5 if words > 1 else 1.7
    if byline:
        # One name may as well be a short title.
        skip = 0.5 if words > 3 else 1.7
    # Behind a title stands its byline; the first short line behind an abstract is a title.
    yield _SKIP, state, skip + (0.0 if state == _WAITING else 1.0)


FORMAT = Format(
    name="daily-papers",
    title="Daily Papers and Trending Papers, saved as text",
    detected="a line `Daily Papers` or `Trending Papers`",
    kept="`title`, `abstract`",
    detects=detects,
    read=read,
    order=50,
    aliases=("trending-papers",),
)
