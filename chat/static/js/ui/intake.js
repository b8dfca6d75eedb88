const FAR_OVER = 10; // times the limit

/**
 * Keeps input out of the message box that a message can't contain: files, and texts so far over the
 * limit that their layout would block the page. Nothing is lost: the originals stay where they are.
 */
export class Intake {
  #limit;
  #onRefused;

  /** @param {{onRefused: (reason: string) => void}} options */
  constructor({ document, limit, onRefused }) {
    this.#limit = limit;
    this.#onRefused = onRefused;
    const box = document.querySelector("[data-composer-text]");
    box.addEventListener("paste", (event) => this.#take(event, event.clipboardData));
    document.addEventListener("dragover", (event) => {
      if (hasFiles(event.dataTransfer)) event.preventDefault(); // the browser would open the files
    });
    document.addEventListener("drop", (event) => this.#take(event, event.dataTransfer));
  }

  #take(event, data) {
    const reason = this.#reasonAgainst(data);
    if (!reason) return;
    event.preventDefault();
    this.#onRefused(reason);
  }

  #reasonAgainst(data) {
    const { length } = data.getData("text/plain");
    if (hasFiles(data) && length === 0) return "Files can’t be sent here. Send a link instead.";
    if (length <= this.#limit * FAR_OVER) return null;
    const [most, much] = [this.#limit, length].map((count) => count.toLocaleString("en"));
    return `That’s too long: it has ${much} characters, and a message can have ${most}.`;
  }
}

const hasFiles = (data) => data.types.includes("Files");
