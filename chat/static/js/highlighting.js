import highlight from "../vendor/highlight.js";
import { piecesOf } from "./lib/code-pieces.js";
import { withParts } from "./lib/languages.js";

/**
 * A worker that highlights code. The patterns of a grammar may take seconds for a hostile text, so
 * models/highlighter.js terminates the worker after a timeout. The worker first posts "begun", so
 * that the timeout doesn't include the time to load the grammar.
 */
addEventListener("message", async ({ data: { grammar, code } }) => {
  try {
    await load(grammar);
  } catch {
    return postMessage({ state: "unavailable" });
  }
  postMessage({ state: "begun" });
  postMessage({ state: "done", pieces: piecesOf(highlighted(code, grammar)) });
});

async function load(grammar) {
  for (const name of withParts(grammar)) {
    if (highlight.getLanguage(name)) continue;
    const { default: definition } = await import(`../vendor/grammars/${name}.js`);
    highlight.registerLanguage(name, definition);
  }
}

const highlighted = (code, language) =>
  highlight.highlight(code, { language, ignoreIllegals: true }).value;
