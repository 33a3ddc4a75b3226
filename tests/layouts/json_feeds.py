"""JSON: answers of APIs, exports, what programs write."""

from __future__ import annotations

import json
from typing import Any

from layouts.papers import PAPERS, PLAIN, lines_of, plain


def as_json(records: Any, wrap: Any = None, **options: Any) -> bytes:
    return json.dumps(wrap(records) if wrap else records, ensure_ascii=False, **options).encode()


def inverted(text: str) -> dict[str, list[int]]:
    index: dict[str, list[int]] = {}
    for place, word in enumerate(text.split()):
        index.setdefault(word, []).append(place)
    return index


def sentences(text: str) -> list[str]:
    return text.split(". ")


def layouts() -> dict[str, bytes]:
    value = {p: {"title": {"value": p.title}, "abstract": {"value": p.abstract},
                 "authors": {"value": list(p.authors)}, "venue": {"value": "Bell Conf 2026"},
                 "keywords": {"value": ["x"]}} for p in PAPERS}  # fmt: skip
    return {
        "openalex.json": as_json(
            [{"id": f"https://openalex.org/W{p.number[5:]}", "doi": f"https://doi.org/{p.doi}",
              "display_name": p.title, "title": p.title, "publication_year": 2026,
              "authorships": [{"author": {"display_name": a}} for a in p.authors],
              "primary_location": {"source": {"display_name": "A Journal"}},
              "abstract_inverted_index": inverted(p.abstract)} for p in PAPERS],
            lambda found: {"meta": {"count": 2}, "results": found, "group_by": []}),
        "crossref.json": as_json(
            [{"DOI": p.doi, "title": [p.title], "container-title": ["A Journal"],
              "abstract": f"<jats:title>Abstract</jats:title><jats:p>{p.abstract}</jats:p>",
              "author": [{"given": a.split()[0], "family": a.split()[1]} for a in p.authors],
              "issued": {"date-parts": [[2026, 11, 2]]},
              "reference": [{"article-title": "Other", "year": "2001"}]} for p in PAPERS],
            lambda found: {"status": "ok", "message": {"items": found, "total-results": 2}}),
        "s2_search.json": as_json(
            [{"paperId": f"f{p.number}", "title": p.title, "abstract": p.abstract, "year": 2026,
              "authors": [{"authorId": "1", "name": a} for a in p.authors],
              "tldr": {"model": "tldr@v2", "text": "A network reads the tide."},
              "externalIds": {"DOI": p.doi}} for p in PAPERS],
            lambda found: {"total": 2, "offset": 0, "next": 2, "data": found}),
        "openreview.json": as_json(
            [{"id": f"n{p.number}", "forum": f"n{p.number}", "cdate": 1, "content": value[p]}
             for p in PAPERS], lambda found: {"notes": found, "count": 2}),
        "openreview_v1.json": as_json(
            [{"id": f"n{p.number}", "content": {"title": p.title, "abstract": p.abstract,
              "authors": list(p.authors), "TL;DR": "Short."}} for p in PAPERS]),
        "hotcrp.json": as_json(
            [{"object": "paper", "pid": n, "title": p.title, "abstract": p.abstract,
              "status": "submitted", "tags": [{"tag": "pc#1"}], "topics": ["Sound"]}
             for n, p in enumerate(PAPERS, 1)], indent=1),
        "biorxiv_api.json": as_json(
            [{"doi": p.doi, "title": p.title, "authors": "; ".join(p.authors),
              "date": "2026-11-02", "version": "1", "category": "zoology",
              "abstract": p.abstract, "server": "biorxiv"} for p in PAPERS],
            lambda found: {"messages": [{"status": "ok", "count": 2}], "collection": found}),
        "europepmc.json": as_json(
            [{"id": p.number, "source": "MED", "doi": p.doi, "title": p.title,
              "authorString": ", ".join(p.authors),
              "journalInfo": {"journal": {"title": "Other Title"}},
              "abstractText": f"<h4>Background</h4>{p.abstract}"} for p in PAPERS],
            lambda found: {"hitCount": 2, "resultList": {"result": found}}),
        "datacite.json": as_json(
            [{"id": p.doi, "type": "dois", "attributes": {"doi": p.doi,
              "titles": [{"title": p.title}],
              "descriptions": [{"description": p.abstract, "descriptionType": "Abstract"}]}}
             for p in PAPERS], lambda found: {"data": found, "meta": {"total": 2}}),
        "hal.json": as_json(
            [{"docid": p.number, "title_s": [p.title], "en_abstract_s": [p.abstract],
              "fr_abstract_s": ["Les ports sont dragués à dates fixes, que la vase soit là ou "
                                "non. Nous entraînons un petit réseau avec les marées. " * 9],
              "authFullName_s": list(p.authors)} for p in PAPERS],
            lambda found: {"response": {"numFound": 2, "docs": found}}),
        "doaj.json": as_json(
            [{"id": p.number, "bibjson": {"title": p.title, "abstract": p.abstract,
              "author": [{"name": a} for a in p.authors], "journal": {"title": "J"}}}
             for p in PAPERS], lambda found: {"total": 2, "results": found}),
        "inspire.json": as_json(
            [{"id": p.number, "metadata": {"titles": [{"title": p.title}],
              "abstracts": [{"value": p.abstract, "source": "arXiv"}],
              "references": [{"title": "No"}]}} for p in PAPERS],
            lambda found: {"hits": {"total": 2, "hits": found}}),
        "zotero_api.json": as_json(
            [{"key": "K1", "version": 3, "library": {"name": "Mine"}, "data": {
              "itemType": "journalArticle", "title": p.title, "abstractNote": p.abstract,
              "publicationTitle": "A Journal", "tags": [{"tag": "silt"}]}} for p in PAPERS]),
        "csl.json": as_json(
            [{"id": p.number, "type": "article-journal", "title": p.title,
              "container-title": "A Journal", "abstract": p.abstract,
              "author": [{"family": "Quill", "given": "Mara"}],
              "issued": {"date-parts": [["2026", 11]]}} for p in PAPERS], indent=2),
        "elsevier_search.json": as_json(
            [{"dc:identifier": f"SCOPUS_ID:{p.number}", "dc:title": p.title,
              "dc:description": p.abstract, "prism:publicationName": "A Journal",
              "prism:coverDate": "2026-11-02", "prism:doi": p.doi} for p in PAPERS],
            lambda found: {"search-results": {"entry": found}}),
        "springer_api.json": as_json(
            [{"title": p.title, "identifier": f"doi:{p.doi}", "publicationName": "A Journal",
              "abstract": {"h1": "Abstract", "p": p.abstract}} for p in PAPERS],
            lambda found: {"result": [{"total": "2"}], "records": found}),
        "elastic.json": as_json(
            [{"_index": "p", "_id": p.number, "_score": 1.0, "_source": plain(p)} for p in PAPERS],
            lambda found: {"took": 3, "hits": {"total": {"value": 2}, "hits": found}}),
        "hf_rows.json": as_json(
            [{"row_idx": n, "row": plain(p), "truncated_cells": []} for n, p in enumerate(PAPERS)],
            lambda found: {"features": [{"name": "title"}], "rows": found}),
        "hf_daily_api.json": as_json(
            [{"paper": {"id": p.number, "title": p.title, "summary": p.abstract, "upvotes": 2,
              "authors": [{"name": a} for a in p.authors], "ai_summary": "A short one, it is."},
              "title": p.title, "summary": p.abstract, "publishedAt": "2026-11-02T00:00:00.000Z"}
             for p in PAPERS]),
        "jsonfeed.json": as_json(
            [{"id": p.number, "url": f"https://j.example/{p.number}", "title": p.title,
              "content_html": f"<p>{p.abstract}</p>", "authors": [{"name": p.authors[0]}]}
             for p in PAPERS],
            lambda found: {"version": "https://jsonfeed.org/version/1.1", "title": "J",
                           "description": "A feed that is about bells.", "items": found}),
        "by_id.json": as_json({p.number: {"title": p.title, "abstract": p.abstract} for p in PAPERS}),
        "pandas_columns.json": as_json(
            {"title": {str(n): p.title for n, p in enumerate(PAPERS)},
             "abstract": {str(n): p.abstract for n, p in enumerate(PAPERS)}}),
        "pandas_lists.json": as_json(
            {"title": [p.title for p in PAPERS], "abstract": [p.abstract for p in PAPERS]}),
        "pandas_split.json": as_json(
            {"columns": ["title", "abstract"], "index": [0, 1],
             "data": [[p.title, p.abstract] for p in PAPERS]}),
        "pandas_table.json": as_json(PLAIN, lambda found: {"schema": {"fields": []}, "data": found}),
        "concatenated.json": b"".join(as_json(record) for record in PLAIN),
        "spread.json": b"\n".join(as_json(record, indent=2) for record in PLAIN),
        "texts.json": as_json([f"{p.title}. {p.abstract}" for p in PAPERS]),
        "sentences.jsonl": lines_of([{"title": p.title, "abstract": sentences(p.abstract)}
                                   for p in PAPERS]),
        "sections.jsonl": lines_of(
            [{"title": p.title, "abstract": {
                "Background": ". ".join(sentences(p.abstract)[:2]) + ".",
                "Results": ". ".join(sentences(p.abstract)[2:])}} for p in PAPERS]),
        "capital_keys.jsonl": lines_of([{"TITLE": p.title, "ABSTRACT": p.abstract} for p in PAPERS]),
        "german_keys.jsonl": lines_of([{"Titel": p.title, "Zusammenfassung": p.abstract}
                                     for p in PAPERS]),
        "chinese_keys.jsonl": lines_of([{"标题": p.title, "摘要": p.abstract} for p in PAPERS]),
        "jats.jsonl": lines_of([{"title": f"<i>{p.title}</i>", "abstract":
                               f"<sec><title>Aims</title><p>{p.abstract}</p></sec>"}
                              for p in PAPERS]),
        "copyright.jsonl": lines_of([{"title": p.title, "abstract":
                                    f"Abstract: {p.abstract} © 2026 The Authors. All rights "
                                    "reserved."} for p in PAPERS]),
        "leading_copyright.jsonl": lines_of([{"title": p.title, "abstract":
                                            f"© 2026 Elsevier Ltd. {p.abstract}"} for p in PAPERS]),
        "nan.jsonl": b"".join(as_json(record)[:-1] + b', "doi": NaN}\n' for record in PLAIN),
        "label_studio.json": as_json([{"id": n, "data": plain(p), "annotations": []}
                                    for n, p in enumerate(PAPERS)]),
        "json_seq.json": b"".join(b"\x1e" + as_json(record) + b"\n" for record in PLAIN),
        "cut.json": as_json(PLAIN, lambda found: {"total": 3, "results": [*found, PLAIN[0]]})[:-150],
    }  # fmt: skip
