// The tagged papers as a file: JSON Lines, CSV or a page. What is shown is what is in it.

import { make, text } from "./dom.js";

const WRITERS = {
  jsonl: ["application/jsonl", (papers) => papers.map((paper) => `${JSON.stringify(paper)}\n`).join("")],
  csv: ["text/csv", csv],
  html: ["text/html", page],
};

/** Offer the papers to be saved as `tagged.ENDING`. */
export function save(ending, papers, taxonomy) {
  const [kind, write] = WRITERS[ending];
  const address = URL.createObjectURL(new Blob([write(papers, taxonomy)], { type: `${kind};charset=utf-8` }));
  const link = make("a", { href: address, download: `tagged.${ending}` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** As `tagstract tag -o FILE.csv` writes it: tags joined by `;`, no cell that a spreadsheet runs. */
function csv(papers) {
  const columns = ["id", "title", "abstract", "tags", "tag_probabilities", "status", "reason", "truncated", "model"];
  const rows = papers.map((paper) => {
    const tags = paper.tags ?? [];
    const joined = { tags: tags.map((tag) => tag.area).join(";"), tag_probabilities: tags.map((tag) => tag.probability).join(";") };
    return columns.map((name) => cell(text({ ...paper, ...joined }[name])));
  });
  return [columns, ...rows].map((row) => `${row.join(",")}\r\n`).join("");
}

function cell(value) {
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const STYLE =
  "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}" +
  "article{padding:.8rem 0;border-bottom:1px solid #8886}h2{font-size:1.1rem;margin:0}p{margin:.3rem 0}";

function page(papers, taxonomy) {
  const whole = document.implementation.createHTMLDocument("Tagged papers");
  whole.documentElement.lang = "en";
  whole.head.prepend(make("meta", { charset: "utf-8" }));
  whole.body.append(
    make("h1", {}, `Tagged papers (${papers.length})`),
    ...papers.map((paper) =>
      make(
        "article",
        {},
        make("h2", { dir: "auto" }, text(paper.title) || text(paper.id) || "(no title)"),
        make("p", {}, tagsOf(paper, taxonomy)),
        make("p", { dir: "auto" }, text(paper.abstract)),
      ),
    ),
  );
  // As text: this page's policy forbids style elements, and applies to the new document, too.
  const html = whole.documentElement.outerHTML.replace("</head>", `<style>${STYLE}</style></head>`);
  return `<!doctype html>\n${html}\n`;
}

function tagsOf(paper, taxonomy) {
  const tags = paper.tags ?? [];
  if (!tags.length) return `${text(paper.status)}: ${text(paper.reason)}`;
  return tags.map(({ area, probability }) => `${taxonomy.name(area)} ${probability.toFixed(2)}`).join(" · ");
}
