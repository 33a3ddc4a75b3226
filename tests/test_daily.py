"""The Daily Papers page as text."""

import pytest

from labels import InputError
from serving.feeds import read_daily_papers

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


def test_titles_and_abstracts_come_in_turn_without_the_chrome():
    assert read_daily_papers(PAGE) == [
        {"title": "A First Title", "abstract": "An abstract that the page cut sho"},
        {"title": "Second", "abstract": "Its abstract goes on here."},
    ]


@pytest.mark.parametrize("page", ["", "Daily Papers\n", PAGE + "\nA lone title\n"])
def test_a_page_without_whole_papers_is_refused(page):
    with pytest.raises(InputError):
        read_daily_papers(page)
