// One tagged paper: its status, its tags as bars, the evidence for the chosen one, its correction.

import { correction } from "./correction.js";
import { make, text } from "./dom.js";
import { mark, quote } from "./evidence.js";
import { call } from "./service.js";

const REASONS = JSON.parse(document.documentElement.dataset.reasons); // by serving/http/page.py

/** The article of a tagged paper; `open` shows its abstract and the evidence for its first tag. */
export function article(paper, taxonomy, open) {
  const title = make("h3", { dir: "auto" }, titleOf(paper));
  const abstract = make("p", { className: "abstract", dir: "auto" }, text(paper.abstract));
  const details = make("details", { open }, make("summary", {}, "Abstract"), abstract);
  const note = make("p", { className: "note", role: "status" });
  const quotes = make("div");
  const buttons = (paper.tags ?? []).map((tag) => tagButton(tag, taxonomy));
  const lead = make("p", { className: "lead", dir: "auto" }, firstSentence(text(paper.abstract)));
  const element = make("article", {}, title, statusOf(paper), lead);

  let evidence = paper.evidence;
  let chosen = -1;
  async function choose(row) {
    chosen = chosen === row ? -1 : row;
    buttons.forEach((button, at) => button.setAttribute("aria-pressed", String(at === chosen)));
    show([], "");
    if (chosen < 0) return;
    details.open = true;
    if (!evidence) note.textContent = "Looking for the evidence…";
    try {
      evidence ??= (await call("explain", { papers: [paperOf(paper)] }))[0].evidence ?? {};
    } catch (error) {
      note.textContent = `The evidence could not be found: ${error.message}`;
      return;
    }
    if (chosen !== row) return; // another was chosen meanwhile
    const { area } = paper.tags[row];
    const found = evidence[area] ?? [];
    const most = found[0]?.weight ?? 1;
    const sentences = found.map(({ sentence, weight }, at) => ({ sentence, weight: weight / most, rank: at + 1 }));
    const name = taxonomy.name(area);
    const marked = sentences.length === 1 ? "One sentence supports" : `${sentences.length} sentences support`;
    show(
      sentences,
      sentences.length
        ? `${marked} “${name}”, marked here. The figures show how strongly each sentence supports the tag; the strongest is 1.`
        : `No single sentence supports “${name}”.`,
    );
  }

  function show(sentences, said) {
    // A title is shown by another text where it is missing; that is no evidence.
    const left = text(paper.title) ? mark(title, text(paper.title), sentences) : sentences;
    quotes.replaceChildren(...mark(abstract, text(paper.abstract), left).map(quote));
    note.textContent = said;
  }

  if (buttons.length) {
    buttons.forEach((button, row) => button.addEventListener("click", () => choose(row)));
    const items = buttons.map((button) => make("li", {}, button));
    element.append(make("ul", { className: "tags", "aria-label": "Tags; choose one for its evidence" }, ...items));
  }
  element.append(note);
  if (text(paper.abstract)) element.append(details, quotes, correction(paper, taxonomy));
  if (open && buttons.length) choose(0);
  return element;
}

/** What the service is sent of a paper. */
export function paperOf({ id, title, abstract }) {
  return { id, title, abstract };
}

function titleOf(paper) {
  const start = text(paper.abstract).slice(0, 80).trim();
  return text(paper.title) || text(paper.id) || (start ? `${start}…` : "(no title)");
}

function firstSentence(abstract) {
  return abstract.trim().split(/(?<=[.!?])\s+(?=["'(]?[A-Z0-9])/, 1)[0];
}

function statusOf(paper) {
  const reason = REASONS[paper.reason] ?? text(paper.reason);
  if (paper.status === "tagged") {
    const cut = paper.truncated ? " from its beginning: it is longer than the model reads" : "";
    const id = text(paper.id) && text(paper.title) ? ` · ${text(paper.id)}` : "";
    return make("p", { className: "facts", dir: "auto" }, `Tagged${cut}${id}`);
  }
  const name = paper.status === "abstained" ? "Abstained" : "Failed";
  return make("p", { className: "reason", dir: "auto" }, `${name}: ${reason || "no reason was given"}`);
}

function tagButton({ area, probability }, taxonomy) {
  const fill = make("i");
  fill.style.width = `${Math.round(probability * 100)}%`;
  return make(
    "button",
    { type: "button", className: "tag", "aria-pressed": "false" },
    make("span", { className: "name" }, taxonomy.name(area)),
    make("span", { className: "bar", "aria-hidden": "true" }, fill),
    make("span", { className: "figure" }, probability.toFixed(2)),
  );
}
