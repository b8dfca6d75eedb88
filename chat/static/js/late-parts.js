import { LatePart } from "./lib/late-part.js";
import { askParser } from "./lib/prose.js";

/** What the first sight of the page doesn't need. */
export const parts = {
  markdown: new LatePart(async () => {
    const markdown = await import("./ui/markdown-nodes.js");
    askParser(markdown.proseOf);
    return markdown;
  }),
  completer: new LatePart(() => import("./ui/completer.js")),
  emoji: new LatePart(async () => {
    const { fetchEmoji } = await import("./ui/fetch-emoji.js");
    return fetchEmoji();
  }),
  switcher: new LatePart(() => import("./ui/switcher.js")),
  signOutDialog: new LatePart(() => import("./ui/sign-out-dialog.js")),
  shortcutsHelp: new LatePart(() => import("./ui/shortcuts-help.js")),
};

/** Loads all of it, so that it is here when the connection isn't; languages come when code needs them. */
export async function loadAll() {
  for (const late of Object.values(parts)) await late.get().catch(() => {});
  parts.markdown.part?.retryHighlighting();
}
