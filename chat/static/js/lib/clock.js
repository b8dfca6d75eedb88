/**
 * The clock and the timers of the models; tests replace it. `now` is the wall clock, which people and
 * time servers can set; `ticks` is monotonic, for durations. Both are in milliseconds.
 */
export const browserClock = {
  now: () => Date.now(),
  ticks: () => performance.now(),
  setTimeout: (task, ms) => setTimeout(task, ms),
  clearTimeout: (timer) => clearTimeout(timer),
};
