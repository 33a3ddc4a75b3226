"""Which field is which: the usual names of a paper's fields, in several languages.

A name is compared in a folded form (`folded_name`): case, accents, spaces, punctuation, namespaces
and language marks don't count. `Article Title`, `dc.title[en]` and `en_title_s` are titles.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_TOKEN = re.compile(r"[^\W_]+")
_MARKS = re.compile(r"\{[^{}]{0,200}\}|\[[^\[\]]{0,20}\]")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_HOLDER = re.compile(
    r"^(?:paper|article|record|node|item|work|data|metadata|attributes|fields|content|_source)[./]"
)
"""What a flattened record has before its own names: `paper.summary`, `attributes/title`."""

_MAX_NAME = 200
_MAX_LENGTH = 40
"""Letters of a name that only contains `title` or `abstract`; a longer one is a sentence."""

LANGUAGES = {
    **dict.fromkeys(["en", "eng", "english", "us", "gb"], "en"),
    **dict.fromkeys(["de", "ger", "deu", "german", "deutsch"], "de"),
    **dict.fromkeys(["fr", "fre", "fra", "french", "francais"], "fr"),
    **dict.fromkeys(["es", "spa", "spanish", "espanol"], "es"),
    **dict.fromkeys(["it", "ita", "italian", "italiano"], "it"),
    **dict.fromkeys(["pt", "por", "portuguese", "portugues"], "pt"),
    **dict.fromkeys(["zh", "chi", "zho", "cn", "chinese"], "zh"),
    **dict.fromkeys(["ja", "jpn", "japanese", "ko", "kor", "ru", "rus", "nl", "pl", "tr"], "other"),
}
"""Language marks at the start or the end of a name."""

_PREFIXES = frozenset(["dc", "dcterms", "prism", "citation", "datacite", "bibo", "schema", "atom"])
_SUFFIXES = frozenset(["s", "t", "ss", "txt", "str"])
"""Type marks of Solr's dynamic fields, as in HAL's `title_s`."""


@dataclass(frozen=True)
class FieldName:
    """A field's name in its folded form, and the language that it was marked with."""

    folded: str
    language: str | None


@lru_cache(maxsize=8192)
def folded_name(name: str) -> FieldName:
    """Fold a field's name: `dc.description.abstract[en]` is `descriptionabstract` in English."""
    name = name[:_MAX_NAME]
    marks = _MARKS.findall(name)
    tokens = _tokens(_CAMEL.sub(" ", _HOLDER.sub("", _MARKS.sub("", name))))
    language = next((LANGUAGES[m] for mark in marks if (m := mark[1:3].lower()) in LANGUAGES), None)
    while len(tokens) > 1 and tokens[-1].isdigit():
        tokens.pop()  # `abstract (2)` of a table that has the column twice
    while len(tokens) > 1 and tokens[0] in _PREFIXES:
        tokens.pop(0)
    if len(tokens) > 1 and tokens[-1] in _SUFFIXES:
        tokens.pop()
    for place in (-1, 0):
        if len(tokens) > 1 and tokens[place] in LANGUAGES:
            language = LANGUAGES[tokens.pop(place)]
    folded = "".join(tokens)
    if len(folded) <= 2 and folded.isascii() and folded != name.strip().casefold():
        return FieldName("", language)  # `a, b` is no `AB`, the tag of abstracts
    return FieldName(folded, language)


def _tokens(name: str) -> list[str]:
    """The words of a name in small letters without accents."""
    decomposed = unicodedata.normalize("NFKD", name).casefold()
    letters = "".join(c for c in decomposed if not unicodedata.combining(c))
    return _TOKEN.findall(unicodedata.normalize("NFKC", letters))


def _ranked(*names: str) -> dict[str, int]:
    """Names with their rank: those of the first text are the best. `_` parts words of a name."""
    return {
        "".join(_tokens(name)): rank for rank, line in enumerate(names) for name in line.split()
    }


TITLE = _ranked(
    "title",
    "articletitle documenttitle papertitle titleprimary primarytitle titles titletext worktitle "
    "contributiontitle itemtitle titledisplay originaltitle",
    "titel titre titulo titolo titol titlu tytuł tytul tittel otsikko názov název naslov cím "
    "başlık baslik τίτλος название заголовок назва заглавие judul tiêu_đề tên_bài "
    "标题 題名 题名 篇名 标题名 论文标题 论文题目 题目 文献标题 中文题名 英文题名 標題 "
    "タイトル 論文名 論文タイトル 論文題目 표제 제목 논문명 논문제목 "
    "عنوان العنوان כותרת שם_המאמר शीर्षक",
    "displayname headline papername ti t1",
    "name heading paper",
)
ABSTRACT = _ranked(
    "abstract",
    "abstracttext abstractnote paperabstract articleabstract abstracts descriptionabstract "
    "abstractinvertedindex abstractplain abstractcontent abstractsummary cleanabstract "
    "abstracthtml abstractplaintext notesabstract abstracttranslated",
    "abstrakt zusammenfassung kurzfassung resume resumen resumo riassunto sommario samenvatting "
    "sammanfattning sammendrag streszczenie abstrakty tiivistelma ozet abstrait absztrakt "
    "összefoglaló souhrn zhrnutie sažetak povzetek rezumat resum απόσπασμα περίληψη "
    "аннотация реферат резюме анотація abstrak ringkasan tóm_tắt "
    "摘要 中文摘要 英文摘要 内容摘要 文摘 抄録 要旨 要約 概要 論文要旨 초록 요약 국문초록 영문초록 "
    "الملخص ملخص المستخلص چکیده תקציר सारांश",
    "ab n2",
)
TEXT = _ranked(
    "summary description descriptions shortdescription "
    "contentencoded contenthtml contenttext content html",
    "text body document documenttext fulltext snippet synopsis highlights details passage input "
    "beschreibung kurzbeschreibung inhalt descripcion descricao descrizione texto texte testo "
    "内容 简介 正文 本文 내용 dcdescription",
    "aisummary tldr",
)
"""Names under which an abstract may stand, or something else: taken where it is prose."""

