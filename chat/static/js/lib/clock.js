/**
 * What the models need of time; tests put a clock of their own in its place. `now` is the time of
 * day, which people and time servers set; `ticks` only ever runs forward, for spans of time.
 */
export const browserClock = {
  now: () => Date.now(),
  ticks: () => performance.now(),
  setTimeout: (task, ms) => setTimeout(task, ms),
  clearTimeout: (timer) => clearTimeout(timer),
};
