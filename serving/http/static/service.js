// The calls to the service. Paths are relative: the service may stand behind a prefix.

import { askForKey, bearer } from "./key.js";

const TRIES = 6; // of a call that finds the service too busy

/**
 * The answer of a call, read as JSON; `body` is an object, or a Blob that is sent as it is.
 * Throws an Error whose message can be shown; it has `status` where there was an answer.
 */
export async function call(path, body, signal) {
  const raw = body instanceof Blob;
  const options = { signal, credentials: "same-origin", headers: bearer() };
  if (body !== undefined) {
    options.method = "POST";
    options.headers["content-type"] = raw ? "application/octet-stream" : "application/json";
    options.body = raw ? body : JSON.stringify(body);
  }
  const answer = await send(path, options);
  const read = await answer.json().catch(() => null);
  if (answer.status === 401) askForKey();
  if (!answer.ok) {
    const error = new Error(said(answer.status, read));
    error.status = answer.status;
    throw error;
  }
  if (read === null) throw new Error("the response of the service is not JSON");
  return read;
}

/** An answer; a service that is too busy is asked again when it says. */
async function send(path, options) {
  for (let attempt = 1; ; attempt++) {
    let answer;
    try {
      answer = await fetch(path, options);
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Error("the service can't be reached; is it running?");
    }
    if (answer.status !== 429 || attempt === TRIES) return answer;
    await pause(Number(answer.headers.get("retry-after")) || 1, options.signal);
  }
}

function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, Math.min(seconds, 30) * 1000);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

/** What went wrong, as one line. */
function said(status, read) {
  if (status === 401) return "this service asks for an API key; enter one at the top of the page";
  const message = read?.error?.message;
  return typeof message === "string" ? message : `the service returned ${status}`;
}
