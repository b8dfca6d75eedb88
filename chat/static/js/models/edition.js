import { REQUESTS } from "../contract.js";

/** Fields that came later, by request. The first edition of the contract refuses them. */
const LATER_FIELDS = { [REQUESTS.join]: ["up_to"], [REQUESTS.send]: ["connected_ms"] };

/** Which edition of the contract the server of this connection speaks: it may be an older one. */
export class Edition {
  #isFirst = false;

  /** The next server may be another one. */
  connected() {
    this.#isFirst = false;
  }

  /**
   * @param {(payload: object) => Promise<object>} ask makes the request; a second time without the
   *   later fields if the server calls it invalid, which tells nothing of whether they were why
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
