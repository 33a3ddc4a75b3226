"""Feeds in the layouts that people have, about two invented papers: what the readers must read."""

from __future__ import annotations

import bz2
import gzip
import html
import io
import json
import lzma
import zipfile
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Invented:
    """A paper that nobody wrote."""

    number: str
    title: str
    abstract: str
    authors: tuple[str, ...]
    doi: str


TIDE = Invented(
    "2611.04101",
    "Reading the Tide: Forecasts of Harbour Silt with Small Recurrent Networks",
    "Harbours are dredged on fixed dates, whether or not there is silt to be moved. We train a "
    "small recurrent network on six years of tide gauges and soundings from two harbours, and ask "
    "how far ahead it can tell where silt will settle. The forecasts are right within 4 cm for "
    "nine days, which is twice as long as the tables that pilots use. What helps most is the wind "
    "of the week before; the phase of the moon adds nothing that the gauges do not show.",
    ("Mara Quill", "Odo Fenn"),
    "10.5555/tide.2026.17",
)
BELLS = Invented(
    "2611.04102",
    "Which Bell Is That? Few-Shot Recognition of Church Bells from Phone Recordings",
    "Every bell has partials of its own, but recordings from phones blur them. We show that a "
    "contrastive encoder, trained on synthetic strikes only, recognises a bell from five "
    "recordings with 91% accuracy among 340 bells. Wind and traffic cost seven points, and a "
    "second microphone brings back five of them. The errors that remain are pairs of bells which "
    "were cast in the same year by the same founder.",
    ("Ines Bravo",),
    "10.5555/bells.2026.3",
)
PAPERS = (TIDE, BELLS)


def _each(layout: str, papers: tuple[Invented, ...] = PAPERS, between: str = "") -> str:
    """The layout for each paper, with {title}, {abstract} and so on filled in."""
    return between.join(
        layout.replace("{title}", paper.title)
        .replace("{abstract}", paper.abstract)
        .replace("{escaped}", html.escape(f"<p>{paper.abstract}</p>"))
        .replace("{number}", paper.number)
        .replace("{doi}", paper.doi)
        .replace("{author}", paper.authors[0])
        .replace("{authors}", ", ".join(paper.authors))
        for paper in papers
    )


def _json(records: Any, wrap: Any = None, **options: Any) -> bytes:
    return json.dumps(wrap(records) if wrap else records, ensure_ascii=False, **options).encode()


def _lines(records: list[Any]) -> bytes:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records).encode()


def _table(names: list[str], row: Any, delimiter: str = ",", before: str = "", after: str = "",
           quote: bool = True) -> str:  # fmt: skip
    """A delimited table; `row` makes the cells of a paper."""

    def cell(text: str) -> str:
        return '"' + text.replace('"', '""') + '"' if quote else text

    rows = [delimiter.join(cell(text) for text in row(paper)) for paper in PAPERS]
    head = [delimiter.join(cell(name) for name in names)] if names else []
    return before + "\n".join([*head, *rows]) + "\n" + after


def _inverted(text: str) -> dict[str, list[int]]:
    index: dict[str, list[int]] = {}
    for place, word in enumerate(text.split()):
        index.setdefault(word, []).append(place)
    return index


def _wrapped(text: str, width: int = 70, indent: str = "") -> str:
    """A text as tagged formats wrap it."""
    lines, line = [], ""
    for word in text.split():
        if len(line) + len(word) > width:
            lines.append(line)
            line = ""
        line = f"{line} {word}".strip()
    return f"\n{indent}".join([*lines, line])


def sentences(text: str) -> list[str]:
    return text.split(". ")


def _rss(item: str, spaces: str = "") -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        f'xmlns:prism="http://prismstandard.org/namespaces/basic/2.0/" {spaces}>'
        "<channel><title>A journal</title><link>https://journal.example</link>"
        f"<description>News</description>{_each(item)}</channel></rss>"
    )


def _rdf(item: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:prism="http://purl.org/rss/1.0/modules/prism/">'
        '<channel rdf:about="https://journal.example"><title>J</title></channel>'
        f"{_each(item)}</rdf:RDF>"
    )


def _oai(prefix: str, metadata: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><OAI-PMH '
        'xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2026-11-02T00:00:00Z'
        f'</responseDate><request verb="ListRecords" metadataPrefix="{prefix}">x</request>'
        "<ListRecords>"
        '<record><header status="deleted"><identifier>oai:x:1</identifier></header></record>'
        + _each(
            "<record><header><identifier>oai:arXiv.org:{number}</identifier>"
            f"<datestamp>2026-11-02</datestamp></header><metadata>{metadata}</metadata></record>"
        )
        + "<resumptionToken>t</resumptionToken></ListRecords></OAI-PMH>"
    )


def _xlsx(rows: list[list[Any]], sheets: dict[str, list[list[Any]]] | None = None) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    for row in rows:
        book.active.append(row)
    for name, others in (sheets or {}).items():
        sheet = book.create_sheet(name)
        for row in others:
            sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _zip(data: bytes, name: str = "papers.jsonl") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return file.getvalue()


