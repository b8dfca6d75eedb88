import { isAnswerTo, REQUESTS, withUsableFields } from "../contract.js";
import { RequestError } from "../lib/request-error.js";
import { ConnectionAge } from "./connection-age.js";
import { Edition } from "./edition.js";

/** Makes requests of the wire contract and checks the answers, over any transport. */
export class Requests {
  #carry;
  #age;
  #edition = new Edition();

  /**
   * @param {{clock: object, carry: (event: string, payload: object, withinMs?: number) =>
   *   Promise<unknown>}} options `carry` emits before it returns; it resolves to the raw answer, or
   *   rejects with a RequestError if there is none
   */
  constructor({ clock, carry }) {
    this.#carry = carry;
    this.#age = new ConnectionAge({ clock });
  }

  connected() {
    this.#age.connected();
    this.#edition.connected();
  }

  /** @returns {Promise<object>} the answer, if it is `ok`; otherwise rejects with a RequestError */
  async make(event, payload, withinMs) {
    const age = event === REQUESTS.send ? { connected_ms: this.#age.ms } : {};
    const ask = async (asked) => usable(event, await this.#carry(event, asked, withinMs));
    const answer = await this.#edition.request(event, { ...payload, ...age }, ask);
    this.#age.correct(answer.connected_ms);
    return answer;
  }
}

function usable(event, answer) {
  const { ok, error } = answer ?? {};
  if (!ok) throw new RequestError(error?.code ? error : UNEXPECTED);
  if (!isAnswerTo(event, answer)) throw new RequestError(UNEXPECTED);
  return withUsableFields(answer);
}

const UNEXPECTED = {
  code: "unavailable",
  message: "The server gave an answer that this page can’t read.",
};
