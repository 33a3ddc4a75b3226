"""XML: RSS and Atom, OAI-PMH, exports of libraries and databases."""

from __future__ import annotations

from layouts.papers import each


def rss(item: str, spaces: str = "") -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        f'xmlns:prism="http://prismstandard.org/namespaces/basic/2.0/" {spaces}>'
        "<channel><title>A journal</title><link>https://journal.example</link>"
        f"<description>News</description>{each(item)}</channel></rss>"
    )


def rdf(item: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:prism="http://purl.org/rss/1.0/modules/prism/">'
        '<channel rdf:about="https://journal.example"><title>J</title></channel>'
        f"{each(item)}</rdf:RDF>"
    )


def oai(prefix: str, metadata: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><OAI-PMH '
        'xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2026-11-02T00:00:00Z'
        f'</responseDate><request verb="ListRecords" metadataPrefix="{prefix}">x</request>'
        "<ListRecords>"
        '<record><header status="deleted"><identifier>oai:x:1</identifier></header></record>'
        + each(
            "<record><header><identifier>oai:arXiv.org:{number}</identifier>"
            f"<datestamp>2026-11-02</datestamp></header><metadata>{metadata}</metadata></record>"
        )
        + "<resumptionToken>t</resumptionToken></ListRecords></OAI-PMH>"
    )


