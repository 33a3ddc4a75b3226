// The page: takes a paper or a feed, has it tagged, shows what comes back.

import { count } from "./dom.js";
import { onKey } from "./key.js";
import { paperOf } from "./paper.js";
import { add, clear, finish, summary } from "./results.js";
import { call } from "./service.js";

const { maxBytes, maxPapers, maxSize } = document.documentElement.dataset; // by serving/http/page.py
const AT_ONCE = Math.min(16, Number(maxPapers)); // papers a call: a feed's first answers come soon

const EXAMPLE = {
  title: "Ask Before You Grasp: Language Feedback for Robots that Clear a Table",
  abstract:
    "Robots that clear a table after a meal must tell what is waste and what someone still wants. " +
    "We let a manipulator ask short questions whenever its policy is unsure, and fine-tune the " +
    "policy on the answers with a preference objective. A vision-language model proposes which " +
    "object to ask about, and a diffusion policy carries out the grasp. In 240 meals with 30 " +
    "participants the robot removed fewer wanted objects than one that never asks, and people " +
    "answered two questions a meal on average. We release the recordings and the code.",
};

const $ = (id) => document.getElementById(id);
let running = null; // the AbortController of the run in progress
let loaded = null; // the promise of the taxonomy

/** The taxonomy; asked for again where the first attempt failed. */
async function taxonomyOf() {
  try {
    const { groups, model } = await (loaded ??= call("areas"));
    $("model").textContent = `The model is ${model}.`;
    const names = new Map(groups.flatMap(({ areas }) => areas.map(({ id, name }) => [id, name])));
    return { groups, name: (id) => names.get(id) ?? id };
  } catch (error) {
    loaded = null;
    throw error;
  }
}

/** Do a run in the place of the one in progress; what goes wrong is shown. */
async function run(work) {
  const asked = document.activeElement;
  running?.abort();
  const mine = (running = new AbortController());
  clear();
  $("trouble").textContent = "";
  $("summary").textContent = "Tagging…";
  try {
    await work(await taxonomyOf(), mine.signal);
  } catch (error) {
    if (running !== mine) return;
    if (error.name !== "AbortError") $("trouble").textContent = `This did not work: ${error.message}`;
    $("summary").textContent = summary();
  }
  if (running !== mine) return;
  running = null;
  finish();
  $("progress").hidden = true;
  // Whoever went on to something else is left there.
  if (document.activeElement === asked || document.activeElement === document.body) $("results").focus();
}

function tagOne(paper) {
  return run(async (taxonomy, signal) => {
    const [tagged] = await call("explain", { papers: [paper] }, signal);
    add(tagged, taxonomy, true);
    $("summary").textContent = summary();
  });
}

function tagFeed(blob) {
  return run(async (taxonomy, signal) => {
    if (blob.size > Number(maxBytes)) {
      throw new Error(`the feed is over ${maxSize}; \`tagstract tag\` takes any size`);
    }
    const feed = await call("ui/papers", blob, signal);
    $("progress").hidden = false;
    const rest = feed.left_out ? `; ${count(feed.left_out, "paper")} after these will be skipped` : "";
    const [bar, said] = $("progress").children;
    bar.max = feed.papers.length;
    for (let start = 0; start < feed.papers.length; start += AT_ONCE) {
      bar.value = start;
      said.textContent = `${start} of ${feed.papers.length} done${rest}`;
      for (const paper of await tagSome(feed.papers.slice(start, start + AT_ONCE), signal)) {
        add(paper, taxonomy, feed.papers.length === 1);
      }
    }
    if (!feed.papers.length) throw new Error("the feed holds no papers");
    const notes = (feed.notes ?? []).map((note) => ` ${note}.`).join("");
    $("summary").textContent = `${summary()}${notes}`;
    if (feed.left_out) {
      $("trouble").textContent =
        `${count(feed.left_out, "paper")} after these were skipped; \`tagstract tag\` takes feeds of any length.`;
    }
  });
}

/** Tagged papers in their order; a record that could not be read fails in its place. */
async function tagSome(papers, signal) {
  const good = papers.filter((paper) => !paper.error);
  const tagged = good.length ? await call("tag", { papers: good.map(paperOf) }, signal) : [];
  return papers.map((paper) => (paper.error ? { status: "error", reason: paper.error } : tagged.shift()));
}

$("one").addEventListener("submit", (event) => {
  event.preventDefault();
  tagOne({ title: $("title").value.trim(), abstract: $("abstract").value.trim() });
});
$("example").addEventListener("click", () => {
  $("title").value = EXAMPLE.title;
  $("abstract").value = EXAMPLE.abstract;
});
$("many").addEventListener("submit", (event) => {
  event.preventDefault();
  const [file] = $("file").files;
  if ($("feed").value.trim()) tagFeed(new Blob([$("feed").value]));
  else if (file) tagFeed(file);
  else {
    $("feed").setCustomValidity("Choose a file, or paste a feed.");
    $("feed").reportValidity();
  }
});
for (const id of ["feed", "file"]) $(id).addEventListener("input", () => $("feed").setCustomValidity(""));
$("file").addEventListener("click", (event) => {
  event.target.value = ""; // the same file, edited, is another choice
});
$("file").addEventListener("change", (event) => {
  const [file] = event.target.files;
  if (file) tagFeed(file);
});
$("stop").addEventListener("click", () => running?.abort());

function dropping(event) {
  if (!event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  document.body.classList.toggle("dropping", event.type === "dragover");
  if (event.type === "drop" && event.dataTransfer.files.length) tagFeed(event.dataTransfer.files[0]);
}
for (const type of ["dragover", "dragleave", "drop"]) document.addEventListener(type, dropping);

/** Tag the example, so that a visitor sees what the answers look like; anything else goes first. */
async function showExample() {
  if (running) return;
  const mine = (running = new AbortController());
  try {
    const taxonomy = await taxonomyOf();
    const [tagged] = await call("explain", { papers: [EXAMPLE] }, mine.signal);
    if (running !== mine) return;
    add(tagged, taxonomy, true);
    $("summary").textContent = "An example. Give a paper or a feed of your own.";
  } catch {
    // It was only an example.
  }
  if (running === mine) running = null;
}

/** Ask for the areas; what comes of it is shown, and told for the key that was tried. */
async function begin() {
  try {
    await taxonomyOf();
    $("trouble").textContent = "";
    if ($("papers").childElementCount === 0) showExample();
    return "The service accepts this key.";
  } catch (error) {
    $("trouble").textContent = `The areas could not be loaded: ${error.message}`;
    return error.status === 401 ? "" : "The key could not be checked.";
  }
}
onKey(() => {
  loaded = null;
  return begin();
});
begin();
