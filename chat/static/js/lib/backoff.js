/**
 * Milliseconds to wait before attempt number `attempt` (from 0): doubling, capped, and spread over
 * the upper half of the span so that a thousand clients don't come back in the same moment.
 */
export function backoff(attempt, { base = 1000, cap = 15_000, random = Math.random } = {}) {
  const span = Math.min(cap, base * 2 ** attempt);
  return Math.round(span * (0.5 + random() / 2));
}
