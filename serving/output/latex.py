"""Text as LaTeX, by pylatexenc's tables, in a time that grows as the text does."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from tagstract.labels.io.text.marks import stream_safe

if TYPE_CHECKING:
    from pylatexenc.latexencode import UnicodeToLatexEncoder

__all__ = ["latex_encoder"]

_MATHEMATICS = re.compile(r"(?<!\\)\$.*[^\\]\$")
_URL = re.compile(r"https?://[^\s.]{0,200}\.\S*|www\.[^\s.]{1,200}\.\S*")

_PLAIN = re.compile(r"(?:(?!https?://|www\.)[A-Za-z0-9 ,.:;()])+")
"""What no rule changes: taken as a whole, it need not be looked up letter by letter."""


@cache
def latex_encoder() -> UnicodeToLatexEncoder:
    """Keeps mathematics, makes web addresses links, and escapes what LaTeX would obey.

    The rules are those of bibtexparser's encoder, but for addresses: there a search for the end of
    each runs to the end of the text. And pylatexenc adds letter after letter to a string, which is
    copied each time; here it adds them to a list.
    """
    from pylatexenc.latexencode import (
        RULE_REGEX,
        UnicodeToLatexConversionRule,
        UnicodeToLatexEncoder,
    )

    class Encoder(UnicodeToLatexEncoder):  # type: ignore[misc]
        def unicode_to_latex(self, s: str) -> str:
            letters: Any = super().unicode_to_latex(stream_safe(s))
            return "".join(letters)

    rules = [(_PLAIN, _kept), (_MATHEMATICS, _kept), (_URL, _linked)]
    regular = UnicodeToLatexConversionRule(RULE_REGEX, rules)
    return Encoder(conversion_rules=[regular, "defaults"], latex_string_class=list)


def _kept(found: re.Match[str]) -> str:
    return found[0]


def _linked(found: re.Match[str]) -> str:
    return rf"\url{{{found[0]}}}"
