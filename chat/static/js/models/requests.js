import { isAnswerTo, REQUESTS, withUsableFields } from "../contract.js";
import { RequestError } from "../lib/request-error.js";
import { ConnectionAge } from "./connection-age.js";
import { Edition } from "./edition.js";

/** Requests and answers as the contract has them, whatever carries them. */
export class Requests {
  #carry;
  #age;
  #edition = new Edition();

  /**
   * @param {{clock: object, carry: (event: string, payload: object, withinMs?: number) =>
   *   Promise<unknown>}} options `carry` emits before it returns; it gives the answer as it comes,
   *   or rejects with a RequestError if none comes
   */
  constructor({ clock, carry }) {
    this.#carry = carry;
    this.#age = new ConnectionAge({ clock });
  }

  connected() {
    this.#age.connected();
    this.#edition.connected();
  }

  /** @returns {Promise<object>} the answer, if it is `ok`; else it rejects with a RequestError */
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
