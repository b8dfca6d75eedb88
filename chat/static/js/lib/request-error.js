const LONGEST_PAUSE_MS = 60 * 60 * 1000; // a timer of more than 24 days would fire at once

/** Milliseconds of a `retry_after` in seconds; undefined without a valid one. */
export function pauseMs(retryAfterS) {
  if (!Number.isFinite(retryAfterS)) return undefined;
  return Math.min(Math.max(0, retryAfterS * 1000), LONGEST_PAUSE_MS);
}

/**
 * A request that was not answered with `ok`. In addition to the codes of the wire contract there are
 * "offline" (not sent, or the connection broke before the answer) and "timeout".
 */
export class RequestError extends Error {
  constructor({ code, message, retry_after: retryAfterS }) {
    super(message);
    this.name = "RequestError";
    this.code = code;
    this.retryAfterMs = pauseMs(retryAfterS);
  }

  /** Whether the same request, unchanged, may succeed later. */
  get passing() {
    return ["offline", "timeout", "unavailable", "rate_limited"].includes(this.code);
  }
}
