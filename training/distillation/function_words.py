"""The word pieces that the cheap stages leave out: function words, and words of every abstract."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

WORDS = """
a an the and or but of in on at to for from by with as is are was were be been being it its this
that these those which who whom whose we our us they their them he she his her i you your there here
has have had do does did can could may might will would shall should must into onto over under than
then so such also both each other another any some most more less very however moreover furthermore
thus hence therefore while when where if because since although though between among through during
within without across per via upon about against not no nor only own same too just either neither
what how why all many much few several
paper propose proposed proposes present presents show shows shown demonstrate demonstrates results
result experiments experimental extensive using used use based approach method methods new novel
existing introduce introduces work study further first second finally one two well still even yet
often
"""

SIGNS = ", . ; : ( ) [ ] \" ' ` - \u2013 \u2014 / % $ { } _ ^ \\ * = + < > ? ! & | ~ @ #"

UNKNOWN, FIRST, LAST, PADDING = "[UNK]", "[CLS]", "[SEP]", "[PAD]"


def function_words(tokenizer: str) -> NDArray[np.bool_]:
    """bool (vocabulary,): the word pieces that are left out.

    Args:
        tokenizer: the text of a `tokenizer.json`.
    """
    return _marked(tokenizer, [*WORDS.split(), *SIGNS.split()])


def special_tokens(tokenizer: str) -> NDArray[np.bool_]:
    """bool (vocabulary,): the unknown word, the opening and closing tokens, and padding."""
    return _marked(tokenizer, [UNKNOWN, FIRST, LAST, PADDING])


def _marked(tokenizer: str, words: list[str]) -> NDArray[np.bool_]:
    vocabulary: dict[str, int] = Tokenizer.from_str(tokenizer).get_vocab()
    marked = np.zeros(max(vocabulary.values()) + 1, bool)
    marked[[vocabulary[word] for word in words if word in vocabulary]] = True
    return marked
