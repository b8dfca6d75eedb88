import { REQUESTS } from "../contract.js";

/** Newer fields, by request. The first edition of the contract refuses them. */
const LATER_FIELDS = { [REQUESTS.join]: ["up_to"], [REQUESTS.send]: ["connected_ms"] };

/** The edition of the contract that the server of this connection uses: an old server has the first. */
export class Edition {
  #isFirst = false;

  /** Resets the edition: the new connection may be to another server. */
  connected() {
    this.#isFirst = false;
  }

  /**
   * @param {(payload: object) => Promise<object>} ask makes the request; it is called a second time
   *   without the newer fields if the server answers `invalid`, because they may be the reason
   */
  async request(event, payload, ask) {
    const first = withoutLaterFields(event, payload);
    if (this.#isFirst) return ask(first);
    try {
      return await ask(payload);
    } catch (error) {
      if (error.code !== "invalid" || first === payload) throw error;
    }
    const answer = await ask(first);
    this.#isFirst = true;
    return answer;
  }
}

function withoutLaterFields(event, payload) {
  const later = (LATER_FIELDS[event] ?? []).filter((name) => name in payload);
  if (later.length === 0) return payload;
  return Object.fromEntries(Object.entries(payload).filter(([name]) => !later.includes(name)));
}
