// The tagged papers of a run: shown, filtered by area, sorted, downloaded.

import { save } from "./download.js";
import { count, make, text } from "./dom.js";
import { article } from "./paper.js";

const $ = (id) => document.getElementById(id);
let rows = []; // {paper, element}, in the order of the feed
let names = null; // the taxonomy

/** Forget the papers that are shown. */
export function clear() {
  rows = [];
  $("papers").replaceChildren();
  $("area").replaceChildren(make("option", { value: "" }, "All areas"));
  $("order").value = "feed";
  $("tools").hidden = true;
}

/** Show one more tagged paper; `open` shows its abstract and its evidence. */
export function add(paper, taxonomy, open) {
  names = taxonomy;
  const element = article(paper, taxonomy, open);
  rows.push({ paper, element });
  $("papers").append(element);
}

/** A run has ended: offer what can be done with several papers. */
export function finish() {
  $("tools").hidden = rows.length < 2;
  const counts = new Map();
  for (const { paper } of rows) {
    for (const { area } of paper.tags ?? []) counts.set(area, (counts.get(area) ?? 0) + 1);
  }
  const areas = [...counts].sort(([one], [other]) => names.name(one).localeCompare(names.name(other)));
  $("area").append(
    ...areas.map(([area, papers]) => make("option", { value: area }, `${names.name(area)} (${papers})`)),
  );
}

/** "3 papers: 2 tagged, 1 abstained, 0 failed." */
export function summary() {
  if (!rows.length) return "Nothing is tagged.";
  const of = (status) => rows.filter(({ paper }) => paper.status === status).length;
  return `${count(rows.length, "paper")}: ${of("tagged")} tagged, ${of("abstained")} abstained, ${of("error")} failed.`;
}

const ORDERS = {
  feed: () => 0,
  title: (one, other) => text(one.paper.title).localeCompare(text(other.paper.title)),
  probability: (one, other) => strongest(other.paper) - strongest(one.paper),
};

function strongest({ tags }) {
  return tags?.[0]?.probability ?? 0;
}

function shown() {
  const area = $("area").value;
  const has = ({ paper }) => !area || paper.tags?.some((tag) => tag.area === area);
  return rows.filter(has).sort(ORDERS[$("order").value]);
}

function arrange() {
  const chosen = shown();
  $("papers").replaceChildren(...chosen.map(({ element }) => element));
  $("shown").textContent = chosen.length === rows.length ? "" : `${chosen.length} of ${count(rows.length, "paper")}`;
}

for (const id of ["area", "order"]) $(id).addEventListener("input", arrange);
$("compact").addEventListener("change", (event) => $("papers").classList.toggle("compact", event.target.checked));
for (const button of document.querySelectorAll("[data-download]")) {
  button.addEventListener("click", () => {
    const papers = shown().map(({ paper }) => paper);
    save(button.dataset.download, papers, names);
  });
}
