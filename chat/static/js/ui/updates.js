// A worker that the browser takes for busy is replaced up to five minutes later.
const REPLACED_WITHIN_MS = 3000;

/**
 * Keeps the service worker, and with it this page, at the version of the server: asked after every
 * reconnection, because that may be to a new one.
 */
export class Updates {
  #container = navigator.serviceWorker; // missing without HTTPS
  #notice;
  #mayReload;
  #registration = null;
  #replaced = null; // once there is a new version: a promise

  /** @param {{mayReload: () => boolean, onPath: (path: string) => void}} options */
  constructor({ document, mayReload, onPath }) {
    this.#notice = document.querySelector("[data-update]");
    this.#mayReload = mayReload;
    const button = this.#notice.querySelector("button");
    button.addEventListener("click", () => this.#reload(button));
    if (!document.body.dataset.serviceWorker || !this.#container) return;
    this.#container.addEventListener("message", ({ data: { path, version } }) => {
      if (path) onPath(path);
      else if (version !== document.body.dataset.static) this.#updated();
    });
    document.addEventListener("visibilitychange", () => this.#reloadIfHidden());
    window.addEventListener("load", () => this.#register(document.body.dataset.serviceWorker));
  }

  check() {
    this.#registration?.update().catch(() => {}); // no connection again
  }

  async #register(url) {
    this.#registration = await this.#container.register(url).catch(() => null);
  }

  #updated() {
    this.#replaced = this.#replacement();
    this.#notice.hidden = false;
    this.#reloadIfHidden();
  }

  /** Chromium may never finish a page that is asked for while one worker replaces another. */
  async #replacement() {
    const replaced = new Promise((resolve) => {
      this.#container.addEventListener("controllerchange", resolve, { once: true });
    });
    await Promise.race([replaced, pause(REPLACED_WITHIN_MS)]);
  }

  async #reload(button) {
    button.disabled = true;
    await this.#replaced;
    location.reload();
  }

  /** Nobody looks: then the new page may as well be there when somebody does. */
  async #reloadIfHidden() {
    if (!this.#replaced) return;
    await this.#replaced;
    if (document.hidden && this.#mayReload()) location.reload();
  }
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
