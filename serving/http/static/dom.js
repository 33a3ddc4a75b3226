// Elements, made from text alone: papers are written by strangers.

/** An element with properties and children; a string among the children becomes text. */
export function make(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key in element) element[key] = value;
    else element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

/** "1 paper", "2 papers". */
export function count(number, name) {
  return `${number.toLocaleString("en")} ${name}${number === 1 ? "" : "s"}`;
}

/** Any value of a record as text. */
export function text(value) {
  return value === null || value === undefined ? "" : String(value);
}
