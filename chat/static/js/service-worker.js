/**
 * Caches the files of this version of the page, and the offline page. It never caches a page with a
 * person's name or messages in it: such pages always come from the server, so a new server never
 * gets an old client.
 *
 * `self.offline` is set by the server, which adds code before this script: `{prefix, page, files}`,
 * where `prefix` is the beginning of the addresses of all files of this version.
 */
const { prefix, page, files } = self.offline;
const ANSWER_WITHIN_MS = 10_000;
const GATEWAY_ERRORS = [502, 503, 504];

// Without `skipWaiting`: Chromium may never finish a page that it requests from the former worker while
// this one replaces it. The former worker stays until all its tabs are closed. It serves the new
// version as well, because pages come from the server.
addEventListener("install", (event) => event.waitUntil(fill().then(tellTabs)));

addEventListener("activate", (event) => event.waitUntil(takeOver()));

addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(pageOrOffline(event));
  else if (pathname.startsWith(prefix)) event.respondWith(keptOrFetched(request));
});

addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(showRoom(event.notification.data.path));
});

async function fill() {
  const cache = await caches.open(prefix);
  // Without the reader's cookie: the offline page is the same for everybody.
  await cache.addAll([new Request(page, { credentials: "omit", cache: "reload" }), ...files]);
}

async function tellTabs() {
  const tabs = await clients.matchAll({ type: "window", includeUncontrolled: true });
  for (const tab of tabs) tab.postMessage({ version: prefix });
}

async function takeOver() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== prefix).map((name) => caches.delete(name)));
  await registration.navigationPreload?.enable();
  await clients.claim();
}

async function pageOrOffline(event) {
  const response = await Promise.race([answerTo(event), timeOut()]).catch(() => null);
  if (response && !isOfGateway(response)) return response;
  return (await caches.match(page)) ?? response ?? Response.error();
}

async function answerTo({ request, preloadResponse }) {
  const response = (await preloadResponse) ?? (await fetch(request));
  if (response.type === "error") throw new TypeError("No connection"); // in Firefox, of a preload
  return response;
}

const timeOut = () => new Promise((resolve) => setTimeout(resolve, ANSWER_WITHIN_MS, null));

/** Whether an error is from a gateway in front of the server: the server's own have this header. */
const isOfGateway = ({ status, headers }) =>
  GATEWAY_ERRORS.includes(status) && !headers.has("Content-Security-Policy");

async function keptOrFetched(request) {
  const cache = await caches.open(prefix);
  const kept = await cache.match(request);
  if (kept) return kept;
  const response = await fetch(request);
  if (response.ok) await cache.put(request, response.clone());
  return response;
}

async function showRoom(path) {
  const [tab] = await clients.matchAll({ type: "window", includeUncontrolled: true });
  if (!tab) return clients.openWindow(path);
  await tab.focus();
  tab.postMessage({ path });
}
