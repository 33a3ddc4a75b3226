// The digest's search, filter, order and pages. It shows and hides what the page already holds.
"use strict";
(async () => {
  const find = (id) => document.getElementById(id);
  const place = find("papers");
  const size = Number(document.querySelector("main").dataset.page);
  const items = [...place.children, ...(await unpacked())];
  const articles = items.filter((item) => item.tagName === "ARTICLE");
  if (articles.length === 0) return;
  const pageOf = pages();
  const texts = new Map();
  let page = 0;
  let matching = articles;

  // The papers that did not fit into the page as they are.
  async function unpacked() {
    const packed = find("packed");
    if (packed === null) return [];
    const bytes = Uint8Array.from(atob(packed.textContent), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const template = document.createElement("template");
    template.innerHTML = await new Response(stream).text();
    return [...template.content.children];
  }

  function textOf(article) {
    if (!texts.has(article)) texts.set(article, article.textContent.toLowerCase());
    return texts.get(article);
  }

  function select() {
    const words = find("query").value.toLowerCase().split(/\s+/).filter(Boolean);
    const area = find("area").value;
    matching = articles.filter(
      (article) =>
        (area === "" || article.dataset.areas.split(" ").includes(area)) &&
        words.every((word) => textOf(article).includes(word)),
    );
    const order = find("order").value;
    if (order === "new") {
      matching.sort((one, other) => other.dataset.date.localeCompare(one.dataset.date));
    } else if (order === "title") {
      const title = (article) => article.querySelector("h4").textContent;
      matching.sort((one, other) => title(one).localeCompare(title(other)));
    }
    show(0);
  }

  // By area, the headings stand above their papers; a choice of papers is a plain list.
  function isWhole() {
    return matching.length === articles.length && find("order").value === "area";
  }

  function show(number, all = false) {
    page = number;
    const chosen = isWhole()
      ? (all ? items : onPage(page))
      : (all ? matching : matching.slice(page * size, (page + 1) * size));
    place.replaceChildren(...chosen);
    const last = Math.max(Math.ceil(matching.length / size) - 1, 0);
    const from = matching.length === 0 ? 0 : page * size + 1;
    const to = Math.min((page + 1) * size, matching.length);
    const count = matching.length.toLocaleString("en");
    find("status").textContent = matching.length === 0
      ? "No paper matches."
      : `${from.toLocaleString("en")} to ${to.toLocaleString("en")} of ${count} papers`;
    find("previous").disabled = page === 0;
    find("next").disabled = page === last;
  }

  function onPage(number) {
    const shown = items.filter((item) => pageOf.get(item) === number);
    if (shown[0].tagName === "ARTICLE" && number > 0) {
      const before = items.slice(0, items.indexOf(shown[0]));
      const heading = before.findLast((item) => item.tagName === "H3").cloneNode(true);
      heading.removeAttribute("id");
      heading.firstChild.textContent += "(continued) ";
      shown.unshift(heading);
    }
    return shown;
  }

  // Headings stand on the page of the first paper below them, lines on that of the last one above.
  function pages() {
    const found = new Map();
    let count = 0;
    let current = 0;
    for (const item of items) {
      if (item.tagName === "ARTICLE") {
        current = Math.floor(count / size);
        count += 1;
      } else if (item.className !== "also") {
        current = Math.floor(Math.min(count, articles.length - 1) / size);
      }
      found.set(item, current);
    }
    return found;
  }

  // A link to a paper or a heading that is on another page.
  function follow(id) {
    const item = items.find((candidate) => candidate.id === id);
    if (item === undefined) return;
    if (!place.contains(item) || !isWhole()) {
      for (const name of ["query", "area"]) find(name).value = "";
      find("order").value = "area";
      select();
      show(pageOf.get(item));
    }
    item.scrollIntoView();
    item.setAttribute("tabindex", "-1");
    item.focus({ preventScroll: true });
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (link === null) return;
    event.preventDefault();
    follow(link.getAttribute("href").slice(1));
  });
  find("tools").addEventListener("submit", (event) => event.preventDefault());
  for (const name of ["query", "area", "order"]) find(name).addEventListener("input", select);
  find("compact").addEventListener("change", (event) => {
    place.classList.toggle("compact", event.target.checked);
  });
  find("previous").addEventListener("click", () => turn(page - 1));
  find("next").addEventListener("click", () => turn(page + 1));
  function turn(number) {
    show(number);
    document.querySelector("main").scrollIntoView();
  }
  window.addEventListener("beforeprint", () => show(0, true));
  window.addEventListener("afterprint", () => show(0));
  document.body.classList.add("live");
  find("tools").hidden = false;
  find("pages").hidden = false;
  show(0);
  if (location.hash.length > 1) follow(location.hash.slice(1));
})();
