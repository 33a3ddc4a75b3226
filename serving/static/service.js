// The calls to the service. Paths are relative: the service may stand behind a prefix.

/**
 * The answer of a call, read as JSON; `body` is an object, or a Blob that is sent as it is.
 * Throws an Error whose message can be shown; it has `status` where there was an answer.
 */
export async function call(path, body, signal) {
  const raw = body instanceof Blob;
  const options = { signal, credentials: "same-origin" };
  if (body !== undefined) {
    options.method = "POST";
    options.headers = { "content-type": raw ? "application/octet-stream" : "application/json" };
    options.body = raw ? body : JSON.stringify(body);
  }
  let answer;
  try {
    answer = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("the service can't be reached; is it running?");
  }
  const read = await answer.json().catch(() => null);
  if (!answer.ok) {
    const error = new Error(said(read) || `the service answered ${answer.status}`);
    error.status = answer.status;
    throw error;
  }
  if (read === null) throw new Error("the answer of the service is no JSON");
  return read;
}

/** What an answer says went wrong, whichever of the known shapes it has. */
function said(read) {
  const error = Array.isArray(read) ? read[0] : (read?.error ?? read?.detail);
  return typeof error === "string" ? error : error?.message;
}