_MADE = frozenset(["aisummary", "tldr"])

ID = _ranked(
    "id",
    "paperid arxivid openalexid documentid docid pid forum uid publicationid corpusid",
    "pmid pubmedid ut wosid uniquewosid accessionnumber eid bibcode accession itemid recordid "
    "referenceid key citekey citationkey articlenumber identifier eprint internalid an",
    "doi url link",
)
AUTHORS = _ranked(
    "authors",
    "author authorships creator creators authornames authorsprimary authorfullnames authorlist "
    "contributorauthor au a1 byline",
    "autoren autor auteurs auteur autores autors autori autore autorzy verfasser szerző szerzők "
    "yazarlar yazar auteursnamen συγγραφείς συγγραφέας авторы автор автори penulis tác_giả "
    "作者 著者 著者名 저자 المؤلف المؤلفون نویسنده نویسندگان מחבר מחברים लेखक",
)
DATE = _ranked(
    "published",
    "publishedat publicationdate publisheddate datepublished pubdate issued dateissued date "
    "coverdate coverdisplaydate datum fecha 发表时间 出版日期",
    "year publicationyear pubyear py y1 dp da jahr annee ano anno 年份 年",
    "created createdat submitteddate updated updatedate lastupdated",
)
URL = _ranked(
    "url",
    "link uri landingpageurl htmlurl absurl externalurl primaryurl ur pdfurl 链接",
)
DOI = _ranked("doi", "digitalobjectidentifier identifierdoi di do")
LABELS = _ranked(
    "labels",
    "label goldlabels goldlabel",
    "areas area tags tag researchareas researcharea classes class topics topic categories category "
    "etiketten etikett etiquetas etichette étiquettes étiquette klassen klasse kategorien "
    "kategorie themes theme themen thema sujets classlabel labelnames labelname cats "
    "标签 领域 标注",
    "annotations annotation subjecturis subjecturi subjects subject schlagworte schlagworter "
    "gold target targets",
)

_NOT_THE_PAPERS = """
    journal book source publication container conference series short proceedings secondary
    volume alternative abbrev host venue event collection section translated sub running issue
    meeting website periodical uniform parent tertiary cover web page feed channel dataset job
""".split()  # noqa: SIM905


def title_rank(name: str) -> int | None:
    """How good a name this is for the paper's title, 0 the best; None: it is no title's."""
    folded = folded_name(name).folded
    if folded in TITLE:
        return TITLE[folded]
    if _is_a_name(name, folded) and (folded.endswith("title") or folded.startswith("title")):
        rest = folded.replace("title", "", 1).replace("submission", "").replace("subject", "")
        if "abstract" not in rest and not any(word in rest for word in _NOT_THE_PAPERS):
            return 6
    return None


def is_weak_title(name: str) -> bool:
    """Whether a title's name, such as `name`, may as well be that of something else."""
    return TITLE.get(folded_name(name).folded, 0) >= 4


def abstract_rank(name: str) -> int | None:
    """How good a name this is for the abstract; 10 and more may as well hold something else."""
    folded = folded_name(name).folded
    if folded in ABSTRACT:
        return ABSTRACT[folded]
    if folded in TEXT:
        return 10 + TEXT[folded]
    if _is_a_name(name, folded) and (folded.startswith("abstract") or folded.endswith("abstract")):
        return 5
    return None


def _is_a_name(name: str, folded: str) -> bool:
    """Whether this is no sentence, nor a name with its text behind it."""
    _, _, text = name.partition(": ")
    return len(folded) <= _MAX_LENGTH and text.count(" ") < 3


def is_made(name: str) -> bool:
    """Whether a text of this name was made from the abstract: a last resort."""
    return folded_name(name).folded in _MADE


def holds_both(name: str) -> bool:
    """Whether a field of this name may hold the title before the abstract."""
    rank = abstract_rank(name)
    return rank is None or rank >= 10 or "title" in folded_name(name).folded


def is_label_name(name: str) -> bool:
    return folded_name(name).folded in LABELS
