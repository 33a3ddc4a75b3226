"""Is it an abstract: prose, or publication data, a placeholder, a notice of withdrawal?

Prose has sentences, and sentences need small words such as *is*, *we*, *that*. "Journal of X,
Volume 3, Pages 1-9, Author(s): ..." has none but those that stand in names (*of*, *the*, *and*).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from tagstract.labels.io.text.latex import plain_latex
from tagstract.labels.io.text.markup import paragraphs_of

_WORD = re.compile(r"[^\W\d_]+")

_SENTENCE_WORDS = frozenset(
    """
    is are was were be been being we our us this that these those which who it its their they
    can could may might must will would should has have had do does did not than such as if when
    where while whether how what why there here but because however both each between by with
    from into using based show shows propose present use used also more most only other about
    ist sind war werden wird wurde wurden wir unser unsere diese dieser dieses dass nicht sich
    einen eine einem durch auch kann können mit auf zu als wie oder aber
    est sont était été nous notre cette ces qui que dans avec pour pas plus peut sur nos par
    es son fue ser se que nuestro esta este estos con para por como más pueden no los las
    è sono che questo questa nostro con per non più può si della delle come
    é são foi que nosso esta este com para por não mais pode uma dos das
    is zijn wordt worden deze dit niet met voor een het
    är och som att det inte med för på en av
    jest są nie który które się oraz przez dla
    это что как не для на мы при или были является
    """.split()  # noqa: SIM905
)
_ENGLISH = frozenset(
    """
    a about all also an and are as at be been between both but by can do each for from has have
    how if in into is it its may more most no not of on only or other our over such than that the
    their them then there these they this those to under use used using was we were what when
    where which while who will with without
    """.split()  # noqa: SIM905
)
_DATA = re.compile(
    r"\b(?:volumes?|vol\.|issues?|pages?|pp\.|e-?issn|issn|isbn|doi|author\(s\)|authors?:|source:|"
    r"publication date|published online|earlyview|early view|ahead of print|online first|pmid|"
    r"pmcid|accepted manuscript|article number|article id|publisher|publication year|"
    r"corrected proof|in press|available online|journal of|proceedings of|conference on|"
    r"affiliations?:|categories:|subjects?:|comments?:|submitted on|read more|continue reading)",
    re.I,
)
_CITATION = re.compile(r"\b(?:19|20)\d\d\b[^.]{0,30};\s?\d{1,4}\s?\(")
_MISSING = frozenset(
    """
    nan|none|null|na|nil|undefined|missing|tbd|tba|unknown|empty|no|abstract|summary
    no abstract|no abstract available|abstract not available|not available|unavailable
    abstract unavailable|abstract is not available|no abstract is available
    no abstract is available for this article|there is no abstract available|no summary available
    no abstract provided|no abstract supplied|abstract not provided|not applicable|not provided
    an abstract is not available for this article|an abstract is not available
    this article has no abstract|this paper has no abstract|no abstract found|abstract missing
    an abstract is not available for this content so a preview has been provided
    abstract available from the publisher|no description available|no description
    without abstract|abstract to be added|to be announced|coming soon|lorem ipsum|see pdf
    keine zusammenfassung|kein abstract|kein abstract verfügbar|keine angabe|nicht verfügbar
    pas de résumé|résumé non disponible|sin resumen|resumen no disponible|nessun abstract
    sem resumo|resumo não disponível|无|无摘要|暂无摘要|なし|нет аннотации
    """.replace("\n", "|").split("|")
)
_MISSING_FOLDED = frozenset(" ".join(entry.split()) for entry in _MISSING)
_NOTICE_TITLE = re.compile(
    r"\W{0,3}(?:(?:publisher|author|editorial|and|general)\s{1,3})?"
    r"(?:errat(?:um|a)|corrigend(?:um|a)|corrections?|retract(?:ed|ion)|withdrawn|withdrawal|"
    r"expression of concern|addendum|removal notice|retraction notice|removed|temporary removal|"
    r"correction notice|notice of (?:retraction|withdrawal|removal))"
    r"(?:\s{0,3}[:\])\u2013\u2014]|\s{1,3}(?:to|for|of|article|notice|note)\b|\s{0,3}$)",
    re.I,
)
_NOTICE = re.compile(
    r"\b(?:has|have|had|was|were|is|been|being)\s(?:been\s)?(?:temporarily\s|formally\s|now\s)?"
    r"(?:withdrawn|retracted|removed|corrected)\b|^\W{0,3}(?:withdrawn|retracted)\b|"
    r"\bcorrects the article\b|\bwithdrawn by (?:the )?(?:authors?|arxiv|admin)|"
    r"\bthe original (?:version of (?:this|the) )?(?:article|paper|publication)\b|"
    r"\bwithdrawn (?:due to|because|for)\b",
    re.I,
)
_NOTICED = re.compile(
    r"\b(?:this|the|our)\s(?:\w{1,20}\s){0,3}(?:article|paper|submission|manuscript|preprint|work|"
    r"publication|report|version)\b|^\W{0,3}(?:withdrawn|retracted)\b|\bwithdrawn\b",
    re.I,
)
_NOTICE_WORDS = 90
"""A notice is short; an abstract of more words is one, whatever it says."""

_LEAD = re.compile(
    r"[\W_]{0,4}(?:graphical\s)?(?:abstract|summary|zusammenfassung|kurzfassung|résumé|resumen|resumo|"
    r"riassunto|sommario|samenvatting|sammanfattning|аннотация|реферат|özet|摘\s{0,2}要|要旨|概要|초록|"
    r"tl;dr)(?:\s{0,3}(?:[:.\u2014\u2013|】\]：*_]|-{1,3}|\n)[\s:.\u2014\u2013*_-]{0,6}|\s{1,5}(?=[A-Z\u201c\"“]))",
    re.I,
)
_ARXIV_LEAD = re.compile(
    r"\s{0,9}arXiv:\S{1,40}\s{1,9}Announce Type:\s{0,9}\S{1,30}\s{1,9}(?:Abstract:\s{0,9})?"
)
_ONLINE_LEAD = re.compile(
    r"(?:[^.;:]{1,120},\s)?Published online:\s?[^;]{4,30};\s?(?:doi:\s?\S{6,120}\s?)?", re.I
)
_MARK = (
    r"(?:©|\(c\)\s?(?=(?:19|20)\d\d|copyright|the author)|&copy;|\bcopyright\b\s?(?:©|\(c\)|19|20))"
)
_TAIL = re.compile(
    rf"{_MARK}|\ball rights reserved\b|\bthis is an open[- ]access article\b|"
    r"\bthis article is protected by copyright\b|\bpsycinfo database record\b|"
    r"\bthis article is part of the (?:theme|special) issue\b|\bpublished by elsevier\b|"
    r"\b(?:published|distributed) under (?:the|a) (?:terms|creative)|"
    r"\bPMID:\s?\d|\bDOI:\s?10\.",
    re.I,
)
_TAIL_WORDS = ("©", "(c)", "copyright", "rights", "open access", "open-access", "psycinfo", "issue",
               "elsevier", "under", "pmid", "doi")  # fmt: skip
_TAIL_WINDOW = 400
_AROUND_TITLE = 60
"""Characters that may stand around a title in a paragraph of its own."""

_LEADING_MARK = re.compile(
    r"(?:©|\(c\)\s?(?=(?:19|20)\d\d)|copyright\s?(?:©|\(c\))?\s?(?=(?:19|20)\d\d))"
    r"\s?(?:copyright\s)?(?:19|20)\d\d[^.]{0,120}\.\s", re.I,
)  # fmt: skip
_RIGHTS = re.compile(
    r"(?:all rights reserved|(?:published|exclusive licen[cs]e|under (?:an? )?exclusive)[^.]{0,80}|"
    r"open access[^.]{0,80})\.\s", re.I,
)  # fmt: skip


@dataclass(frozen=True)
class Judged:
    """A text as it is read, without markup, lead-in and copyright; '' with `why` where it is none.

    `why` is None, "missing" (a placeholder), "data" (publication data) or "notice" (of a
    withdrawal, a retraction, a correction).
    """

    text: str
    why: str | None = None


def judged(text: str) -> Judged:
    """What of a text from an abstract's field is to be read."""
    return _judged(cleaned(text))


