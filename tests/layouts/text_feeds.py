"""Text: saved pages, mails, BibTeX, RIS and other tagged text, Markdown."""

from __future__ import annotations

import html
import json

from layouts.papers import PAPERS, each


def wrapped(text: str, width: int = 70, indent: str = "") -> str:
    """A text as tagged formats wrap it."""
    lines, line = [], ""
    for word in text.split():
        if len(line) + len(word) > width:
            lines.append(line)
            line = ""
        line = f"{line} {word}".strip()
    return f"\n{indent}".join([*lines, line])


def layouts() -> dict[str, str]:
    page = [part for p in PAPERS for part in (p.title, p.abstract)]
    mail = (
        "\\\\\narXiv:{number}\nDate: Mon, 2 Nov 2026 10:00:00 GMT   (90kb)\n\nTitle: {title}\n"
        "Authors: {authors}\nCategories: cs.SD eess.AS\nComments: 9 pages\n\\\\\n  {abstract}\n"
        "\\\\ ( https://arxiv.org/abs/{number} ,  90kb)\n" + "-" * 78 + "\n"
    )
    listing = (
        '<dt><a name=\'item1\'>[1]</a> <a href ="/abs/{number}" title="Abstract" id="{number}">'
        "arXiv:{number}</a> [<a href=\"/pdf/{number}\">pdf</a>]</dt><dd><div class='meta'><div "
        "class='list-title mathjax'><span class='descriptor'>Title:</span>\n {title}\n</div><div "
        "class='list-authors'><a href=\"x\">{author}</a></div><div class='list-subjects'><span "
        "class='descriptor'>Subjects:</span> <span class='primary-subject'>Sound (cs.SD)</span>"
        "</div><p class='mathjax'>\n{abstract}\n</p></div></dd>"
    )
    props = html.escape(json.dumps({"dailyPapers": [
        {"paper": {"id": p.number, "title": p.title, "summary": p.abstract}, "title": p.title}
        for p in PAPERS]}), quote=True)  # fmt: skip
    cards = each('<article><h3><a href="/papers/{number}">{title}</a></h3><div>31</div></article>')
    wide = {p: wrapped(p.abstract, indent="      ") for p in PAPERS}
    wos = {p: wrapped(p.abstract, indent="   ") for p in PAPERS}
    return {
        "daily.txt": "\n\n".join(["new", "Subscribe", "Daily Papers",
                                  "by AK and the research community", *page]) + "\n",
        "trending.txt": "\n\n".join(
            ["Trending Papers", "by the research community", "Trending research papers from the field.",
             *(part for p in PAPERS for part in ("Submitted by\nmara", p.title, p.abstract,
               "·\n2 authors", "Published on Nov 2, 2026", "Upvote\n31", "GitHub 120\narXiv Page"))]),
        "mail.txt": "-" * 78 + "\nSend any comments to x.\n" + "-" * 78 + "\n" + each(mail),
        "mail_quoted.txt": "".join(f"> {line}\n" for line in each(mail).splitlines()),
        "listing.html": "<!DOCTYPE html>\n<html lang=\"en\"><head><title>Sound</title></head><body>"
            f"<dl id='articles'><h3>New submissions</h3>{each(listing)}</dl></body></html>",
        "hf_page.html": "<!doctype html><html><body><main><div class=\"SVELTE_HYDRATER contents\" "
            f"data-target=\"DailyPapers\" data-props=\"{props}\">{cards}</div></main></body></html>",
        "abs_pages.html": "<!DOCTYPE html><html><body><main>" + each(
            "<article><h2><a href=\"https://arxiv.org/abs/{number}\">{title}</a></h2><p>{authors}</p>"
            "<p>{abstract}</p></article>") + "</main></body></html>",
        "zotero.bib": each(
            "@article{quill_{number},\n\ttitle = {{title}},\n\tabstract = {{abstract}},\n\t"
            "author = {Quill, Mara and Fenn, Odo},\n\tyear = {2026},\n\tmonth = nov,\n\tdoi = {{doi}}"
            "\n}\n\n").replace("91%", "91\\%"),
        "quoted.bib": "@comment{x}\n@string{j = \"A Journal\"}\n" + each(
            "@inproceedings{k{number},\n  title = \"{title}\",\n  booktitle = j,\n  "
            "abstract = \"{abstract}\",\n  year = 2026,\n}\n"),
        "zotero.ris": each(
            "TY  - JOUR\r\nTI  - {title}\r\nAU  - Quill, Mara\r\nAU  - Fenn, Odo\r\nT2  - A Journal\r\n"
            "PY  - 2026\r\nDO  - {doi}\r\nAB  - {abstract}\r\nER  - \r\n\r\n"),
        "embase.ris": each(
            "TY  - JOUR\nM3  - Article\nT1  - {title}\nA1  - Quill M.\nJF  - A Journal\nY1  - 2026//\n"
            "N2  - {abstract}\nU2  - L1\nER  -\n"),
        "loose.ris": each("TY - JOUR\nTI - {title}\nAB - {abstract}\nER -\n"),
        "pubmed.nbib": "".join(
            f"PMID- 9{p.number[5:]}\nOWN - NLM\nTI  - {p.title}\nPG  - 11-29\n"
            f"LID - {p.doi} [doi]\nAB  - {wide[p]}\nFAU - Quill, Mara\nAU  - Quill M\n"
            "DP  - 2026 Nov 2\nJT  - A journal\n\n" for p in PAPERS),
        "wos.txt": "FN Clarivate Analytics Web of Science\nVR 1.0\n" + "".join(
            f"PT J\nAU Quill, M\n   Fenn, O\nAF Quill, Mara\n   Fenn, Odo\nTI {p.title}\nSO A JOURNAL\n"
            f"DE silt; tide\nAB {wos[p]}\nPY 2026\nDI {p.doi}\nUT WOS:{p.number}\nER\n\n"
            for p in PAPERS) + "EF",
        "endnote.enw": each(
            "%0 Journal Article\n%T {title}\n%A Quill, Mara\n%A Fenn, Odo\n%J A Journal\n%D 2026\n"
            "%R {doi}\n%X {abstract}\n\n"),
        "refworks.txt": each(
            "RT Journal Article\nSR Electronic(1)\nID 7\nA1 Quill,Mara\nT1 {title}\nYR 2026\n"
            "JF A Journal\nAB {abstract}\nDO {doi}\n\n"),
        "digest.md": "# Daily digest\n\n> 2026-11-02\n\n" + each(
            "## 1. [{title}](https://arxiv.org/abs/{number})\n\n**Authors**: {authors}\n\n"
            "**Abstract**: {abstract}\n\n---\n\n"),
        "prose.md": "# Papers\n\n## Sound\n\n" + each(
            "### {title}\n*{authors}*\n\n{abstract}\n\n[paper](https://arxiv.org/abs/{number})\n\n"),
        "list.md": "Today:\n\n" + each(
            "- **[{title}](https://arxiv.org/abs/{number})** ({authors})\n  {abstract}\n"),
        "table.md": "| Title | Authors | Abstract |\n| --- | --- | --- |\n" + each(
            "| [{title}](https://arxiv.org/abs/{number}) | {authors} | {abstract} |\n"),
        "details.md": "# 2026-11-02\n\n" + each(
            "## {title}\n\n<details><summary>Abstract</summary>\n\n{abstract}\n\n</details>\n\n"),
    }  # fmt: skip
