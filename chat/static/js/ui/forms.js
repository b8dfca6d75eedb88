const ANSWER_WITHIN_MS = 8000;
const NO_ANSWER = "The server can’t be reached. Check your connection, then try again.";
const NO_WORDS = "That did not work. Reload the page, then try again.";

/** @param {FormData} form with the token of the page */
export const send = (path, form) => ask(path, { method: "POST", body: new URLSearchParams(form) });

/** @throws {Error} with a message for the reader */
export async function ask(path, options = {}) {
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  const answer = await fetch(path, { ...options, signal }).catch(() => null);
  if (!answer) throw new Error(NO_ANSWER);
  const content = await answer.json().catch(() => null); // 204 has none, and some errors are pages
  if (!answer.ok) throw new Error(content?.error?.message ?? NO_WORDS);
  return content;
}
