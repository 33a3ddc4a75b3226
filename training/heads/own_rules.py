"""Rules of own areas on length and language: as the labelled papers have them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tagstract.model_folder.abstention import Rules, is_english, words_of

ENGLISH_SHARE = 0.98
"""Share of papers that pass as English, from which on other languages get no tags."""

MAX_MIN_WORDS = 15


@dataclass(frozen=True)
class AskedRules:
    """What the user says of the papers to come; None: learned from the labelled ones."""

    any_language: bool = False
    min_words: int | None = None


LEARNED = AskedRules()
"""All rules from the labelled papers."""


def learn_rules(papers: Sequence[dict[str, Any]], asked: AskedRules) -> Rules:
    """Length and language as the labelled papers have them; no rule on the scope, which only a
    taxonomy of the model's own field could have."""
    words = [words_of(paper) for paper in papers]
    english = sum(is_english(one) for one in words) >= ENGLISH_SHARE * len(words)
    shortest = min(MAX_MIN_WORDS, *(len(one) for one in words), MAX_MIN_WORDS)
    min_words = shortest if asked.min_words is None else asked.min_words
    return Rules(min_words, english and not asked.any_language, min_probability=0.0)
