/** The offline page: shows unsent messages, and loads the chat as soon as the server answers. */
import { browserClock as clock } from "./lib/clock.js";
import { themeIn } from "./lib/themes.js";
import { Belongings } from "./models/belongings.js";
import { LastReader } from "./models/last-reader.js";
import { Outbox } from "./models/outbox.js";
import { Reconnector } from "./models/reconnector.js";
import { SafeStorage } from "./models/safe-storage.js";
import { build } from "./ui/build.js";

const ANSWER_WITHIN_MS = 8000;

const storage = new SafeStorage(() => window.localStorage);
const reconnector = new Reconnector({ connect, clock, onChange: showState });
const state = document.querySelector("[data-offline-state]");

followTheme();
showWaiting();
reconnector.lost();
setInterval(showState, 1000);
document.querySelector("[data-try-again]").addEventListener("click", () => reconnector.now());
window.addEventListener("online", () => reconnector.now());
window.addEventListener("focus", () => reconnector.now());

async function connect() {
  try {
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
    const { ok } = await fetch("/readyz", { cache: "no-store", signal });
    if (ok) location.reload();
    else reconnector.lost();
  } catch {
    reconnector.lost();
  }
}

function showState() {
  const { retryAt } = reconnector;
  const seconds = Math.max(1, Math.ceil((retryAt - clock.ticks()) / 1000));
  state.textContent = retryAt === null ? "Trying…" : `Trying again in ${seconds} s`;
}

function showWaiting() {
  const reader = new LastReader({ storage }).get();
  if (!reader || new Belongings({ storage }).isLeaving(reader)) return;
  const outbox = new Outbox({ storage, userId: reader.id, clock });
  const items = reader.rooms.flatMap(({ id, title }) =>
    outbox.of(id).map(({ text }) => waiting(title, text)),
  );
  document.querySelector("[data-waiting]").hidden = items.length === 0;
  document.querySelector("[data-waiting-messages]").replaceChildren(...items);
}

function waiting(title, text) {
  const words = build("p", "offline-text", text);
  words.dir = "auto";
  return build("li", "offline-message", build("bdi", "offline-room", title), words);
}

/** Sets the theme: the cached page has the theme of the time when it was cached. */
function followTheme() {
  document.documentElement.dataset.theme = themeIn(document.cookie);
}
