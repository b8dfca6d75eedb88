/**
 * The newest message up to which a room is known to be complete. What arrives between the loss of
 * the connection and the answer to the next join doesn't move it: there may be a gap before it.
 */
export class RecoveryCursor {
  #id;
  #live = false;

  /** What to send as `after`; undefined asks for the newest page. */
  get after() {
    return this.#id;
  }

  get live() {
    return this.#live;
  }

  lost() {
    this.#live = false;
  }

  /** The join was answered: everything in the store is complete up to its newest message. */
  joined(newestId) {
    this.#live = true;
    this.#id = newestId;
  }

  saw(id) {
    if (this.#live && (this.#id === undefined || id > this.#id)) this.#id = id;
  }
}
