const LONGEST_PAUSE_MS = 60 * 60 * 1000; // a timer of more than 24 days would end at once

/** The pause that an error of the server asks for, if it is one; undefined without a wish. */
export function pauseMs(retryAfterS) {
  if (!Number.isFinite(retryAfterS)) return undefined;
  return Math.min(Math.max(0, retryAfterS * 1000), LONGEST_PAUSE_MS);
}

/**
 * A request that was not answered with `ok`. Beside the codes of the wire contract there are
 * "offline" (it was not sent, or the connection broke before the answer) and "timeout".
 */
export class RequestError extends Error {
  constructor({ code, message, retry_after: retryAfterS }) {
    super(message);
    this.name = "RequestError";
    this.code = code;
    this.retryAfterMs = pauseMs(retryAfterS);
  }

  /** Whether the same request may succeed later without anything changed in it. */
  get passing() {
    return ["offline", "timeout", "unavailable", "rate_limited"].includes(this.code);
  }
}
