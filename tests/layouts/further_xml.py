"""XML of other archives, libraries and journals, some of it broken."""

from __future__ import annotations

from layouts.papers import PAPERS, each
from layouts.xml_feeds import oai, rdf, rss


def layouts() -> dict[str, bytes | str]:
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    marc = (
        "<record><leader>x</leader><controlfield "
        'tag="001">{number}</controlfield><datafield tag="100" ind1="1" ind2=" '
        '"><subfield code="a">Quill, Mara</subfield></datafield><datafield '
        'tag="245" ind1="1" ind2="0"><subfield '
        'code="a">{title}</subfield></datafield><datafield tag="520" ind1=" " '
        'ind2=" "><subfield code="a">{abstract}</subfield></datafield></record>'
    )
    return {
        "scopus_atom.xml": head + '<feed xmlns="http://www.w3.org/2005/Atom" '
            'xmlns:dc="http://purl.org/dc/elements/1.1/" '
            'xmlns:prism="http://p"><title>Scopus</title>'
            +each('<entry><link rel="self" href="x"/><dc:identifier>SCOPUS_ID:1</dc:identifier><dc:title>{title}</dc:title><dc:creator>Quill M.</dc:creator><prism:publicationName>Harbour J</prism:publicationName><dc:description>{abstract}</dc:description><prism:doi>{doi}</prism:doi></entry>')
            +'</feed>',
        "plos_atom.xml": head + '<feed xmlns="http://www.w3.org/2005/Atom"><title>PLOS</title>'
            +each('<entry><author><name>Mara Quill</name></author><title>{title}</title><link rel="alternate" href="https://j/{number}" title="{title}"/><id>10.1371/journal.x</id><published>2026-11-02T00:00:00Z</published><content type="html">&lt;p&gt;by Mara Quill, Odo Fenn&lt;/p&gt;\n\n{abstract}</content></entry>')
            +'</feed>',
        "tei.xml": head + '<teiCorpus xmlns="http://www.tei-c.org/ns/1.0">'
            +each('<TEI><teiHeader><fileDesc><titleStmt><title level="a" '
            'type="main">{title}</title></titleStmt><sourceDesc><biblStruct><analytic><author><persName><forename>Mara</forename><surname>Quill</surname></persName></author><title level="a" type="main">{title}</title></analytic><monogr><title level="j">Harbour J</title></monogr></biblStruct></sourceDesc></fileDesc><profileDesc><abstract><div><p>{abstract}</p></div></abstract></profileDesc></teiHeader><text><body><div><head>Introduction</head><p>Body text.</p></div></body></text></TEI>')
            +'</teiCorpus>',
        "crossref_unixref.xml": head + '<doi_records>'
            +each('<doi_record owner="10.5555"><crossref><journal><journal_metadata><full_title>Harbour Journal</full_title></journal_metadata><journal_article publication_type="full_text"><titles><title>{title}</title></titles><contributors><person_name><given_name>Mara</given_name><surname>Quill</surname></person_name></contributors><jats:abstract xmlns:jats="http://j"><jats:p>{abstract}</jats:p></jats:abstract><doi_data><doi>{doi}</doi></doi_data><citation_list><citation key="1"><article_title>Other</article_title></citation></citation_list></journal_article></journal></crossref></doi_record>')
            +'</doi_records>',
        "datacite.xml": head + '<resources>'
            +each('<resource xmlns="http://datacite.org/schema/kernel-4"><identifier '
            'identifierType="DOI">{doi}</identifier><creators><creator><creatorName>Quill, Mara</creatorName></creator></creators><titles><title xml:lang="en">{title}</title></titles><publisher>X</publisher><descriptions><description descriptionType="Abstract">{abstract}</description></descriptions></resource>')
            +'</resources>',
        "marc.xml": head + '<collection xmlns="http://www.loc.gov/MARC21/slim">' +each(marc)
            +'</collection>',
        "oai_marc.xml": oai("marcxml", marc.replace("<record>",
            '<record xmlns="http://www.loc.gov/MARC21/slim">')),
        "xoai.xml": oai("xoai", '<metadata xmlns="http://www.lyncode.com/xoai"><element '
            'name="dc"><element name="title"><element name="en_US"><field '
            'name="value">{title}</field></element></element><element '
            'name="description"><element name="abstract"><element '
            'name="en_US"><field name="value">{abstract}</field></element></element></element><element name="contributor"><element name="author"><element name="none"><field name="value">Quill, Mara</field></element></element></element></element></metadata>'),
            
        "oai_mods.xml": oai("mods",
            '<mods xmlns="http://www.loc.gov/mods/v3"><titleInfo><title>{title}</title></titleInfo><abstract lang="eng">{abstract}</abstract><relatedItem type="host"><titleInfo><title>Harbour J</title></titleInfo></relatedItem></mods>'),
            
        "oai_datacite.xml": oai("oai_datacite",
            '<oai_datacite xmlns="http://schema.datacite.org/oai/oai-1.1/"><payload><resource><titles><title>{title}</title></titles><creators><creator><creatorName>Q</creatorName></creator></creators><descriptions><description descriptionType="Abstract">{abstract}</description></descriptions></resource></payload></oai_datacite>'),
            
        "oai_etdms.xml": oai("etdms",
            '<thesis xmlns="http://www.ndltd.org/standards/metadata/etdms/1.0/"><title>{title}</title><creator>Q</creator><subject>x</subject><description>{abstract}</description></thesis>'),
            
        "oai_dc_langs.xml": oai("oai_dc",
            '<oai_dc:dc xmlns:oai_dc="http://o" xmlns:dc="http://d"><dc:title>{title}</dc:title><dc:description xml:lang="de">Die Häfen werden zu festen Zeiten gebaggert, ob es nun Schlick gibt oder nicht, und wir sind nicht froh. Die Häfen werden zu festen Zeiten gebaggert, ob es nun Schlick gibt oder nicht, und wir sind nicht froh. Die Häfen werden zu festen Zeiten gebaggert, ob es nun Schlick gibt oder nicht, und wir sind nicht froh. Die Häfen werden zu festen Zeiten gebaggert, ob es nun Schlick gibt oder nicht, und wir sind nicht froh. Die Häfen werden zu festen Zeiten gebaggert, ob es nun Schlick gibt oder nicht, und wir sind nicht froh.</dc:description><dc:description xml:lang="en">{abstract}</dc:description></oai_dc:dc>'),
            
        "zotero.rdf": head + '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
            'xmlns:z="http://www.zotero.org/namespaces/export#" '
            'xmlns:bib="http://purl.org/net/biblio#" '
            'xmlns:dc="http://purl.org/dc/elements/1.1/" '
            'xmlns:dcterms="http://purl.org/dc/terms/" ' 'xmlns:foaf="http://xmlns.com/foaf/0.1/">'
            +each('<bib:Article rdf:about="http://x/{number}"><z:itemType>journalArticle</z:itemType><dcterms:isPartOf><bib:Journal><dc:title>Harbour Journal</dc:title></bib:Journal></dcterms:isPartOf><bib:authors><rdf:Seq><rdf:li><foaf:Person><foaf:surname>Quill</foaf:surname><foaf:givenName>Mara</foaf:givenName></foaf:Person></rdf:li></rdf:Seq></bib:authors><dc:title>{title}</dc:title><dcterms:abstract>{abstract}</dcterms:abstract><dc:date>2026</dc:date></bib:Article>')
            +'</rdf:RDF>',
        "dc_rdf.xml": head + '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
            'xmlns:dc="http://purl.org/dc/elements/1.1/" '
            'xmlns:dcterms="http://purl.org/dc/terms/">'
            +each('<rdf:Description rdf:about="http://x/{number}"><dc:title>{title}</dc:title><dc:creator>Q</dc:creator><dcterms:abstract>{abstract}</dcterms:abstract></rdf:Description>')
            +'</rdf:RDF>',
        "oup_rss.xml": rss('<item><title>{title}</title><link>http://x</link><pubDate>Mon, 02 Nov '
            '2026 00:00:00 GMT</pubDate><description>&lt;span '
            'class="paragraphSection"&gt;&lt;div '
            'class="boxTitle"&gt;Abstract&lt;/div&gt;{abstract}&lt;/span&gt;</description><prism:volume>7</prism:volume></item>'),
            
        "springer_rss.xml": rss('<item><title>{title}</title><link>http://x</link><description>&lt;h3 '
            'class="a-plus-plus"&gt;Abstract&lt;/h3&gt;\n'
            '&lt;p class="a-plus-plus"&gt;{abstract}&lt;/p&gt;</description></item>'),
        "acm_rss.xml": rss('<item><title>{title}</title><link>http://x</link><description>ACM '
            'Transactions on Harbours, Volume 7, Issue 1, Page 1-29, November '
            '2026. &lt;br/&gt;{abstract}</description></item>'),
        "ieee_rss.xml": rss('<item><title>{title}</title><description>{abstract}</description><link>http://ieeexplore.ieee.org/x</link><authors>M. Quill;O. Fenn;</authors><volume>7</volume></item>'),
            
        "medrxiv_sections.xml": rdf('<item rdf:about="u"><title><![CDATA[{title}]]></title><link>u</link><description><![CDATA[O_ST_ABSBackgroundC_ST_ABS {abstract}]]></description></item>'),
            
        "jmir_rss.xml": rss('<item><title>{title}</title><description><![CDATA[<strong>Background:</strong> {abstract} <strong>Trial Registration:</strong> none]]></description><author>m@x.example (Mara Quill)</author></item>'),
            
        "rss_latin1.xml": ('<?xml version="1.0" encoding="ISO-8859-1"?><rss '
            'version="2.0"><channel><title>Jé</title>'
            +each('<item><title>{title}</title><description>{abstract} Déjà '
            'vu.</description></item>') +'</channel></rss>').encode("latin-1"),
        "rss_wrong_declared.xml": ('<?xml version="1.0" encoding="UTF-8"?><rss '
            'version="2.0"><channel><title>Jé</title>'
            +each('<item><title>{title}</title><description>{abstract} “Déjà '
            'vu”.</description></item>') +'</channel></rss>').encode("cp1252"),
        "rss_utf16_declared8.xml": ('<?xml version="1.0" encoding="UTF-8"?><rss '
            'version="2.0"><channel><title>Jé</title>'
            +each('<item><title>{title}</title><description>{abstract}</description></item>')
            +'</channel></rss>').encode("utf-16"),
        "rss_junk_before.xml": "HTTP/1.1 200 OK\nContent-Type: text/xml\n\n"
            + rss("<item><title>{title}</title><description>{abstract}</description></item>"),
        "rss_php_warning.xml": "<br />\n<b>Warning</b>:  x in <b>y</b> on line <b>3</b><br />\n"
            + rss("<item><title>{title}</title><description>{abstract}</description></item>"),
        "rss_unclosed_tag.xml": rss("<item><title>{title}</title><description><p>{abstract}<br></description></item>"),
            
        "rss_lt.xml": rss("<item><title>{title}</title><description>We have p < 0.05 and n<9. "
            "{abstract}</description></item>"),
        "rss_bad_namespace.xml": rss(
            "<item><title>{title}</title><foo:bar>x</foo:bar><description>{abstract}</description></item>"),
            
        "rss_dup_attr.xml": rss('<item><title a="1" a="2">{title}</title><description>{abstract}</description></item>'),
            
        "rss_comments_first.xml": rss(
            "<item><title>{title}</title><description>Comment on the above: we are "
            "not convinced that it is right.</description><content:encoded>{escaped}</content:encoded></item>"),
            
        "rss_media.xml": rss('<item><title>{title}</title><media:title '
            'xmlns:media="http://m">Figure 1</media:title><media:description '
            'xmlns:media="http://m">The figure shows that there is '
            'silt.</media:description><description>{abstract}</description></item>'),
        "rss_media_first.xml": rss('<item><media:title xmlns:media="http://m">Figure '
            '1</media:title><title>{title}</title><description>{abstract}</description></item>'),
        "arxiv_rss_old.xml": rdf('<item rdf:about="http://arxiv.org/abs/{number}"><title>{title}. '
            '(arXiv:{number}v1 [cs.SD])</title><link>http://arxiv.org/abs/{number}</link><description rdf:parseType="Literal">&lt;p&gt;{abstract}&lt;/p&gt;</description><dc:creator> &lt;a href="http://x"&gt;Mara Quill&lt;/a&gt;</dc:creator></item>'),
            
        "pmc_set.xml": head + '<pmc-articleset>'
            +each('<article><front><journal-meta><journal-title-group><journal-title>J</journal-title></journal-title-group></journal-meta><article-meta><title-group><article-title>{title}</article-title></title-group><abstract abstract-type="graphical"><p>A figure that is shown here as one that we all know and like.</p></abstract><abstract><p>{abstract}</p></abstract></article-meta></front></article>')
            +'</pmc-articleset>',
        "pubmed_efetch_wrapped.xml": head + '<root><PubmedArticleSet>'
            +each('<PubmedArticle><MedlineCitation><PMID>1</PMID><Article><ArticleTitle>{title}</ArticleTitle><Abstract><AbstractText>{abstract}</AbstractText></Abstract></Article></MedlineCitation></PubmedArticle>')
            +'</PubmedArticleSet></root>',
        "endnote_styles.xml": '<xml><records>'
            +each('<record><titles><title><style face="normal">{title}</style><style '
            'face="italic"></style></title></titles><abstract><style '
            'face="bold">Abstract: </style><style '
            'face="normal">{abstract}</style></abstract><research-notes>This is a '
            'note that we wrote.</research-notes></record>') +'</records></xml>',
        "refworks.xml": head + '<refworks>'
            +each('<reference><rt>Journal Article</rt><a1>Quill,Mara</a1><t1>{title}</t1><jf>Harbour J</jf><yr>2026</yr><ab>{abstract}</ab></reference>')
            +'</refworks>',
        "arxiv_oai_wrapped.xml": head + '<ListRecords>'
            +each('<record><header><identifier>oai:arXiv.org:{number}</identifier></header><metadata><arXiv><id>{number}</id><title>{title}</title><abstract>{abstract}</abstract></arXiv></metadata></record>')
            +'</ListRecords>',
        "solr.xml": head + '<response><lst name="responseHeader"><int '
            'name="status">0</int></lst><result name="response" numFound="2">'
            +each('<doc><str name="id">{number}</str><arr '
            'name="title"><str>{title}</str></arr><str ' 'name="abstract">{abstract}</str></doc>')
            +'</result></response>',
        "iso8859_entities.xml": '<?xml version="1.0"?><rss><channel>'
            +each('<item><title>{title}</title><description>&ldquo;Silt&rdquo; &mdash; '
            'as we say. {abstract}</description></item>') +'</channel></rss>',
        "concatenated_rss.xml": "".join(rss(
            "<item><title>{title}</title><description>{abstract}</description></item>").replace(each(
            "<item><title>{title}</title><description>{abstract}</description></item>"),
            each("<item><title>{title}</title><description>{abstract}</description></item>",(p,)))
            for p in PAPERS),
        "wp_export.xml": rss('<item><title>{title}</title><link>u</link><wp:post_id '
            'xmlns:wp="http://w">1</wp:post_id><excerpt:encoded '
            'xmlns:excerpt="http://e"><![CDATA[A teaser of '
            'it.]]></excerpt:encoded><content:encoded><![CDATA[<!-- wp:paragraph '
            '--><p>{abstract}</p><!-- /wp:paragraph -->]]></content:encoded></item>'),
    }  # fmt: skip
