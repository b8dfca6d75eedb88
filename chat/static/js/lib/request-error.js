/**
 * A request that was not answered with `ok`. Beside the codes of the wire contract there are
 * "offline" (it was not sent, or the connection broke before the answer) and "timeout".
 */
export class RequestError extends Error {
  constructor({ code, message, retry_after: retryAfterS }) {
    super(message);
    this.name = "RequestError";
    this.code = code;
    this.retryAfterMs = retryAfterS === undefined ? undefined : retryAfterS * 1000;
  }

  /** Whether the same request may succeed later without anything changed in it. */
  get passing() {
    return ["offline", "timeout", "unavailable", "rate_limited"].includes(this.code);
  }
}