def _plain(paper: Invented) -> dict[str, Any]:
    return {"id": paper.number, "title": paper.title, "abstract": paper.abstract}


def _row(paper: Invented) -> list[str]:
    return [paper.number, paper.title, paper.abstract]


PLAIN = [_plain(paper) for paper in PAPERS]
WOS_ROW = ["J", "Quill, M", "{title}", "HARBOUR J", "silt; tide", "{abstract}", "2026", "WOS:0001"]


def _json_layouts() -> dict[str, bytes]:
    value = {p: {"title": {"value": p.title}, "abstract": {"value": p.abstract},
                 "authors": {"value": list(p.authors)}, "venue": {"value": "Bell Conf 2026"},
                 "keywords": {"value": ["x"]}} for p in PAPERS}  # fmt: skip
    return {
        "openalex.json": _json(
            [{"id": f"https://openalex.org/W{p.number[5:]}", "doi": f"https://doi.org/{p.doi}",
              "display_name": p.title, "title": p.title, "publication_year": 2026,
              "authorships": [{"author": {"display_name": a}} for a in p.authors],
              "primary_location": {"source": {"display_name": "A Journal"}},
              "abstract_inverted_index": _inverted(p.abstract)} for p in PAPERS],
            lambda found: {"meta": {"count": 2}, "results": found, "group_by": []}),
        "crossref.json": _json(
            [{"DOI": p.doi, "title": [p.title], "container-title": ["A Journal"],
              "abstract": f"<jats:title>Abstract</jats:title><jats:p>{p.abstract}</jats:p>",
              "author": [{"given": a.split()[0], "family": a.split()[1]} for a in p.authors],
              "issued": {"date-parts": [[2026, 11, 2]]},
              "reference": [{"article-title": "Other", "year": "2001"}]} for p in PAPERS],
            lambda found: {"status": "ok", "message": {"items": found, "total-results": 2}}),
        "s2_search.json": _json(
            [{"paperId": f"f{p.number}", "title": p.title, "abstract": p.abstract, "year": 2026,
              "authors": [{"authorId": "1", "name": a} for a in p.authors],
              "tldr": {"model": "tldr@v2", "text": "A network reads the tide."},
              "externalIds": {"DOI": p.doi}} for p in PAPERS],
            lambda found: {"total": 2, "offset": 0, "next": 2, "data": found}),
        "openreview.json": _json(
            [{"id": f"n{p.number}", "forum": f"n{p.number}", "cdate": 1, "content": value[p]}
             for p in PAPERS], lambda found: {"notes": found, "count": 2}),
        "openreview_v1.json": _json(
            [{"id": f"n{p.number}", "content": {"title": p.title, "abstract": p.abstract,
              "authors": list(p.authors), "TL;DR": "Short."}} for p in PAPERS]),
        "hotcrp.json": _json(
            [{"object": "paper", "pid": n, "title": p.title, "abstract": p.abstract,
              "status": "submitted", "tags": [{"tag": "pc#1"}], "topics": ["Sound"]}
             for n, p in enumerate(PAPERS, 1)], indent=1),
        "biorxiv_api.json": _json(
            [{"doi": p.doi, "title": p.title, "authors": "; ".join(p.authors),
              "date": "2026-11-02", "version": "1", "category": "zoology",
              "abstract": p.abstract, "server": "biorxiv"} for p in PAPERS],
            lambda found: {"messages": [{"status": "ok", "count": 2}], "collection": found}),
        "europepmc.json": _json(
            [{"id": p.number, "source": "MED", "doi": p.doi, "title": p.title,
              "authorString": ", ".join(p.authors),
              "journalInfo": {"journal": {"title": "Other Title"}},
              "abstractText": f"<h4>Background</h4>{p.abstract}"} for p in PAPERS],
            lambda found: {"hitCount": 2, "resultList": {"result": found}}),
        "datacite.json": _json(
            [{"id": p.doi, "type": "dois", "attributes": {"doi": p.doi,
              "titles": [{"title": p.title}],
              "descriptions": [{"description": p.abstract, "descriptionType": "Abstract"}]}}
             for p in PAPERS], lambda found: {"data": found, "meta": {"total": 2}}),
        "hal.json": _json(
            [{"docid": p.number, "title_s": [p.title], "en_abstract_s": [p.abstract],
              "fr_abstract_s": ["Les ports sont dragués à dates fixes, que la vase soit là ou "
                                "non. Nous entraînons un petit réseau avec les marées. " * 9],
              "authFullName_s": list(p.authors)} for p in PAPERS],
            lambda found: {"response": {"numFound": 2, "docs": found}}),
        "doaj.json": _json(
            [{"id": p.number, "bibjson": {"title": p.title, "abstract": p.abstract,
              "author": [{"name": a} for a in p.authors], "journal": {"title": "J"}}}
             for p in PAPERS], lambda found: {"total": 2, "results": found}),
        "inspire.json": _json(
            [{"id": p.number, "metadata": {"titles": [{"title": p.title}],
              "abstracts": [{"value": p.abstract, "source": "arXiv"}],
              "references": [{"title": "No"}]}} for p in PAPERS],
            lambda found: {"hits": {"total": 2, "hits": found}}),
        "zotero_api.json": _json(
            [{"key": "K1", "version": 3, "library": {"name": "Mine"}, "data": {
              "itemType": "journalArticle", "title": p.title, "abstractNote": p.abstract,
              "publicationTitle": "A Journal", "tags": [{"tag": "silt"}]}} for p in PAPERS]),
        "csl.json": _json(
            [{"id": p.number, "type": "article-journal", "title": p.title,
              "container-title": "A Journal", "abstract": p.abstract,
              "author": [{"family": "Quill", "given": "Mara"}],
              "issued": {"date-parts": [["2026", 11]]}} for p in PAPERS], indent=2),
        "elsevier_search.json": _json(
            [{"dc:identifier": f"SCOPUS_ID:{p.number}", "dc:title": p.title,
              "dc:description": p.abstract, "prism:publicationName": "A Journal",
              "prism:coverDate": "2026-11-02", "prism:doi": p.doi} for p in PAPERS],
            lambda found: {"search-results": {"entry": found}}),
        "springer_api.json": _json(
            [{"title": p.title, "identifier": f"doi:{p.doi}", "publicationName": "A Journal",
              "abstract": {"h1": "Abstract", "p": p.abstract}} for p in PAPERS],
            lambda found: {"result": [{"total": "2"}], "records": found}),
        "elastic.json": _json(
            [{"_index": "p", "_id": p.number, "_score": 1.0, "_source": _plain(p)} for p in PAPERS],
            lambda found: {"took": 3, "hits": {"total": {"value": 2}, "hits": found}}),
        "hf_rows.json": _json(
            [{"row_idx": n, "row": _plain(p), "truncated_cells": []} for n, p in enumerate(PAPERS)],
            lambda found: {"features": [{"name": "title"}], "rows": found}),
        "hf_daily_api.json": _json(
            [{"paper": {"id": p.number, "title": p.title, "summary": p.abstract, "upvotes": 2,
              "authors": [{"name": a} for a in p.authors], "ai_summary": "A short one, it is."},
              "title": p.title, "summary": p.abstract, "publishedAt": "2026-11-02T00:00:00.000Z"}
             for p in PAPERS]),
        "jsonfeed.json": _json(
            [{"id": p.number, "url": f"https://j.example/{p.number}", "title": p.title,
              "content_html": f"<p>{p.abstract}</p>", "authors": [{"name": p.authors[0]}]}
             for p in PAPERS],
            lambda found: {"version": "https://jsonfeed.org/version/1.1", "title": "J",
                           "description": "A feed that is about bells.", "items": found}),
        "by_id.json": _json({p.number: {"title": p.title, "abstract": p.abstract} for p in PAPERS}),
        "pandas_columns.json": _json(
            {"title": {str(n): p.title for n, p in enumerate(PAPERS)},
             "abstract": {str(n): p.abstract for n, p in enumerate(PAPERS)}}),
        "pandas_lists.json": _json(
            {"title": [p.title for p in PAPERS], "abstract": [p.abstract for p in PAPERS]}),
        "pandas_split.json": _json(
            {"columns": ["title", "abstract"], "index": [0, 1],
             "data": [[p.title, p.abstract] for p in PAPERS]}),
        "pandas_table.json": _json(PLAIN, lambda found: {"schema": {"fields": []}, "data": found}),
        "concatenated.json": b"".join(_json(record) for record in PLAIN),
        "spread.json": b"\n".join(_json(record, indent=2) for record in PLAIN),
        "texts.json": _json([f"{p.title}. {p.abstract}" for p in PAPERS]),
        "sentences.jsonl": _lines([{"title": p.title, "abstract": sentences(p.abstract)}
                                   for p in PAPERS]),
        "sections.jsonl": _lines(
            [{"title": p.title, "abstract": {
                "Background": ". ".join(sentences(p.abstract)[:2]) + ".",
                "Results": ". ".join(sentences(p.abstract)[2:])}} for p in PAPERS]),
        "capital_keys.jsonl": _lines([{"TITLE": p.title, "ABSTRACT": p.abstract} for p in PAPERS]),
        "german_keys.jsonl": _lines([{"Titel": p.title, "Zusammenfassung": p.abstract}
                                     for p in PAPERS]),
        "chinese_keys.jsonl": _lines([{"标题": p.title, "摘要": p.abstract} for p in PAPERS]),
        "jats.jsonl": _lines([{"title": f"<i>{p.title}</i>", "abstract":
                               f"<sec><title>Aims</title><p>{p.abstract}</p></sec>"}
                              for p in PAPERS]),
        "copyright.jsonl": _lines([{"title": p.title, "abstract":
                                    f"Abstract: {p.abstract} © 2026 The Authors. All rights "
                                    "reserved."} for p in PAPERS]),
        "leading_copyright.jsonl": _lines([{"title": p.title, "abstract":
                                            f"© 2026 Elsevier Ltd. {p.abstract}"} for p in PAPERS]),
        "nan.jsonl": b"".join(_json(record)[:-1] + b', "doi": NaN}\n' for record in PLAIN),
        "label_studio.json": _json([{"id": n, "data": _plain(p), "annotations": []}
                                    for n, p in enumerate(PAPERS)]),
        "json_seq.json": b"".join(b"\x1e" + _json(record) + b"\n" for record in PLAIN),
        "cut.json": _json(PLAIN, lambda found: {"total": 3, "results": [*found, PLAIN[0]]})[:-150],
    }  # fmt: skip


