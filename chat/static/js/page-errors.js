/** Errors of the page: shown to the reader, and reported to the server, which logs them. */

const MOST = 5; // reports of one page; further ones would mostly repeat them
const DEEPEST = 10; // calls

let reported = 0;

window.addEventListener("error", ({ error }) => error && tell(error));
window.addEventListener("unhandledrejection", ({ reason }) => tell(reason));
document.querySelector("[data-page-error] button")?.addEventListener("click", () => {
  location.reload();
});

/** Reports an error without telling the reader. */
export function report(error) {
  console.error(error);
  if (reported >= MOST) return;
  reported += 1;
  const { name = "Error" } = error?.constructor ?? {};
  const body = JSON.stringify({
    kind: /^[A-Za-z]{1,40}$/.test(name) ? name : "Error",
    at: placesOf(error),
  });
  const headers = { "Content-Type": "application/json" };
  fetch("/page-errors", { method: "POST", headers, body, keepalive: true }).catch(() => {});
}

function tell(error) {
  const places = placesOf(error);
  if (places.length === 0) return; // thrown by an extension of the browser
  report(error);
  const notice = document.querySelector("[data-page-error]");
  if (notice) notice.hidden = false;
}

/**
 * The places in our scripts where the error was thrown, such as "js/main.js:12:34". The error's message
 * is not reported, because it may contain a name or the text of a chat message.
 */
function placesOf(error) {
  const calls = String(error?.stack ?? "").matchAll(/\/static\/[\w.-]+\/([\w./-]+:\d+:\d+)/g);
  return [...calls].map(([, place]) => place).slice(0, DEEPEST);
}
