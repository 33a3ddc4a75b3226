"""Markup out of a text: tags of HTML, JATS and MathML, character references.

Everything here takes time in proportion to the text: tags are found by their brackets, in a bounded
window, and no pattern repeats inside a repeat.
"""

from __future__ import annotations

import html
import re

_BLOCKS = frozenset(
    """
    p br div li ul ol dl dt dd h1 h2 h3 h4 h5 h6 hr blockquote pre table tr td th tbody thead
    section article figure figcaption sec title abstract list list-item disp-formula label
    abstracttext disp-quote break header footer main aside nav caption
    """.split()  # noqa: SIM905
)
_INLINE = frozenset(
    """
    a abbr b code em font i img mark q s small span strong sub sup tt u inf italic bold
    monospace sc xref ext-link inline-formula alternatives underline roman styled-content
    named-content math mrow mi mo mn mtext msub msup msubsup mfrac msqrt mroot mover munder
    munderover mtable mtr mtd mspace mstyle mpadded mphantom menclose mfenced mprescripts none
    mmultiscripts semantics annotation tex-math inline-graphic graphic uri email fn sans-serif
    strike overline cite time var kbd samp del ins center wbr svg button input
    """.split()  # noqa: SIM905
)
_DROPPED = ("script", "style", "annotation", "tex-math", "annotation-xml", "svg")
"""Elements whose content is no text of the paper, or stands there a second time."""

_TAG = re.compile(r"(/?)(?:(?:jats|mml|m|ce|xocs|ns\d|html|xhtml)[:_-])?([a-zA-Z][\w-]{0,30})")
_ATTRIBUTE = re.compile(r"\s{1,20}[\w:.-]{1,60}\s{0,5}=")
_WINDOW = 2000
_REFERENCE = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_PARAGRAPH = "\x1e"
_SPACES = re.compile(r"[^\S\x1e]+")


def paragraphs_of(text: str) -> list[str]:
    """The paragraphs of HTML or JATS, each as folded text.

    Only well-formed tags of HTML, JATS and MathML go, and only references with a semicolon are
    resolved: an abstract's LaTeX (`$a<b$ and $c>d$`, `\\times`, `x & y`) stays.
    """
    marked = text.replace(_PARAGRAPH, " ")
    for _ in range(2):  # a text may have been escaped twice
        before = marked
        if "<" in marked:
            marked = _without_tags(marked)
        if "&" in marked:
            marked = _REFERENCE.sub(_character, marked)
        if marked == before:
            break
    return [part for raw in marked.split(_PARAGRAPH) if (part := " ".join(raw.split()))]


def plain_text(text: str) -> str:
    """`paragraphs_of` as one line."""
    if "<" not in text and "&" not in text:
        return " ".join(text.split())
    return " ".join(paragraphs_of(text))


def _without_tags(text: str) -> str:
    """The text with a paragraph mark for each tag of a block and nothing for the other tags."""
    pieces: list[str] = []
    place = 0
    lowered = text.lower() if any(f"{name}" in text.lower() for name in _DROPPED) else ""
    while (start := text.find("<", place)) >= 0:
        pieces.append(text[place:start])
        if text.startswith("<!--", start):
            end = text.find("-->", start)
            place = len(text) if end < 0 else end + 3
            continue
        end = text.find(">", start, start + _WINDOW)
        name = _tag_name(text[start + 1 : end]) if end > 0 else None
        if name is None:
            pieces.append("<")
            place = start + 1
            continue
        place = end + 1
        if name in _DROPPED and lowered and text[end - 1] != "/":
            place = _behind(lowered, name, place)
        elif name == "/title":
            pieces.append(": " + _PARAGRAPH)
        elif name.lstrip("/") in _BLOCKS:
            pieces.append(_PARAGRAPH)
    pieces.append(text[place:])
    return "".join(pieces)


def _behind(lowered: str, name: str, place: int) -> int:
    """Where an element that is dropped ends; `place` where it has no end."""
    close = lowered.find(f"{name}>", place)
    while close >= 0 and "</" not in lowered[max(0, close - 8) : close]:
        close = lowered.find(f"{name}>", close + 1)
    return close + len(name) + 1 if close >= 0 else place


def _tag_name(inside: str) -> str | None:
    """`p` or `/p` of what stands between brackets; None where that is no tag that we know."""
    found = _TAG.match(inside)
    if not found:
        return "!" if inside.startswith(("!", "?")) else None
    name = found[2].lower()
    rest = inside[found.end() :]
    if name not in _BLOCKS and name not in _INLINE and name not in _DROPPED:
        return None
    if rest and not rest.isspace() and rest.strip() != "/" and not _ATTRIBUTE.match(rest):
        return None
    return found[1] + name


def _character(reference: re.Match[str]) -> str:
    resolved = html.unescape(reference[0])
    # A number may name half a character, which can't be written as UTF-8.
    return resolved if resolved.isprintable() or resolved.isspace() else reference[0]