def layouts() -> dict[str, str]:
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
        "arxiv_api.xml": atom + each(
            "<entry><id>http://arxiv.org/abs/{number}v2</id><title>{title}</title>"
            "<summary>  {abstract}\n</summary><published>2026-11-02T00:00:00Z</published>"
            '<author><name>{author}</name></author><category term="cs.SD"/></entry>') + "</feed>",
        "atom_cut_summary.xml": atom + each(
            "<entry><id>tag:x,{number}</id><title>{title}</title><summary>A short teaser of it…"
            '</summary><content type="html">{escaped}</content></entry>') + "</feed>",
        "atom_xhtml.xml": atom + each(
            '<entry><id>tag:x,{number}</id><title type="html">{title}</title><content '
            'type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>{abstract}</p></div>'
            "</content></entry>") + "</feed>",
        "arxiv_rss.xml": rss(
            "<item><title>{title}</title><link>https://arxiv.org/abs/{number}</link>"
            "<description>arXiv:{number}v1 Announce Type: new \nAbstract: {abstract}"
            '</description><guid isPermaLink="false">oai:arXiv.org:{number}v1</guid>'
            "<dc:creator>{authors}</dc:creator></item>"),
        "pubmed_rss.xml": rss(
            "<item><title>{title}</title><link>https://pubmed.ncbi.nlm.nih.gov/9/</link>"
            "<description><![CDATA[<p>CONCLUSIONS: The moon adds nothing that we know.</p>]]>"
            "</description><content:encoded><![CDATA[<div><p>Harbour J. 2026 Nov 2;7(1):11. doi: "
            "{doi}. Online ahead of print.</p><p><b>ABSTRACT</b></p><p><b>BACKGROUND:</b> "
            '{abstract}</p><p style="color: lightgray">PMID:<a href="x">9</a> | DOI:<a '
            'href="https://doi.org/{doi}">{doi}</a></p></div>]]></content:encoded>'
            '<guid isPermaLink="false">pubmed:9{number}</guid><dc:creator>{author}</dc:creator>'
            "<dc:identifier>doi:{doi}</dc:identifier></item>"),
        "wiley_rss.xml": rss(
            "<item><link>https://onlinelibrary.example/doi/{doi}?af=R</link><title>{title}</title>"
            "<description>Harbour Journal, Volume 7, Issue 3, Page 11-29, November 2026.</description>"
            "<dc:description>\nHarbour Journal, EarlyView. </dc:description><content:encoded>&lt;h2"
            '&gt;ABSTRACT&lt;/h2&gt;\n{escaped}</content:encoded><dc:title>{title}</dc:title>'
            "<prism:doi>{doi}</prism:doi></item>"),
        "nature_rss.xml": rdf(
            '<item rdf:about="https://www.nature.example/articles/{number}"><title>'
            "<![CDATA[{title}]]></title><link>https://www.nature.example/articles/{number}</link>"
            '<content:encoded><![CDATA[<p>Nature Silt, Published online: 02 November 2026; <a '
            'href="https://www.nature.example/articles/{number}">doi:{doi}</a></p>{abstract}]]>'
            "</content:encoded><dc:creator>{author}</dc:creator><prism:doi>{doi}</prism:doi></item>"),
        "biorxiv_rss.xml": rdf(
            '<item rdf:about="http://biorxiv.example/{number}?rss=1"><title><![CDATA[\n{title}\n]]>'
            "</title><link>http://biorxiv.example/{number}?rss=1</link><description rdf:parseType="
            '"Literal"><![CDATA[\n{abstract}\n]]></description><dc:creator>{authors}</dc:creator>'
            "<dc:date>2026-11-02</dc:date><dc:identifier>doi:{doi}</dc:identifier></item>"),
        "blog_rss.xml": rss(
            "<item><title>{title}</title><description>Continue reading</description>"
            "<content:encoded><![CDATA[<p>{abstract}</p><script>var x = 'we are what is';</script>"
            "]]></content:encoded></item>"),
        "oai_arxiv.xml": oai("arXiv", '<arXiv xmlns="http://arxiv.org/OAI/arXiv/"><id>{number}</id>'
            f"<created>2026-11-02</created><authors>{author}</authors><title>{{title}}</title>"
            "<categories>cs.SD eess.AS</categories><abstract>  {abstract}\n</abstract></arXiv>"),
        "oai_arxivraw.xml": oai("arXivRaw", '<arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><id>'
            "{number}</id><submitter>S</submitter><version version=\"v1\"><date>Mon, 2 Nov 2026"
            "</date></version><title>{title}</title><authors>{authors}</authors><categories>cs.SD"
            "</categories><abstract>{abstract}</abstract></arXivRaw>"),
        "oai_dc.xml": oai("oai_dc", '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/'
            'oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title>'
            "<dc:creator>Quill, Mara</dc:creator><dc:subject>Sound</dc:subject><dc:description>"
            "{abstract}</dc:description><dc:description>Comment: 9 pages, 4 figures"
            "</dc:description><dc:date>2026-11-02</dc:date><dc:identifier>http://arxiv.org/abs/"
            "{number}</dc:identifier></oai_dc:dc>"),
        "pubmed.xml": '<?xml version="1.0"?><!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD" '
            f'"https://dtd.example/p.dtd"><PubmedArticleSet>{each(pubmed)}</PubmedArticleSet>',
        "endnote.xml": '<?xml version="1.0" encoding="UTF-8"?><xml><records>' + each(
            '<record><database name="m.enl" path="m.enl">m.enl</database><rec-number>1</rec-number>'
            '<ref-type name="Journal Article">17</ref-type><contributors><authors><author>'
            f"{style}Quill, Mara</style></author></authors></contributors><titles><title>{style}"
            f"{{title}}</style></title><secondary-title>{style}A Journal</style></secondary-title>"
            f"</titles><dates><year>{style}2026</style></year></dates><abstract>{style}{{abstract}}"
            f"</style></abstract><electronic-resource-num>{style}{{doi}}</style>"
            "</electronic-resource-num></record>") + "</records></xml>",
        "jats.xml": "<articles>" + each(
            '<article xmlns:xlink="http://www.w3.org/1999/xlink"><front><journal-meta>'
            "<journal-title>A Journal</journal-title></journal-meta><article-meta><article-id "
            'pub-id-type="doi">{doi}</article-id><title-group><article-title>{title}'
            "</article-title></title-group><contrib-group><contrib><name><surname>Quill</surname>"
            "<given-names>Mara</given-names></name></contrib></contrib-group><abstract><title>"
            "Abstract</title><p>{abstract}</p></abstract><abstract abstract-type=\"teaser\"><p>"
            "Read it.</p></abstract></article-meta></front><body><p>Text.</p></body></article>"
        ) + "</articles>",
        "acl.xml": "<?xml version='1.0' encoding='UTF-8'?><collection id='2026.x'><volume id='1'>"
            "<meta><booktitle>Proceedings</booktitle></meta>" + each(
            "<paper id='1'><title>{title}</title><author><first>Mara</first><last>Quill</last>"
            "</author><abstract>{abstract}</abstract><doi>{doi}</doi></paper>") +
            "</volume></collection>",
        "mods.xml": '<modsCollection xmlns="http://www.loc.gov/mods/v3">' + each(
            "<mods><titleInfo><title>{title}</title></titleInfo><name><namePart>Quill, Mara"
            "</namePart></name><abstract>{abstract}</abstract></mods>") + "</modsCollection>",
        "own.xml": "<export><meta><title>Export</title></meta>" + each(
            "<record><Titel>{title}</Titel><Zusammenfassung>{abstract}</Zusammenfassung></record>"
        ) + "</export>",
        "ampersand.xml": rss("<item><title>{title}</title><link>https://x/?a=1&b=2</link>"
            "<description>{abstract} Bells & tides.</description></item>"),
        "nbsp.xml": rss("<item><title>{title}</title><description>{abstract}&nbsp;Done."
            "</description></item>"),
        "blank.xml": "\n\n " + rss("<item><title>{title}</title><description>{abstract}"
            "</description></item>"),
        "control.xml": rss("<item><title>{title}</title><description>{abstract}\x0b\x00"
            "</description></item>"),
    }  # fmt: skip
