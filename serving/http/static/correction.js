// The correction of a paper's tags: areas chosen from a list that can be searched, then sent.

import { count, make, text } from "./dom.js";
import { call } from "./service.js";

let by = ""; // who corrects, kept from one paper to the next
let made = 0;

/** A button that opens the form; the form is made when it is first wanted. */
export function correction(paper, taxonomy) {
  const button = make("button", { type: "button", "aria-expanded": "false" }, "Correct the tags");
  const home = make("div", { className: "correct" }, button);
  let form = null;
  function toggle() {
    if (!form) {
      form = makeForm(paper, taxonomy, toggle);
      form.hidden = true;
      home.append(form);
    }
    form.hidden = !form.hidden;
    button.setAttribute("aria-expanded", String(!form.hidden));
    (form.hidden ? button : form.querySelector('input[type="search"]')).focus();
  }
  button.addEventListener("click", toggle);
  return home;
}

function makeForm(paper, taxonomy, close) {
  const labels = (paper.tags ?? []).map((tag) => tag.area);
  const chosen = make("ul", { className: "chosen" });
  const none = make("p", { className: "facts" }, "None yet; choose at least one below.");
  const choices = areaChoices(taxonomy, labels, (area, on) => {
    if (on) labels.push(area);
    else labels.splice(labels.indexOf(area), 1);
    showChosen();
  });
  const name = make("input", { id: `by-${++made}`, autocomplete: "name", value: by });
  const said = make("p", { className: "note", role: "status" });
  const fault = make("p", { className: "reason", role: "alert" });
  const cancel = make("button", { type: "button" }, "Close");
  const form = make(
    "form",
    { className: "correction", "aria-label": `Correct the tags of ${text(paper.title) || "this paper"}` },
    make("fieldset", {}, make("legend", {}, "Its areas, most central first"), none, chosen),
    ...choices.elements,
    make("label", { htmlFor: name.id }, "Your name ", make("span", { className: "facts" }, "(optional)")),
    name,
    make("div", { className: "row" }, make("button", { className: "main" }, "Send correction"), cancel),
    said,
    fault,
  );

  function showChosen() {
    none.hidden = labels.length > 0;
    chosen.hidden = !labels.length;
    chosen.replaceChildren(
      ...labels.map((area, place) => {
        const remove = make("button", { type: "button", "aria-label": `Remove ${taxonomy.name(area)}` }, "×");
        remove.addEventListener("click", () => {
          labels.splice(place, 1);
          choices.set(area, false);
          showChosen();
          const next = chosen.querySelectorAll("button")[Math.min(place, labels.length - 1)];
          (next ?? choices.search).focus();
        });
        return make("li", {}, taxonomy.name(area), remove);
      }),
    );
  }

  async function send() {
    [said.textContent, fault.textContent] = ["", ""];
    if (!labels.length) {
      fault.textContent = "Choose at least one area.";
      return;
    }
    by = name.value.trim();
    const { id, title, abstract } = paper;
    const item = { id, title, abstract, labels: [...labels], ...(by && { by }) };
    said.textContent = "Sending…";
    try {
      said.textContent = outcome(await call("feedback", { corrections: [item] }));
    } catch (error) {
      said.textContent = "";
      const missing = error.status === 404 || error.status === 405;
      fault.textContent = `Not sent: ${missing ? "this service does not accept corrections" : error.message}`;
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });
  cancel.addEventListener("click", close);
  showChosen();
  return form;
}

/** What became of the one correction that was sent; throws where it was not taken. */
function outcome(answer) {
  const result = answer.results?.[0] ?? {};
  if (result.status === "stored") return "Stored. Thank you: the next training can use it.";
  if (result.status === "duplicate") return "This correction was already stored.";
  throw new Error(text(result.reason) || "the service gave no reason");
}

/** The search field and the checkboxes by group; `changed(area, on)` hears of each click. */
function areaChoices(taxonomy, labels, changed) {
  const search = make("input", { type: "search", id: `search-${++made}`, autocomplete: "off" });
  const matches = make("p", { className: "unseen", role: "status" });
  const nothing = make("p", { className: "facts", hidden: true }, "No area matches.");
  const boxes = new Map();
  const groups = taxonomy.groups.map((group) => {
    const heading = make("p", { className: "group", id: `group-${++made}` }, group.name);
    const rows = group.areas.map((area) => {
      const box = make("input", { type: "checkbox", checked: labels.includes(area.id) });
      box.addEventListener("change", () => changed(area.id, box.checked));
      boxes.set(area.id, box);
      const about = make("span", { className: "facts" }, area.description);
      const row = make("label", {}, box, make("span", {}, area.name, about));
      const searched = wordsOf(`${group.name} ${area.id} ${area.name} ${area.description}`);
      return { row, searched };
    });
    const element = make("div", { role: "group", "aria-labelledby": heading.id }, heading);
    element.append(...rows.map(({ row }) => row));
    return { element, rows };
  });

  search.addEventListener("input", () => {
    const begun = wordsOf(search.value);
    let shown = 0;
    for (const { element, rows } of groups) {
      for (const { row, searched } of rows) {
        row.hidden = !begun.every((start) => searched.some((word) => word.startsWith(start)));
      }
      const here = rows.filter(({ row }) => !row.hidden).length;
      element.hidden = !here;
      shown += here;
    }
    nothing.hidden = shown > 0;
    matches.textContent = `${count(shown, "area")} shown`;
  });
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault(); // it would send the correction
  });
  return {
    search,
    elements: [
      make("label", { htmlFor: search.id }, "Search the areas"),
      search,
      matches,
      make("div", { className: "choices" }, nothing, ...groups.map(({ element }) => element)),
    ],
    set: (area, on) => {
      if (boxes.has(area)) boxes.get(area).checked = on;
    },
  };
}

function wordsOf(string) {
  return string.toLowerCase().split(/[^\p{L}\p{N}]+/u).filter(Boolean);
}