def _xml_layouts() -> dict[str, str]:
    author = "<author><keyname>Quill</keyname><forenames>Mara</forenames></author>"
    atom = (
        '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" '
        'xmlns:arxiv="http://arxiv.org/schemas/atom"><title>q</title>'
    )
    pubmed = (
        '<PubmedArticle><MedlineCitation Status="MEDLINE"><PMID Version="1">9{number}</PMID>'
        "<Article><Journal><Title>A Journal</Title><JournalIssue><PubDate><Year>2026</Year>"
        "</PubDate></JournalIssue></Journal><ArticleTitle><i>{title}</i></ArticleTitle><Abstract>"
        '<AbstractText Label="BACKGROUND">{abstract}</AbstractText>'
        "<CopyrightInformation>© 2026.</CopyrightInformation></Abstract><AuthorList><Author>"
        "<LastName>Quill</LastName><ForeName>Mara</ForeName></Author></AuthorList></Article>"
        '</MedlineCitation><PubmedData><ArticleIdList><ArticleId IdType="doi">{doi}</ArticleId>'
        "</ArticleIdList><ReferenceList><Reference><ArticleIdList>"
        '<ArticleId IdType="doi">10.1/other</ArticleId></ArticleIdList></Reference>'
        "</ReferenceList></PubmedData></PubmedArticle>"
    )
    style = '<style face="normal" font="default" size="100%">'
    return {
        "arxiv_api.xml": atom + _each(
            "<entry><id>http://arxiv.org/abs/{number}v2</id><title>{title}</title>"
            "<summary>  {abstract}\n</summary><published>2026-11-02T00:00:00Z</published>"
            '<author><name>{author}</name></author><category term="cs.SD"/></entry>') + "</feed>",
        "atom_cut_summary.xml": atom + _each(
            "<entry><id>tag:x,{number}</id><title>{title}</title><summary>A short teaser of it…"
            '</summary><content type="html">{escaped}</content></entry>') + "</feed>",
        "atom_xhtml.xml": atom + _each(
            '<entry><id>tag:x,{number}</id><title type="html">{title}</title><content '
            'type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>{abstract}</p></div>'
            "</content></entry>") + "</feed>",
        "arxiv_rss.xml": _rss(
            "<item><title>{title}</title><link>https://arxiv.org/abs/{number}</link>"
            "<description>arXiv:{number}v1 Announce Type: new \nAbstract: {abstract}"
            '</description><guid isPermaLink="false">oai:arXiv.org:{number}v1</guid>'
            "<dc:creator>{authors}</dc:creator></item>"),
        "pubmed_rss.xml": _rss(
            "<item><title>{title}</title><link>https://pubmed.ncbi.nlm.nih.gov/9/</link>"
            "<description><![CDATA[<p>CONCLUSIONS: The moon adds nothing that we know.</p>]]>"
            "</description><content:encoded><![CDATA[<div><p>Harbour J. 2026 Nov 2;7(1):11. doi: "
            "{doi}. Online ahead of print.</p><p><b>ABSTRACT</b></p><p><b>BACKGROUND:</b> "
            '{abstract}</p><p style="color: lightgray">PMID:<a href="x">9</a> | DOI:<a '
            'href="https://doi.org/{doi}">{doi}</a></p></div>]]></content:encoded>'
            '<guid isPermaLink="false">pubmed:9{number}</guid><dc:creator>{author}</dc:creator>'
            "<dc:identifier>doi:{doi}</dc:identifier></item>"),
        "wiley_rss.xml": _rss(
            "<item><link>https://onlinelibrary.example/doi/{doi}?af=R</link><title>{title}</title>"
            "<description>Harbour Journal, Volume 7, Issue 3, Page 11-29, November 2026.</description>"
            "<dc:description>\nHarbour Journal, EarlyView. </dc:description><content:encoded>&lt;h2"
            '&gt;ABSTRACT&lt;/h2&gt;\n{escaped}</content:encoded><dc:title>{title}</dc:title>'
            "<prism:doi>{doi}</prism:doi></item>"),
        "nature_rss.xml": _rdf(
            '<item rdf:about="https://www.nature.example/articles/{number}"><title>'
            "<![CDATA[{title}]]></title><link>https://www.nature.example/articles/{number}</link>"
            '<content:encoded><![CDATA[<p>Nature Silt, Published online: 02 November 2026; <a '
            'href="https://www.nature.example/articles/{number}">doi:{doi}</a></p>{abstract}]]>'
            "</content:encoded><dc:creator>{author}</dc:creator><prism:doi>{doi}</prism:doi></item>"),
        "biorxiv_rss.xml": _rdf(
            '<item rdf:about="http://biorxiv.example/{number}?rss=1"><title><![CDATA[\n{title}\n]]>'
            "</title><link>http://biorxiv.example/{number}?rss=1</link><description rdf:parseType="
            '"Literal"><![CDATA[\n{abstract}\n]]></description><dc:creator>{authors}</dc:creator>'
            "<dc:date>2026-11-02</dc:date><dc:identifier>doi:{doi}</dc:identifier></item>"),
        "blog_rss.xml": _rss(
            "<item><title>{title}</title><description>Continue reading</description>"
            "<content:encoded><![CDATA[<p>{abstract}</p><script>var x = 'we are what is';</script>"
            "]]></content:encoded></item>"),
        "oai_arxiv.xml": _oai("arXiv", '<arXiv xmlns="http://arxiv.org/OAI/arXiv/"><id>{number}</id>'
            f"<created>2026-11-02</created><authors>{author}</authors><title>{{title}}</title>"
            "<categories>cs.SD eess.AS</categories><abstract>  {abstract}\n</abstract></arXiv>"),
        "oai_arxivraw.xml": _oai("arXivRaw", '<arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><id>'
            "{number}</id><submitter>S</submitter><version version=\"v1\"><date>Mon, 2 Nov 2026"
            "</date></version><title>{title}</title><authors>{authors}</authors><categories>cs.SD"
            "</categories><abstract>{abstract}</abstract></arXivRaw>"),
        "oai_dc.xml": _oai("oai_dc", '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/'
            'oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title>'
            "<dc:creator>Quill, Mara</dc:creator><dc:subject>Sound</dc:subject><dc:description>"
            "{abstract}</dc:description><dc:description>Comment: 9 pages, 4 figures"
            "</dc:description><dc:date>2026-11-02</dc:date><dc:identifier>http://arxiv.org/abs/"
            "{number}</dc:identifier></oai_dc:dc>"),
        "pubmed.xml": '<?xml version="1.0"?><!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD" '
            f'"https://dtd.example/p.dtd"><PubmedArticleSet>{_each(pubmed)}</PubmedArticleSet>',
        "endnote.xml": '<?xml version="1.0" encoding="UTF-8"?><xml><records>' + _each(
            '<record><database name="m.enl" path="m.enl">m.enl</database><rec-number>1</rec-number>'
            '<ref-type name="Journal Article">17</ref-type><contributors><authors><author>'
            f"{style}Quill, Mara</style></author></authors></contributors><titles><title>{style}"
            f"{{title}}</style></title><secondary-title>{style}A Journal</style></secondary-title>"
            f"</titles><dates><year>{style}2026</style></year></dates><abstract>{style}{{abstract}}"
            f"</style></abstract><electronic-resource-num>{style}{{doi}}</style>"
            "</electronic-resource-num></record>") + "</records></xml>",
        "jats.xml": "<articles>" + _each(
            '<article xmlns:xlink="http://www.w3.org/1999/xlink"><front><journal-meta>'
            "<journal-title>A Journal</journal-title></journal-meta><article-meta><article-id "
            'pub-id-type="doi">{doi}</article-id><title-group><article-title>{title}'
            "</article-title></title-group><contrib-group><contrib><name><surname>Quill</surname>"
            "<given-names>Mara</given-names></name></contrib></contrib-group><abstract><title>"
            "Abstract</title><p>{abstract}</p></abstract><abstract abstract-type=\"teaser\"><p>"
            "Read it.</p></abstract></article-meta></front><body><p>Text.</p></body></article>"
        ) + "</articles>",
        "acl.xml": "<?xml version='1.0' encoding='UTF-8'?><collection id='2026.x'><volume id='1'>"
            "<meta><booktitle>Proceedings</booktitle></meta>" + _each(
            "<paper id='1'><title>{title}</title><author><first>Mara</first><last>Quill</last>"
            "</author><abstract>{abstract}</abstract><doi>{doi}</doi></paper>") +
            "</volume></collection>",
        "mods.xml": '<modsCollection xmlns="http://www.loc.gov/mods/v3">' + _each(
            "<mods><titleInfo><title>{title}</title></titleInfo><name><namePart>Quill, Mara"
            "</namePart></name><abstract>{abstract}</abstract></mods>") + "</modsCollection>",
        "own.xml": "<export><meta><title>Export</title></meta>" + _each(
            "<record><Titel>{title}</Titel><Zusammenfassung>{abstract}</Zusammenfassung></record>"
        ) + "</export>",
        "ampersand.xml": _rss("<item><title>{title}</title><link>https://x/?a=1&b=2</link>"
            "<description>{abstract} Bells & tides.</description></item>"),
        "nbsp.xml": _rss("<item><title>{title}</title><description>{abstract}&nbsp;Done."
            "</description></item>"),
        "blank.xml": "\n\n " + _rss("<item><title>{title}</title><description>{abstract}"
            "</description></item>"),
        "control.xml": _rss("<item><title>{title}</title><description>{abstract}\x0b\x00"
            "</description></item>"),
    }  # fmt: skip


