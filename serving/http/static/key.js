// The API key, where the service asks for one: kept for this tab alone, sent with each call.

const NAME = "tagstract-key";
const $ = (id) => document.getElementById(id);
let key = kept();

function kept() {
  try {
    return sessionStorage.getItem(NAME) ?? "";
  } catch {
    return ""; // a browser that keeps nothing
  }
}

function keep(value) {
  key = value;
  try {
    sessionStorage.setItem(NAME, value);
  } catch {
    // then it lasts until the page is left
  }
}

/** The header that carries the key; none where no key was entered. */
export function bearer() {
  return key ? { authorization: `Bearer ${key}` } : {};
}

/** Open the field: the service wants a key, or another than it got. */
export function askForKey() {
  $("key").hidden = false;
  $("key").open = true;
  $("key-said").textContent = key ? "The service does not accept this key." : "This service requires a key.";
}

/** `tried` is called with each key that is entered; what it resolves to is said. */
export function onKey(tried) {
  $("key-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const value = $("key-value").value.trim();
    if (!/^[!-~]+$/.test(value)) {
      $("key-said").textContent = "Not a valid key: keys have no spaces or accents.";
      return;
    }
    keep(value);
    $("key-said").textContent = "Trying the key…";
    const said = await tried();
    if (said) $("key-said").textContent = said;
  });
}