def _judged(clean: str) -> Judged:
    if is_missing(clean):
        return Judged("", "missing")
    if is_notice(clean):
        return Judged("", "notice")
    if is_publication_data(clean):
        return Judged("", "data")
    return Judged(clean)


def prose_of(text: str, title: str = "") -> Judged:
    """What of a text from any field is an abstract: its paragraphs of prose; LaTeX stays.

    A paragraph that is only the title, with a journal's name before it, is left out.
    """
    paragraphs = paragraphs_of(text)
    if title and len(paragraphs) > 1:
        most = len(title) + _AROUND_TITLE
        paragraphs = [part for part in paragraphs if title not in part or len(part) > most]
    prose = [part for part in paragraphs if is_prose(part) and not is_publication_data(part)]
    if not prose:
        return (
            judged(text) if len(paragraphs) < 2 and is_notice(cleaned(text)) else Judged("", "data")
        )
    return _judged(tidied(" ".join(prose)))


def cleaned(text: str) -> str:
    """A text without markup and LaTeX's commands, lead-in and copyright, as the model reads it."""
    return plain_latex(tidied(text))


def tidied(text: str) -> str:
    """A text without markup, "Abstract:" and its like before it, and copyright behind it."""
    plain = " ".join(paragraphs_of(text)) if "<" in text or "&" in text else " ".join(text.split())
    for _ in range(2):
        for lead in (_ARXIV_LEAD, _LEAD, _ONLINE_LEAD, _LEADING_MARK, _RIGHTS):
            found = lead.match(plain)
            if found and found.end() < len(plain):
                plain = plain[found.end() :].lstrip()
    return _without_tail(plain)


