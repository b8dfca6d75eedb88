/**
 * Milliseconds to wait before attempt number `attempt` (from 0): doubling, capped, and random within
 * the upper half of the span so that a thousand clients don't retry at the same moment.
 */
export function backoff(attempt, { base = 1000, cap = 15_000, random = Math.random } = {}) {
  const span = Math.min(cap, base * 2 ** attempt);
  return Math.round(span * (0.5 + random() / 2));
}
