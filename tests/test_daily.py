"""The Daily Papers page as text: which paragraphs are titles, abstracts and chrome."""

import pytest

from tagstract.labels import InputError
from tagstract.labels.io.formats.daily_papers import read_daily_papers

PAGE = """new

Subscribe

Daily Papers

by AK and the research community

Mar 3

A First Title

An abstract that the page cut sho

Second

Its abstract
goes on here.
"""
LONG = "We grow {0} on a bench and weigh it every day, which nobody had the patience to do. " * 4


def page(*paragraphs: str) -> str:
    return "\n\n".join(["Daily Papers", *paragraphs])


def titles(text: str) -> list[str]:
    return [paper["title"] for paper in papers(text) if isinstance(paper, dict)]


def papers(text: str) -> list:
    return [paper for _, paper in read_daily_papers(text)]


def test_titles_and_abstracts_come_in_turn_without_the_chrome():
    assert papers(PAGE) == [
        {"title": "A First Title", "abstract": "An abstract that the page cut sho"},
        {"title": "Second", "abstract": "Its abstract goes on here."},
    ]


def test_bylines_counts_and_menus_are_skipped():
    text = page(
        *("Submitted by", "Rui Li", "41", "Growing Moss", "· 5 authors", LONG.format("moss"), "7"),
        *("Growing Fern", "Ann Roe, Bo K. Doe and Chi Xu", LONG.format("fern"), "View arXiv page"),
        *("Company", "© Moss Press"),
    )
    assert titles(text) == ["Growing Moss", "Growing Fern"]
    assert papers(text)[1]["abstract"] == LONG.format("fern").strip()


def test_a_title_may_look_like_chrome_or_like_a_name():
    names = ["Next Token Prediction in Moss", "Previous Work, Reloaded", "Deep Learning", "GPT-4"]
    text = page(*(part for name in names for part in (name, LONG.format(name))))
    assert titles(text) == names


def test_an_abstract_may_hold_several_paragraphs():
    text = page("Growing Moss", LONG.format("moss"), "Code: https://moss.example/", "Fern", LONG)
    assert titles(text) == ["Growing Moss", "Fern"]
    assert papers(text)[0]["abstract"].endswith("do. Code: https://moss.example/")


def test_a_missing_abstract_is_told_and_shifts_no_pair():
    moss, fern = LONG.format("moss"), LONG.format("fern")
    text = page("Growing Moss", moss, "A Title Left on Its Own", "Growing Fern in the Dark", fern)
    first, problem, second = papers(text)
    assert (first["title"], second["title"]) == ("Growing Moss", "Growing Fern in the Dark")
    assert problem == "the title 'A Title Left on Its Own' has no abstract after it"
    assert [line for line, _ in read_daily_papers(text)] == [3, 7, 9]


def test_lines_without_blanks_between_are_read_too():
    moss, fern = LONG.format("moss").strip(), LONG.format("fern").strip()
    text = f"Daily Papers\nGrowing Moss\n{moss}\nGrowing Fern\n{fern}\n"
    assert papers(text.replace("\n", "\r\n")) == [
        {"title": "Growing Moss", "abstract": moss},
        {"title": "Growing Fern", "abstract": fern},
    ]


@pytest.mark.parametrize("text", ["", "Daily Papers\n", page("A lone title")])
def test_a_page_without_papers_is_refused(text):
    with pytest.raises(InputError):
        read_daily_papers(text)
