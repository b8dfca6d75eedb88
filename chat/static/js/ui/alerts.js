/** Announces to screen readers, once each, the reader's own messages that were refused. */
export class Alerts {
  #region;
  #outbox;
  #told;

  constructor({ document, outbox }) {
    this.#region = document.querySelector("[data-alerts]");
    this.#outbox = outbox;
    this.#told = idsOf(outbox.failed); // on an earlier page
  }

  render() {
    const { failed } = this.#outbox;
    for (const { client_id, error } of failed) {
      if (!this.#told.has(client_id)) {
        this.#region.textContent = `Your message wasn’t sent: ${error}`;
      }
    }
    this.#told = idsOf(failed);
  }
}

const idsOf = (entries) => new Set(entries.map(({ client_id }) => client_id));
