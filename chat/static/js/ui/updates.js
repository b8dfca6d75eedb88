/**
 * Keeps the service worker, and with it this page, at the version of the server. Checks for a new
 * version after every reconnection, because the server may have been updated.
 */
export class Updates {
  #container = navigator.serviceWorker; // missing without HTTPS
  #notice;
  #mayReload;
  #registration = null;
  #isUpdated = false;

  /** @param {{mayReload: () => boolean, onPath: (path: string) => void}} options */
  constructor({ document, mayReload, onPath }) {
    this.#notice = document.querySelector("[data-update]");
    this.#mayReload = mayReload;
    this.#notice.querySelector("button").addEventListener("click", () => location.reload());
    if (!document.body.dataset.serviceWorker || !this.#container) return;
    this.#container.addEventListener("message", ({ data: { path, version } }) => {
      if (path) onPath(path);
      else if (version !== document.body.dataset.static) this.#updated();
    });
    document.addEventListener("visibilitychange", () => this.#reloadIfHidden());
    window.addEventListener("load", () => this.#register(document.body.dataset.serviceWorker));
  }

  check() {
    this.#registration?.update().catch(() => {}); // fails if the connection breaks again
  }

  async #register(url) {
    this.#registration = await this.#container.register(url).catch(() => null);
  }

  #updated() {
    this.#isUpdated = true;
    this.#notice.hidden = false;
    this.#reloadIfHidden();
  }

  /** Reloads a hidden page, if nothing is lost: its reader won't notice. */
  #reloadIfHidden() {
    if (this.#isUpdated && document.hidden && this.#mayReload()) location.reload();
  }
}
