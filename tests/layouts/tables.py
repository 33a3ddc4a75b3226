"""Tables: CSV, TSV and spreadsheets of databases and reference managers."""

from __future__ import annotations

import io
from typing import Any

from layouts.papers import BELLS, PAPERS, TIDE, Invented, row_of


def table(names: list[str], row: Any, delimiter: str = ",", before: str = "", after: str = "",
           quote: bool = True) -> str:  # fmt: skip
    """A delimited table; `row` makes the cells of a paper."""

    def cell(text: str) -> str:
        return '"' + text.replace('"', '""') + '"' if quote else text

    rows = [delimiter.join(cell(text) for text in row(paper)) for paper in PAPERS]
    head = [delimiter.join(cell(name) for name in names)] if names else []
    return before + "\n".join([*head, *rows]) + "\n" + after


def xlsx(rows: list[list[Any]], sheets: dict[str, list[list[Any]]] | None = None) -> bytes:
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


WOS_ROW = ["J", "Quill, M", "{title}", "HARBOUR J", "silt; tide", "{abstract}", "2026", "WOS:0001"]


def layouts() -> dict[str, bytes | str]:
    names = ["id", "title", "abstract"]
    wos = "PT AU TI SO DE AB PY UT".split()  # noqa: SIM905

    def wos_row(p: Invented) -> list[str]:
        return [c.replace("{title}", p.title).replace("{abstract}", p.abstract) for c in WOS_ROW]

    embase = ",".join
    latin = table(names, lambda p: [p.number, f"{p.title} für Bäche", f"{p.abstract} – “déjà vu”."],
                   ";")  # fmt: skip
    return {
        "zotero.csv": "\ufeff" + table(
            ["Key", "Item Type", "Publication Year", "Author", "Title", "Publication Title", "DOI",
             "Abstract Note", "Manual Tags"],
            lambda p: ["K", "journalArticle", "2026", "; ".join(p.authors), p.title, "A Journal",
                       p.doi, p.abstract, "silt"]),
        "scopus.csv": table(
            ["Authors", "Author full names", "Title", "Year", "Source title", "DOI", "Abstract", "EID"],
            lambda p: ["Quill M.", "Quill, Mara (1)", p.title, "2026", "A Journal", p.doi,
                       f"{p.abstract} © 2026 Elsevier B.V., All rights reserved.", "2-s2.0-1"]),
        "wos.tsv": "\ufeff" + table(wos, wos_row, "\t", quote=False),
        "wos_xls_style.csv": table(
            ["Publication Type", "Authors", "Article Title", "Source Title", "Author Keywords",
             "Abstract", "Publication Year", "UT (Unique WOS ID)"], wos_row),
        "ieee.csv": table(
            ["Document Title", "Authors", "Publication Title", "Publication Year", "Abstract", "DOI",
             "Document Identifier"],
            lambda p: [p.title, "M. Quill", "2026 Conf", "2026", p.abstract, p.doi, "IEEE Conferences"]),
        "embase.csv": table(
            ["TITLE", "AUTHOR NAMES", "SOURCE", "PUBLICATION YEAR", "ABSTRACT", "EMBASE LINK"],
            lambda p: [p.title, "Quill M.", "A Journal (2026) 7:3", "2026", p.abstract, "http://x"],
            before='"SEARCH QUERY"\n"silt AND [2026]/py"\n\n'),
        "dimensions.csv": table(
            ["Rank", "Publication ID", "DOI", "Title", "Abstract", "Source title", "PubYear"],
            lambda p: ["500", "pub.1", p.doi, p.title, p.abstract, "A Journal", "2026"],
            before='"About the data: Exported on Nov 2, 2026. Criteria: ""silt"" in title."\n'),
        "eppi.csv": table(
            ["Item ID", "Short Title", "Title", "Year", "Parent Title", "Abstract"],
            lambda p: ["77", "Quill (2026)", p.title, "2026", "A Journal", p.abstract]),
        "covidence.csv": table(
            ["Title", "Authors", "Abstract", "Published Year", "Journal", "Covidence #", "Tags"],
            lambda p: [p.title, "Quill, M", p.abstract, "2026", "A Journal", "#12", ""]),
        "rayyan.csv": table(
            ["key", "title", "year", "issn", "authors", "journal", "language", "abstract", "notes"],
            lambda p: ["rayyan-1", p.title, "2026", "1-2", "Quill, M", "A J", "en", p.abstract, ""]),
        "dspace.csv": table(
            ["id", "collection", "dc.contributor.author", "dc.title[en_US]",
             "dc.description.abstract[en_US]", "dc.description.abstract[de]"],
            lambda p: ["7", "1/2", "Quill, M||Fenn, O", p.title, p.abstract,
                       "Häfen werden zu festen Zeiten gebaggert, ob es nun Schlick gibt oder nicht. "
                       "Wir trainieren ein kleines Netz. " * 10]),
        "refworks.tsv": table(
            ["Reference Type", "Authors, Primary", "Title Primary", "Periodical Full", "Abstract"],
            lambda p: ["Journal", "Quill,M", p.title, "A Journal", p.abstract], "\t", quote=False),
        "annif.tsv": table([], lambda p: [f"{p.title} ¤ {p.abstract}", "<http://x.example/1>"], "\t",
                            quote=False),
        "annif.csv": table(["text", "subject_uris"],
                            lambda p: [f"{p.title} ¤ {p.abstract}", "<http://x.example/1>"]),
        "headerless.tsv": table([], row_of, "\t", quote=False),
        "headerless.csv": table([], row_of),
        "sep_line.csv": table(names, row_of, ";", before="sep=;\n"),
        "semicolon.csv": table(names, row_of, ";"),
        "pipe.csv": table(names, row_of, "|", quote=False),
        "comment.csv": table(names, row_of, before="# query: silt, 2026\n# exported today\n"),
        "ragged.csv": table(names, lambda p: [*row_of(p), ""]),
        "blank_rows.csv": table(names, row_of).replace("\n", "\n\n,,\n"),
        "twice.csv": table([*names, "note", "note"], lambda p: [*row_of(p), "x", "y"]),
        "r_rows.csv": table(["title", "abstract", "year"], lambda p: ["1", p.title, p.abstract, "2026"]),
        "pandas_index.csv": table(["", "title", "abstract"], row_of),
        "joined.csv": table(names, lambda p: row_of(p)) .replace(
            f'"{BELLS.number}"', f'"id","title","abstract"\n"{BELLS.number}"'),
        "quotes.tsv": table(
            ["id", "title", "abstract"],
            lambda p: [p.number, p.title, f'"Silt" is what we call it. {p.abstract}'], "\t", quote=False),
        "french.csv": table(["Titre", "Auteurs", "Résumé"],
                             lambda p: [p.title, "M. Quill", p.abstract], ";"),
        "spanish.csv": table(["Título", "Autores", "Resumen"],
                              lambda p: [p.title, "M. Quill", p.abstract]),
        "italian.csv": table(["Titolo", "Autori", "Sommario"],
                              lambda p: [p.title, "M. Quill", p.abstract]),
        "portuguese.csv": table(["Título", "Autores", "Resumo"],
                                 lambda p: [p.title, "M. Quill", p.abstract]),
        "utf16.csv": table(names, row_of, "\t", quote=False).encode("utf-16"),
        "utf16_bare.csv": table(names, row_of, "\t", quote=False).encode("utf-16-le"),
        "cp1252.csv": latin.encode("cp1252"),
        "stray_byte.csv": table(names, row_of).encode() + embase(
            ["x", "A Third Title of It", f'"{TIDE.abstract} caf']).encode() + b"\xe9\"\n",
        "papers.xlsx": xlsx([names, *(row_of(p) for p in PAPERS)]),
        "preamble.xlsx": xlsx([["Search results"], [], ["Exported", "2026-11-02"],
                                ["Nr", "Article Title", "Abstract"],
                                *([n, p.title, p.abstract] for n, p in enumerate(PAPERS))]),
        "sheets.xlsx": xlsx([["About"], ["This file holds papers."]],
                             {"Papers": [["Title", "Abstract"], *([p.title, p.abstract] for p in PAPERS)]}),
    }  # fmt: skip
