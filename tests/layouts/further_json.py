"""JSON of other services and programs, in other wrappers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from layouts.json_feeds import inverted
from layouts.papers import PAPERS, PLAIN, Invented, lines_of, plain


def _json(value: Any, **options: Any) -> str:
    return json.dumps(value, ensure_ascii=False, **options)


def _of(record: Callable[[Invented], Any], around: Callable[[list[Any]], Any] | None = None) -> str:
    """A record of each paper, and what stands around them."""
    records = [record(paper) for paper in PAPERS]
    return _json(around(records) if around else records)


def layouts() -> dict[str, bytes | str]:
    return {
        "base_api.json": _of(lambda p:{"dcdocid":"1","dctitle":p.title,"dcdescription":p.abstract,
            "dccreator":list(p.authors),"dctitle_sort":p.title.lower()},
            lambda r:{"responseHeader":{"status":0},"response":{"numFound":2,"docs":r}}),
        "ads.json": _of(lambda p:{"bibcode":"2026J","title":[p.title],"abstract":p.abstract,
            "author":list(p.authors),"pubdate":"2026-11-00"}, lambda r:{"responseHeader":{
            "params":{"q":"silt"}},"response":{"numFound":2,"start":0,"docs":r}}),
        "ieee_api.json": _of(lambda p:{"doi":p.doi,"title":p.title,"publisher":"IEEE",
            "abstract":p.abstract,"authors":{"authors":[{"full_name":a,"author_order":1}
            for a in p.authors]},"index_terms":{"ieee_terms":{"terms":["x"]}}},
            lambda r:{"total_records":2,"articles":r}),
        "zenodo.json": _of(lambda p:{"id":1,"doi":p.doi,"links":{"self":"x"},
            "metadata":{"title":p.title,"description":f"<p>{p.abstract}</p>","creators":[{"name":a}
            for a in p.authors],"related_identifiers":[{"identifier":"x"}]}},
            lambda r:{"hits":{"hits":r,"total":2},"aggregations":{"type":{"buckets":[{"key":"a"},
            {"key":"b"},{"key":"c"}]}}}),
        "osf.json": _of(lambda p:{"id":"ab","type":"preprints","attributes":{"title":p.title,
            "description":p.abstract,"date_published":"2026-11-02","tags":["x"]},
            "relationships":{"license":{"data":{"id":"1","type":"licenses"}}}}, lambda r:{"data":r,
            "links":{"next":None},"meta":{"total":2}}),
        "dimensions.json": _of(lambda p:{"id":"pub.1","title":p.title,"abstract":p.abstract,
            "journal":{"title":"J","id":"j"},"concepts":["a"]},
            lambda r:{"_stats":{"total_count":2},"publications":r}),
        "graphql.json": _of(lambda p:{"__typename":"Paper","id":"1","title":p.title,
            "abstract":p.abstract}, lambda r:{"data":{"search":{"totalCount":2,
            "pageInfo":{"hasNextPage":False},"edges":[{"cursor":"x","node":x} for x in r]}}}),
        "mongo.json": _of(lambda p:{"_id":{"$oid":"64"},"title":p.title,"abstract":p.abstract,
            "year":{"$numberInt":"2026"},"date":{"$date":"2026-11-02T00:00:00Z"}}),
        "jsonld_graph.json": _of(lambda p:{"@type":"ScholarlyArticle","@id":f"https://x/{p.number}",
            "name":p.title,"abstract":p.abstract,"author":[{"@type":"Person","name":a}
            for a in p.authors],"datePublished":"2026-11-02"},
            lambda r:{"@context":"https://schema.org","@graph":r}),
        "jsonld_items.json": _of(lambda p:{"@type":"ScholarlyArticle","headline":p.title,
            "description":p.abstract}, lambda r:{"@context":"https://schema.org","@type":"ItemList",
            "itemListElement":[{"@type":"ListItem","position":i,"item":x} for i,
            x in enumerate(r)]}),
        "xmltodict_pubmed.json": _of(lambda p:{"MedlineCitation":{"@Status":"MEDLINE",
            "PMID":{"@Version":"1","#text":"9"},"Article":{"Journal":{"Title":"A Journal"},
            "ArticleTitle":p.title,"Abstract":{"AbstractText":[{"@Label":"AIM",
            "#text":p.abstract}]},"AuthorList":{"Author":[{"LastName":"Quill",
            "ForeName":"Mara"}]}}}}, lambda r:{"PubmedArticleSet":{"PubmedArticle":r}}),
        "xmltodict_atom.json": _of(lambda p:{"id":f"http://arxiv.org/abs/{p.number}v1",
            "title":p.title,"summary":p.abstract,"author":[{"name":a} for a in p.authors],
            "published":"2026-11-02T00:00:00Z"},
            lambda r:{"feed":{"@xmlns":"http://www.w3.org/2005/Atom","title":"q","entry":r}}),
        "feedparser.json": _of(lambda p:{"title":p.title,"title_detail":{"type":"text/plain",
            "value":p.title},"summary":p.abstract,"summary_detail":{"type":"text/html",
            "value":p.abstract},"links":[{"href":"x"}],"id":p.number,"published":"Mon, 2 Nov 2026"},
            lambda r:{"bozo":False,"feed":{"title":"F",
            "subtitle":"This is a feed that is about bells."},"headers":{},"entries":r}),
        "rss2json.json": _of(lambda p:{"title":p.title,"pubDate":"2026-11-02 00:00:00",
            "link":"http://x","guid":"g","author":"Q","description":p.abstract[:90] +"...",
            "content":f"<p>{p.abstract}</p>","enclosure":{},"categories":[]},
            lambda r:{"status":"ok","feed":{"url":"u","title":"J","description":"d"},"items":r}),
        "feedly.json": _of(lambda p:{"id":"1","title":p.title,"summary":{"content":p.abstract,
            "direction":"ltr"},"origin":{"title":"A Journal","htmlUrl":"x"},
            "published":1790000000000}, lambda r:{"id":"feed/x","title":"J","items":r}),
        "bbt.json": _of(lambda p:{"citationKey":"q","itemID":1,"itemType":"journalArticle",
            "title":p.title,"abstractNote":p.abstract,"creators":[{"firstName":"Mara",
            "lastName":"Quill","creatorType":"author"}],"attachments":[{"title":"PDF","path":"x"}],
            "notes":[{"note":"<p>We think that this is good.</p>"}],"publicationTitle":"J"},
            lambda r:{"config":{"id":"x","label":"BetterBibTeX JSON"},"version":{"zotero":"7"},
            "collections":{},"items":r}),
        "pandas_values.json": _json([[p.number,p.title,p.abstract] for p in PAPERS]),
        "pandas_values_header.json": _json([["id","title","abstract"],*[[p.number,p.title,
            p.abstract] for p in PAPERS]]),
        "trailing_comma.json": "[\n" + ",\n".join(_json(plain(p)) for p in PAPERS) + ",\n]\n",
        "trailing_comma_object.json": '{"papers": [\n' + ",\n".join(_json(plain(p))[:-1] + ",}"
            for p in PAPERS) + ",\n]}\n",
        "lines_with_commas.jsonl": "".join(_json(plain(p)) + ",\n" for p in PAPERS),
        "array_lines.jsonl": "".join(_json([plain(p)]) + "\n" for p in PAPERS),
        "rows.jsonl": "".join(_json([p.number,p.title,p.abstract]) + "\n" for p in PAPERS),
        "jsonp.js": "callback(" + _json({"results":PLAIN}) + ");",
        "assigned.js": "var papers = " + _json(PLAIN) + ";\n",
        "export_default.js": "export const papers = " + _json(PLAIN, indent=1) + ";\n",
        "xssi.json": ")]}'\n" + _json(PLAIN),
        "commented.json": "// papers of today\n" + _json(PLAIN, indent=1),
        "s2orc.jsonl": lines_of([{"paper_id":"1","metadata":{"title":p.title,"abstract":p.abstract,
            "authors":[]},"s2_pdf_hash":"x","pdf_parse":{"body_text":[{"text":"Long. "*500}]}}
            for p in PAPERS]),
        "cord_parse.json": _json([{"paper_id":"1","metadata":{"title":p.title,"authors":[]},
            "abstract":[{"text":s +".","section":"Abstract","cite_spans":[]}
            for s in p.abstract.rstrip(".").split(". ")],
            "body_text":[{"text":"It is long, as we know. "*200,"section":"Intro"}]}
            for p in PAPERS]),
        "pes2o.jsonl": lines_of([{"id":"1","source":"s2ag","text":f"{p.title}\n{p.abstract}",
            "version":"v2","added":"2026"} for p in PAPERS]),
        "beir.jsonl": lines_of([{"_id":p.number,"title":p.title,"text":p.abstract,"metadata":{}}
            for p in PAPERS]),
        "arxiv_summarization.jsonl": lines_of([{"article_id":"1",
            "article_text":["Body text, which is long. "]*200,
            "abstract_text":[f"<S> {s.rstrip('.')}. </S>" for s in p.abstract.split(". ")],
            "title":p.title} for p in PAPERS]),
        "ccdv.jsonl": lines_of([{"title":p.title,"article":"The body, which is long. "*300,
            "abstract":p.abstract} for p in PAPERS]),
        "doccano.jsonl": lines_of([{"id":1,"text":f"{p.title}\n{p.abstract}","label":["x"],
            "Comments":[]} for p in PAPERS]),
        "prodigy.jsonl": lines_of([{"text":p.abstract,"meta":{"title":p.title,"source":"x"},
            "_input_hash":1,"_task_hash":2} for p in PAPERS]),
        "text_lead.jsonl": lines_of([{"text":f"Title: {p.title}\n\nAbstract: {p.abstract}"}
            for p in PAPERS]),
        "text_lead2.jsonl": lines_of([{"content":f"Title: {p.title} Abstract: {p.abstract}"}
            for p in PAPERS]),
        "text_md.jsonl": lines_of([{"text":f"# {p.title}\n\n{p.abstract}"} for p in PAPERS]),
        "iclr_virtual.json": _json({"count":2,"next":None,"results":[{"id":1,"uid":"x",
            "name":p.title,"abstract":p.abstract,"authors":[{"fullname":a,"institution":"U"}
            for a in p.authors],"topic":"Sound","decision":"Accept"} for p in PAPERS]}),
        "neurips_proc.json": _json({"events":[{"event_type":"Poster","name":p.title,
            "abstract":p.abstract,"speakers_authors":"Q"} for p in PAPERS]}),
        "openaire.json": _json({"header":{"numFound":2},"results":[{"id":"x","mainTitle":p.title,
            "subTitle":None,"descriptions":[p.abstract],"authors":[{"fullName":"Quill"}],
            "publisher":"P"} for p in PAPERS]}),
        "openaire_old.json": _json({"response":{"results":{"result":[{"metadata":{
            "oaf:entity":{"oaf:result":{"title":{"@classid":"main title","$":p.title},
            "description":{"$":p.abstract},"creator":[{"@rank":"1","$":"Quill"}]}}}}
            for p in PAPERS]}}}),
        "orcid.json": _json({"group":[{"work-summary":[{"put-code":1,
            "title":{"title":{"value":p.title},"subtitle":None},"short-description":p.abstract,
            "journal-title":{"value":"J"}}]} for p in PAPERS]}),
        "scopus_entry.json": _json({"abstracts-retrieval-response":[{"coredata":{"dc:title":p.title,
            "dc:description":p.abstract,"prism:publicationName":"J"}} for p in PAPERS]}),
        "scopus_retrieval.jsonl": lines_of([{"abstracts-retrieval-response":{"affiliation":[],
            "coredata":{"dc:title":p.title,"dc:description":p.abstract,"prism:publicationName":"J"},
            "item":{"bibrecord":{"tail":None}}}} for p in PAPERS]),
        "wos_api.json": _json({"Data":{"Records":{"records":{"REC":[{"UID":"WOS:1",
            "static_data":{"summary":{"titles":{"count":2,"title":[{"type":"source",
            "content":"HARBOUR J"},{"type":"item","content":p.title}]}},
            "fullrecord_metadata":{"abstracts":{"count":1,"abstract":{"abstract_text":{
            "p":p.abstract,"count":1}}}}}} for p in PAPERS]}}}}),
        "nested_pages.json": _json([{"page":1,"results":[plain(PAPERS[0])]},{"page":2,
            "results":[plain(PAPERS[1])]}]),
        "groups.json": _json({"2026-11-01":[plain(PAPERS[0])],"2026-11-02":[plain(PAPERS[1])]}),
        "by_category.json": _json({"cs.SD":{"papers":[plain(PAPERS[0])]},
            "cs.LG":{"papers":[plain(PAPERS[1])]}}),
        "by_id_arxiv.json": _json({"cs.SD":{p.number:{"paper_title":p.title,
            "paper_abstract":p.abstract,"publish_time":"2026-11-02"} for p in PAPERS}}),
        "ollama.jsonl": lines_of([{"Title":{"en":p.title,"de":"Ein Titel"},
            "Abstract":{"en":p.abstract,"de":"Es ist so, wie wir es sagen. "*30}} for p in PAPERS]),
        "lang_list.jsonl": lines_of([{"title":[{"language":"de","text":"Ein Titel"},
            {"language":"en","text":p.title}],"abstract":[{"language":"de",
            "text":"Es ist so, wie wir es sagen, und nicht anders. "*30},{"language":"en",
            "text":p.abstract}]} for p in PAPERS]),
        "html_abstract.jsonl": lines_of([{"title":p.title,"abstract":{"format":"html",
            "value":f"<p>{p.abstract}</p>"}} for p in PAPERS]),
        "drupal.json": _json({"data":[{"type":"node--paper","id":"u","attributes":{"title":p.title,
            "body":{"value":f"<p>{p.abstract}</p>","format":"full",
            "processed":f"<p>{p.abstract}</p>","summary":""}}} for p in PAPERS]}),
        "wordpress.json": _json([{"id":1,"date":"2026-11-02","slug":"x",
            "title":{"rendered":p.title},"content":{"rendered":f"<p>{p.abstract}</p>",
            "protected":False},"excerpt":{"rendered":"<p>Short one…</p>"},
            "_links":{"self":[{"href":"x"}]}} for p in PAPERS]),
        "ghost.json": _json({"posts":[{"id":"1","title":p.title,"html":f"<p>{p.abstract}</p>",
            "excerpt":"Short…"} for p in PAPERS]}),
        "inspire_lit.json": _json({"hits":{"hits":[{"metadata":{"titles":[{"title":p.title,
            "source":"arXiv"},{"title":p.title}],
            "abstracts":[{"value":"Le port est dragué à dates fixes, que la vase soit là ou non, et nous "
            "le savons. "*8,"source":"HAL"},{"value":p.abstract,"source":"arXiv"}],
            "authors":[{"full_name":"Quill, Mara"}]}} for p in PAPERS]}}),
        "number_keys.json": _json({"papers":{"1":plain(PAPERS[0]),"2":plain(PAPERS[1])},
            "meta":{"title":"Papers","description":"All papers that were there."}}),
        "double_encoded.json": _json(_json(PLAIN)),
        "double_encoded_abs.jsonl": lines_of([{"title":p.title,
            "abstract":_json({"text":p.abstract})} for p in PAPERS]),
        "sentence_dicts.jsonl": lines_of([{"title":p.title,"abstract":[{"sentence":s +".",
            "label":"x"} for s in p.abstract.rstrip('.').split(". ")]} for p in PAPERS]),
        "tokens.jsonl": lines_of([{"title":p.title,"abstract":[s.split()
            for s in p.abstract.split(". ")]} for p in PAPERS]),
        "openalex_nested.json": _json({"meta":{},"results":[{"id":"W","title":None,
            "display_name":p.title,"abstract_inverted_index":inverted(p.abstract),
            "abstract_inverted_index_v3":None,"primary_location":{"source":{"display_name":"J"}},
            "topics":[{"display_name":"T"}]} for p in PAPERS]}),
        "inverted_string.jsonl": lines_of([{"title":p.title,
            "abstract_inverted_index":_json(inverted(p.abstract))} for p in PAPERS]),
        "inverted_old_mag.jsonl": lines_of([{"OriginalTitle":p.title,
            "IndexedAbstract":{"IndexLength":len(p.abstract.split()),
            "InvertedIndex":inverted(p.abstract)}} for p in PAPERS]),
        "crossref_subtitle.json": _json({"message":{"items":[{"DOI":p.doi,"title":[p.title],
            "subtitle":["A subtitle"],"short-title":["Short"],
            "abstract":f"<jats:sec><jats:title>Purpose</jats:title><jats:p>{p.abstract}</jats:p></jats:sec>"}
            for p in PAPERS]}}),
        "datacite_multi.json": _json({"data":[{"id":p.doi,"attributes":{"titles":[{"title":p.title},
            {"title":"Andere","titleType":"TranslatedTitle"}],
            "descriptions":[{"description":"Funded by the Sea. This is long text that describes methods which were used. "*10,
            "descriptionType":"Methods"},{"description":p.abstract,"descriptionType":"Abstract"}],
            "container":{"title":"C"}}} for p in PAPERS]}),
        "hf_paper_only.json": _json([{"id":p.number,"title":p.title,"summary":p.abstract,
            "ai_summary":"A long AI summary that is about silt which we forecast. "*20,"upvotes":3,
            "discussionId":"x"} for p in PAPERS]),
        "alphaxiv.json": _json({"trendingPapers":[{"id":"1","universal_paper_id":p.number,
            "title":p.title,"abstract":p.abstract,
            "paper_summary":{"summary":"It is a summary which is long. "*30,
            "originalProblem":["x"]}} for p in PAPERS]}),
        "s2_recs.json": _json({"recommendedPapers":[{"paperId":"1","corpusId":9,"title":p.title,
            "abstract":p.abstract,"tldr":None,"openAccessPdf":{"url":"x",
            "disclaimer":"Notice: Paper or abstract available at https://x, which is subject to "
            "the license by the author or copyright owner provided with this content."}}
            for p in PAPERS]}),
        "s2_refs.json": _json({"offset":0,"data":[{"isInfluential":False,
            "contexts":["As in Quill et al., we use what they have shown to be right."],
            "citingPaper":{"paperId":"1","title":p.title,"abstract":p.abstract}} for p in PAPERS]}),
        "openreview_v2.json": _json({"notes":[{"id":"a","forum":"a","number":1,
            "content":{"title":{"value":p.title},"authors":{"value":list(p.authors)},
            "abstract":{"value":p.abstract},"TLDR":{"value":"Short."},
            "venue":{"value":"ICLR 2026 Poster"},"_bibtex":{"value":"@inproceedings{q,title={x}}"}},
            "details":{"replies":[{"content":{
            "summary":{"value":"The paper is long and we think that it is weak. "*30},
            "title":{"value":"Official Review"}}}]}} for p in PAPERS],"count":2}),
    }  # fmt: skip
