/** Tells a screen reader at once when a message of the reader's own was refused. */
export class Alerts {
  #region;
  #lobby;
  #told = new Set();

  constructor({ document, lobby }) {
    this.#region = document.querySelector("[data-alerts]");
    this.#lobby = lobby;
  }

  render() {
    const failed = this.#lobby.current.entries.filter(({ pending, error }) => pending && error);
    for (const { key, error } of failed) {
      if (!this.#told.has(key)) this.#region.textContent = `Your message was not sent: ${error}`;
    }
    this.#told = new Set(failed.map(({ key }) => key));
  }
}