def _text_layouts() -> dict[str, str]:
    page = [part for p in PAPERS for part in (p.title, p.abstract)]
    mail = (
        "\\\\\narXiv:{number}\nDate: Mon, 2 Nov 2026 10:00:00 GMT   (90kb)\n\nTitle: {title}\n"
        "Authors: {authors}\nCategories: cs.SD eess.AS\nComments: 9 pages\n\\\\\n  {abstract}\n"
        "\\\\ ( https://arxiv.org/abs/{number} ,  90kb)\n" + "-" * 78 + "\n"
    )
    listing = (
        "<dt><a name='item1'>[1]</a> <a href =\"/abs/{number}\" title=\"Abstract\" id=\"{number}\">"
        "arXiv:{number}</a> [<a href=\"/pdf/{number}\">pdf</a>]</dt><dd><div class='meta'><div "
        "class='list-title mathjax'><span class='descriptor'>Title:</span>\n {title}\n</div><div "
        "class='list-authors'><a href=\"x\">{author}</a></div><div class='list-subjects'><span "
        "class='descriptor'>Subjects:</span> <span class='primary-subject'>Sound (cs.SD)</span>"
        "</div><p class='mathjax'>\n{abstract}\n</p></div></dd>"
    )
    props = html.escape(json.dumps({"dailyPapers": [
        {"paper": {"id": p.number, "title": p.title, "summary": p.abstract}, "title": p.title}
        for p in PAPERS]}), quote=True)  # fmt: skip
    cards = _each("<article><h3><a href=\"/papers/{number}\">{title}</a></h3><div>31</div></article>")
    wide = {p: _wrapped(p.abstract, indent="      ") for p in PAPERS}
    wos = {p: _wrapped(p.abstract, indent="   ") for p in PAPERS}
    return {
        "daily.txt": "\n\n".join(["new", "Subscribe", "Daily Papers",
                                  "by AK and the research community", *page]) + "\n",
        "trending.txt": "\n\n".join(
            ["Trending Papers", "by the research community", "Trending research papers from the field.",
             *(part for p in PAPERS for part in ("Submitted by\nmara", p.title, p.abstract,
               "·\n2 authors", "Published on Nov 2, 2026", "Upvote\n31", "GitHub 120\narXiv Page"))]),
        "mail.txt": "-" * 78 + "\nSend any comments to x.\n" + "-" * 78 + "\n" + _each(mail),
        "mail_quoted.txt": "".join(f"> {line}\n" for line in _each(mail).splitlines()),
        "listing.html": "<!DOCTYPE html>\n<html lang=\"en\"><head><title>Sound</title></head><body>"
            f"<dl id='articles'><h3>New submissions</h3>{_each(listing)}</dl></body></html>",
        "hf_page.html": "<!doctype html><html><body><main><div class=\"SVELTE_HYDRATER contents\" "
            f"data-target=\"DailyPapers\" data-props=\"{props}\">{cards}</div></main></body></html>",
        "abs_pages.html": "<!DOCTYPE html><html><body><main>" + _each(
            "<article><h2><a href=\"https://arxiv.org/abs/{number}\">{title}</a></h2><p>{authors}</p>"
            "<p>{abstract}</p></article>") + "</main></body></html>",
        "zotero.bib": _each(
            "@article{quill_{number},\n\ttitle = {{title}},\n\tabstract = {{abstract}},\n\t"
            "author = {Quill, Mara and Fenn, Odo},\n\tyear = {2026},\n\tmonth = nov,\n\tdoi = {{doi}}"
            "\n}\n\n").replace("91%", "91\\%"),
        "quoted.bib": "@comment{x}\n@string{j = \"A Journal\"}\n" + _each(
            "@inproceedings{k{number},\n  title = \"{title}\",\n  booktitle = j,\n  "
            "abstract = \"{abstract}\",\n  year = 2026,\n}\n"),
        "zotero.ris": _each(
            "TY  - JOUR\r\nTI  - {title}\r\nAU  - Quill, Mara\r\nAU  - Fenn, Odo\r\nT2  - A Journal\r\n"
            "PY  - 2026\r\nDO  - {doi}\r\nAB  - {abstract}\r\nER  - \r\n\r\n"),
        "embase.ris": _each(
            "TY  - JOUR\nM3  - Article\nT1  - {title}\nA1  - Quill M.\nJF  - A Journal\nY1  - 2026//\n"
            "N2  - {abstract}\nU2  - L1\nER  -\n"),
        "loose.ris": _each("TY - JOUR\nTI - {title}\nAB - {abstract}\nER -\n"),
        "pubmed.nbib": "".join(
            f"PMID- 9{p.number[5:]}\nOWN - NLM\nTI  - {p.title}\nPG  - 11-29\n"
            f"LID - {p.doi} [doi]\nAB  - {wide[p]}\nFAU - Quill, Mara\nAU  - Quill M\n"
            "DP  - 2026 Nov 2\nJT  - A journal\n\n" for p in PAPERS),
        "wos.txt": "FN Clarivate Analytics Web of Science\nVR 1.0\n" + "".join(
            f"PT J\nAU Quill, M\n   Fenn, O\nAF Quill, Mara\n   Fenn, Odo\nTI {p.title}\nSO A JOURNAL\n"
            f"DE silt; tide\nAB {wos[p]}\nPY 2026\nDI {p.doi}\nUT WOS:{p.number}\nER\n\n"
            for p in PAPERS) + "EF",
        "endnote.enw": _each(
            "%0 Journal Article\n%T {title}\n%A Quill, Mara\n%A Fenn, Odo\n%J A Journal\n%D 2026\n"
            "%R {doi}\n%X {abstract}\n\n"),
        "refworks.txt": _each(
            "RT Journal Article\nSR Electronic(1)\nID 7\nA1 Quill,Mara\nT1 {title}\nYR 2026\n"
            "JF A Journal\nAB {abstract}\nDO {doi}\n\n"),
        "digest.md": "# Daily digest\n\n> 2026-11-02\n\n" + _each(
            "## 1. [{title}](https://arxiv.org/abs/{number})\n\n**Authors**: {authors}\n\n"
            "**Abstract**: {abstract}\n\n---\n\n"),
        "prose.md": "# Papers\n\n## Sound\n\n" + _each(
            "### {title}\n*{authors}*\n\n{abstract}\n\n[paper](https://arxiv.org/abs/{number})\n\n"),
        "list.md": "Today:\n\n" + _each(
            "- **[{title}](https://arxiv.org/abs/{number})** ({authors})\n  {abstract}\n"),
        "table.md": "| Title | Authors | Abstract |\n| --- | --- | --- |\n" + _each(
            "| [{title}](https://arxiv.org/abs/{number}) | {authors} | {abstract} |\n"),
        "details.md": "# 2026-11-02\n\n" + _each(
            "## {title}\n\n<details><summary>Abstract</summary>\n\n{abstract}\n\n</details>\n\n"),
    }  # fmt: skip


