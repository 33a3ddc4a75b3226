"""LaTeX out of a text: commands for fonts, links, citations, accents; mathematics stays."""

from __future__ import annotations

import re
import unicodedata

_KEPT = re.compile(
    r"\\(?:emph|text(?:bf|it|tt|sc|rm|sf|sl|up|md|normal|subscript|superscript)?|underline|mbox|"
    r"url|uline|textquoteright)\s?\{((?:[^{}\\$]|\\[%&_#$ ]){0,1000})\}"
)
_LINKED = re.compile(r"\\href\s?\{[^{}]{0,500}\}\s?\{((?:[^{}\\]|\\[%&_#~]){0,500})\}")
_CITED = re.compile(
    r"[~ ]?\\(?:cite[a-z]{0,10}\*?|ref|eqref|label|footnotemark)\s?\{[^{}]{0,500}\}"
)
_ESCAPED = re.compile(r"\\([%&_#])")
_ACCENT = re.compile(
    r"\{?\\([\"'`^~=.uvHckr])\s?(?:\{\s?\\?([a-zA-Z])\s?\}|([a-zA-Z])(?![a-zA-Z]))\}?"
)
_PUNCTUATED = re.compile(r"\{?\\([\"'`^~])\s?(?:\{\s?\\?([a-zA-Z])\s?\}|([a-zA-Z]))\}?")
_COMBINING = dict(zip("\"'`^~=.uvHckr", "\u0308\u0301\u0300\u0302\u0303\u0304\u0307\u0306\u030c"
                      "\u030b\u0327\u0328\u030a", strict=True))  # fmt: skip


def plain_latex(text: str) -> str:
    """The text without commands for fonts, links, citations and accents; mathematics stays."""
    if "\\" not in text:
        return text
    pieces = text.split("$")
    # Between an odd and the next dollar stands mathematics; a lone dollar is money.
    even = len(pieces) % 2 == 1
    return "$".join(
        piece if index % 2 and even else _without_commands(piece)
        for index, piece in enumerate(pieces)
    )


def _without_commands(text: str) -> str:
    if "\\" not in text:
        return text
    text = _CITED.sub("", text)
    text = _PUNCTUATED.sub(_accented, text)
    for _ in range(3):  # commands inside each other
        text, linked = _LINKED.subn(r"\1", text)
        text, changed = _KEPT.subn(r"\1", text)
        if not changed + linked:
            break
    return _ESCAPED.sub(r"\1", text)


def _accented(found: re.Match[str]) -> str:
    letter = found[2] or found[3]
    return unicodedata.normalize("NFC", letter + _COMBINING[found[1]])


_SYMBOLS = {
    "ss": "ß", "o": "ø", "O": "Ø", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "aa": "å",
    "AA": "Å", "l": "ł", "L": "Ł", "i": "i", "j": "j", "textless": "<", "textgreater": ">",
    "dots": "…", "textasciitilde": "~", "textasciicircum": "^", "textbackslash": "\\",
    "textendash": "–", "textemdash": "—", "textquotedblleft": "“", "textquotedblright": "”",
    "textquoteleft": "‘", "textquoteright": "’", "ldots": "…", "textellipsis": "…",
    "textdegree": "°", "textbar": "|", "textregistered": "®", "texttrademark": "™",
    "textcopyright": "©", "textunderscore": "_", "textperiodcentered": "·", "textmu": "µ",
    "textonehalf": "½", "S": "§", "LaTeX": "LaTeX", "TeX": "TeX", "guillemotleft": "«",
    "guillemotright": "»", "newline": " ", "par": " ", "quotedblbase": "„", "textsection": "§",
    "texttimes": "×", "textpm": "±", "textbullet": "•", "textdollar": "$", "ddag": "‡",
    "dag": "†", "pounds": "£", "euro": "€", "texteuro": "€",
}  # fmt: skip
_SYMBOL = re.compile(r"\\([A-Za-z]{1,20})(?:\{\}|(?![A-Za-z])\s?)")
_SPACED = re.compile(r"\\\\(?=\s|$)|\\[ ,;:!/]|(?<=\S)~(?=\S)")


def plain_bibtex(text: str) -> str:
    """A value of BibTeX as text: `{Q}uantum {\\"O}l \\& $x^2$` is `Quantum Öl & $x^2$`."""
    if not any(character in text for character in "\\{}~`'-$\n"):
        return text
    pieces = re.split(r"(?<!\\)\$", text)
    even = len(pieces) % 2 == 1
    return " ".join(
        "$".join(
            piece if index % 2 and even else _from_bibtex(piece)
            for index, piece in enumerate(pieces)
        ).split()
    )


def _from_bibtex(text: str) -> str:
    text = _without_commands(text)
    if "\\" in text:
        text = _SYMBOL.sub(lambda found: _SYMBOLS.get(found[1], found[0]), text)
        text = _SPACED.sub(" ", text).replace("\\{", "\x01").replace("\\}", "\x02")
        text = text.replace("\\$", "$").replace("\\-", "")
    else:
        text = _SPACED.sub(" ", text)
    text = text.replace("{", "").replace("}", "").replace("\x01", "{").replace("\x02", "}")
    return text.replace("``", "“").replace("''", "”").replace("---", "—").replace("--", "–")
