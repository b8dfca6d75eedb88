import highlight from "../vendor/highlight.js";
import { piecesOf } from "./lib/code-pieces.js";
import { withParts } from "./lib/languages.js";

/**
 * A worker that highlights code: the patterns of a grammar may take seconds for a text that is made
 * to be hard, so models/highlighter.js gives it up when it takes too long. It says "begun" first,
 * because what comes before that is the network's time.
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
