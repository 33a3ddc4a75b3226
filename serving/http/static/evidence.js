// The evidence of a tag, marked in the text it comes from.

import { make, text } from "./dom.js";

/**
 * Put a text into an element, with those of the sentences marked that stand in it.
 * A sentence is `{sentence, weight, rank}`; the rank of the strongest is 1.
 * Returns the sentences that do not.
 */
export function mark(element, whole, sentences) {
  const found = [];
  const missing = [];
  for (const one of sentences) {
    const start = one.sentence ? place(whole, one.sentence, found) : -1;
    if (start < 0) missing.push(one);
    else found.push({ ...one, start, end: start + one.sentence.length });
  }
  found.sort((a, b) => a.start - b.start);
  const parts = [];
  let position = 0;
  for (const { start, end, rank, weight } of found) {
    parts.push(
      whole.slice(position, start),
      make("span", { className: "unseen" }, ` evidence ${rank}: `),
      make("mark", { className: rank === 1 ? "first" : "" }, whole.slice(start, end)),
      figure(weight),
    );
    position = end;
  }
  element.replaceChildren(...parts, whole.slice(position));
  return missing;
}

/** A sentence by itself, where the text does not hold it as it was read. */
export function quote({ sentence, weight }) {
  return make("p", { className: "evidence", dir: "auto" }, text(sentence), " ", figure(weight));
}

function figure(weight) {
  return make("span", { className: "figure" }, weight.toFixed(2));
}

/** Where a sentence starts that no sentence found before overlaps; -1 where it is nowhere. */
function place(whole, sentence, found) {
  let start = whole.indexOf(sentence);
  const taken = (at) => found.some((other) => at < other.end && other.start < at + sentence.length);
  while (start >= 0 && taken(start)) start = whole.indexOf(sentence, start + 1);
  return start;
}
