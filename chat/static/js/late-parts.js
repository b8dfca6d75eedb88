import { LatePart } from "./lib/late-part.js";
import { askParser } from "./lib/prose.js";
import { staticFile } from "./static-files.js";

/** Parts of the page that its first paint doesn't need. */
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
  emojiPicker: new LatePart(async () => {
    await addSheet("css/emoji-picker.css");
    return import("./ui/emoji-picker.js");
  }),
  personCard: new LatePart(async () => {
    await addSheet("css/person-card.css");
    return import("./ui/person-card.js");
  }),
  profile: new LatePart(async () => {
    await addSheet("css/profile.css");
    return import("./ui/profile.js");
  }),
  switcher: new LatePart(() => import("./ui/switcher.js")),
  shortcutsHelp: new LatePart(() => import("./ui/shortcuts-help.js")),
};

/** Loads all parts, for use without a connection. Grammars are loaded when code needs them. */
export async function loadAll() {
  for (const late of Object.values(parts)) await late.get().catch(() => {});
  parts.markdown.part?.retryHighlighting();
}

function addSheet(path) {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = staticFile(path);
  return new Promise((resolve, reject) => {
    link.addEventListener("load", resolve);
    link.addEventListener("error", () => {
      link.remove();
      reject(new Error(`${path} could not be loaded`));
    });
    document.head.append(link);
  });
}