def _without_tail(text: str) -> str:
    """The text up to its copyright line, where that is the end and not most of the text."""
    start = max(len(text) - _TAIL_WINDOW, len(text) // 3)
    end = text[start:].lower()
    if not any(word in end for word in _TAIL_WORDS):
        return text  # which is quicker than the pattern
    found = _TAIL.search(text, start)
    if not found:
        return text
    kept = text[: found.start()].rstrip(" |([-\u2013\u2014")
    # A sentence on copyright inside an abstract goes on after it.
    rest = text[found.end() :]
    if sentence_share(rest) > 0.25 and rest.count(". ") > 2:
        return text
    if kept and kept[-1] not in ".?!…)\"'”。":
        stop = max(kept.rfind(". "), kept.rfind("? "), kept.rfind("! "))
        sentence = kept[stop + 2 :] if stop > 0 else ""
        # What stands between the last full stop and the mark belongs to it: "Springer Nature ©".
        if stop > 0 and len(sentence.split()) <= 8 and sentence_share(sentence) < 0.1:
            kept = kept[: stop + 1]
    return kept


def is_missing(text: str) -> bool:
    """Whether a text only says that there is no abstract: "nan", "[No abstract available]"."""
    if len(text) > 120:
        return False
    folded = " ".join(re.sub(r"[\W_]+", " ", text.casefold()).split())
    return not folded or folded in _MISSING_FOLDED or folded.replace(" ", "") in ("na", "nan")


def is_notice(text: str) -> bool:
    """Whether an abstract only says that the paper was withdrawn, retracted or corrected."""
    if len(text) > 2000 or len(text.split()) > _NOTICE_WORDS:
        return False
    head = text[:400]
    return bool(_NOTICE.search(head) and _NOTICED.search(head))


def is_notice_title(title: str) -> bool:
    """Whether a title is that of an erratum, a retraction or their like."""
    return bool(_NOTICE_TITLE.match(title))


def is_publication_data(text: str) -> bool:
    """Whether a text says where a paper was published rather than what is in it."""
    if len(text) > 4000:
        return False
    share = sentence_share(text)
    if share >= 0.1:
        return False
    marks = len(_DATA.findall(text)) + 2 * bool(_CITATION.search(text))
    words = len(text.split())
    if marks == 0 or words > 40 * marks:
        return False
    return share < 0.06 or words < 15 * marks


def sentence_share(text: str) -> float:
    """Share of the words that only sentences have."""
    words = _WORD.findall(text.casefold())
    return sum(word in _SENTENCE_WORDS for word in words) / len(words) if words else 0.0


def english_share(text: str) -> float:
    """Share of English function words."""
    words = _WORD.findall(text.casefold())
    return sum(word in _ENGLISH for word in words) / len(words) if words else 0.0


@cache
def _joined_scripts() -> re.Pattern[str]:
    """Letters of scripts that part no words. Python takes milliseconds to compile it."""
    return re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")


def is_prose(text: str) -> bool:
    """Whether a text has sentences: at least eight words, and one in 25 of a sentence's own.

    Of a long text in English, terse as abstracts can be, one in 50 is enough.
    """
    head = text[:5000]
    joined_script = 0 if head.isascii() else len(_joined_scripts().findall(head))
    if joined_script > 30 and joined_script > len(head) / 4:
        return any(mark in head for mark in "。，、,.")
    words = _WORD.findall(head.casefold())
    found = sum(word in _SENTENCE_WORDS for word in words)
    terse = len(words) >= 60 and found >= 2 and found * 50 >= len(words)
    if terse and english_share(head) >= 0.15:
        return True
    return len(words) >= 8 and found >= 1 and found * 25 >= len(words)