def _table_layouts() -> dict[str, bytes | str]:
    names = ["id", "title", "abstract"]
    wos = [name.split() for name in ["PT AU TI SO DE AB PY UT"]][0]

    def wos_row(p: Invented) -> list[str]:
        return [c.replace("{title}", p.title).replace("{abstract}", p.abstract) for c in WOS_ROW]

    embase = ",".join
    latin = _table(names, lambda p: [p.number, f"{p.title} für Bäche", f"{p.abstract} – “déjà vu”."],
                   ";")  # fmt: skip
    return {
        "zotero.csv": "\ufeff" + _table(
            ["Key", "Item Type", "Publication Year", "Author", "Title", "Publication Title", "DOI",
             "Abstract Note", "Manual Tags"],
            lambda p: ["K", "journalArticle", "2026", "; ".join(p.authors), p.title, "A Journal",
                       p.doi, p.abstract, "silt"]),
        "scopus.csv": _table(
            ["Authors", "Author full names", "Title", "Year", "Source title", "DOI", "Abstract", "EID"],
            lambda p: ["Quill M.", "Quill, Mara (1)", p.title, "2026", "A Journal", p.doi,
                       f"{p.abstract} © 2026 Elsevier B.V., All rights reserved.", "2-s2.0-1"]),
        "wos.tsv": "\ufeff" + _table(wos, wos_row, "\t", quote=False),
        "wos_xls_style.csv": _table(
            ["Publication Type", "Authors", "Article Title", "Source Title", "Author Keywords",
             "Abstract", "Publication Year", "UT (Unique WOS ID)"], wos_row),
        "ieee.csv": _table(
            ["Document Title", "Authors", "Publication Title", "Publication Year", "Abstract", "DOI",
             "Document Identifier"],
            lambda p: [p.title, "M. Quill", "2026 Conf", "2026", p.abstract, p.doi, "IEEE Conferences"]),
        "embase.csv": _table(
            ["TITLE", "AUTHOR NAMES", "SOURCE", "PUBLICATION YEAR", "ABSTRACT", "EMBASE LINK"],
            lambda p: [p.title, "Quill M.", "A Journal (2026) 7:3", "2026", p.abstract, "http://x"],
            before='"SEARCH QUERY"\n"silt AND [2026]/py"\n\n'),
        "dimensions.csv": _table(
            ["Rank", "Publication ID", "DOI", "Title", "Abstract", "Source title", "PubYear"],
            lambda p: ["500", "pub.1", p.doi, p.title, p.abstract, "A Journal", "2026"],
            before='"About the data: Exported on Nov 2, 2026. Criteria: ""silt"" in title."\n'),
        "eppi.csv": _table(
            ["Item ID", "Short Title", "Title", "Year", "Parent Title", "Abstract"],
            lambda p: ["77", "Quill (2026)", p.title, "2026", "A Journal", p.abstract]),
        "covidence.csv": _table(
            ["Title", "Authors", "Abstract", "Published Year", "Journal", "Covidence #", "Tags"],
            lambda p: [p.title, "Quill, M", p.abstract, "2026", "A Journal", "#12", ""]),
        "rayyan.csv": _table(
            ["key", "title", "year", "issn", "authors", "journal", "language", "abstract", "notes"],
            lambda p: ["rayyan-1", p.title, "2026", "1-2", "Quill, M", "A J", "en", p.abstract, ""]),
        "dspace.csv": _table(
            ["id", "collection", "dc.contributor.author", "dc.title[en_US]",
             "dc.description.abstract[en_US]", "dc.description.abstract[de]"],
            lambda p: ["7", "1/2", "Quill, M||Fenn, O", p.title, p.abstract,
                       "Häfen werden zu festen Zeiten gebaggert, ob es nun Schlick gibt oder nicht. "
                       "Wir trainieren ein kleines Netz. " * 10]),
        "refworks.tsv": _table(
            ["Reference Type", "Authors, Primary", "Title Primary", "Periodical Full", "Abstract"],
            lambda p: ["Journal", "Quill,M", p.title, "A Journal", p.abstract], "\t", quote=False),
        "annif.tsv": _table([], lambda p: [f"{p.title} ¤ {p.abstract}", "<http://x.example/1>"], "\t",
                            quote=False),
        "annif.csv": _table(["text", "subject_uris"],
                            lambda p: [f"{p.title} ¤ {p.abstract}", "<http://x.example/1>"]),
        "headerless.tsv": _table([], _row, "\t", quote=False),
        "headerless.csv": _table([], _row),
        "sep_line.csv": _table(names, _row, ";", before="sep=;\n"),
        "semicolon.csv": _table(names, _row, ";"),
        "pipe.csv": _table(names, _row, "|", quote=False),
        "comment.csv": _table(names, _row, before="# query: silt, 2026\n# exported today\n"),
        "ragged.csv": _table(names, lambda p: [*_row(p), ""]),
        "blank_rows.csv": _table(names, _row).replace("\n", "\n\n,,\n"),
        "twice.csv": _table([*names, "note", "note"], lambda p: [*_row(p), "x", "y"]),
        "r_rows.csv": _table(["title", "abstract", "year"], lambda p: ["1", p.title, p.abstract, "2026"]),
        "pandas_index.csv": _table(["", "title", "abstract"], _row),
        "joined.csv": _table(names, lambda p: _row(p)) .replace(
            f'"{BELLS.number}"', f'"id","title","abstract"\n"{BELLS.number}"'),
        "quotes.tsv": _table(
            ["id", "title", "abstract"],
            lambda p: [p.number, p.title, f'"Silt" is what we call it. {p.abstract}'], "\t", quote=False),
        "french.csv": _table(["Titre", "Auteurs", "Résumé"],
                             lambda p: [p.title, "M. Quill", p.abstract], ";"),
        "spanish.csv": _table(["Título", "Autores", "Resumen"],
                              lambda p: [p.title, "M. Quill", p.abstract]),
        "italian.csv": _table(["Titolo", "Autori", "Sommario"],
                              lambda p: [p.title, "M. Quill", p.abstract]),
        "portuguese.csv": _table(["Título", "Autores", "Resumo"],
                                 lambda p: [p.title, "M. Quill", p.abstract]),
        "utf16.csv": _table(names, _row, "\t", quote=False).encode("utf-16"),
        "utf16_bare.csv": _table(names, _row, "\t", quote=False).encode("utf-16-le"),
        "cp1252.csv": latin.encode("cp1252"),
        "stray_byte.csv": _table(names, _row).encode() + embase(
            ["x", "A Third Title of It", f'"{TIDE.abstract} caf']).encode() + b"\xe9\"\n",
        "papers.xlsx": _xlsx([names, *(_row(p) for p in PAPERS)]),
        "preamble.xlsx": _xlsx([["Search results"], [], ["Exported", "2026-11-02"],
                                ["Nr", "Article Title", "Abstract"],
                                *([n, p.title, p.abstract] for n, p in enumerate(PAPERS))]),
        "sheets.xlsx": _xlsx([["About"], ["This file holds papers."]],
                             {"Papers": [["Title", "Abstract"], *([p.title, p.abstract] for p in PAPERS)]}),
    }  # fmt: skip


def layouts() -> dict[str, bytes]:
    """The bytes of each layout, by a name that says what it is."""
    texts: dict[str, bytes | str] = {
        **_json_layouts(),
        **_xml_layouts(),
        **_text_layouts(),
        **_table_layouts(),
    }
    found = {n: data if isinstance(data, bytes) else data.encode() for n, data in texts.items()}
    lines = _lines(PLAIN)
    import zstandard

    found |= {
        "plain.jsonl": lines,
        "packed.gz": gzip.compress(lines),
        "packed.bz2": bz2.compress(lines),
        "packed.xz": lzma.compress(lines),
        "packed.zst": zstandard.ZstdCompressor().compress(lines),
        "packed.zip": _zip(lines),
        "packed_twice.zip": _zip(gzip.compress(lines), "papers.jsonl.gz"),
    }
    return found


MORE = {"cut.json": 3, "stray_byte.csv": 3}
"""Records of the layouts that hold more than the two papers."""
