const AT_LATEST_MS = 250;

/** Runs the task in the next frame. A hidden page has no frames, but its title still has to change. */
export function nextFrame(task) {
  let done = false;
  const once = () => {
    if (!done) task();
    done = true;
  };
  requestAnimationFrame(once);
  setTimeout(once, AT_LATEST_MS);
}

const IDLE_AFTER_MS = 2000;

/** Runs the task when the browser is idle; in Safari, which can't tell, after two seconds. */
export function whenIdle(task) {
  setTimeout(() => (globalThis.requestIdleCallback ?? setTimeout)(task), IDLE_AFTER_MS);
}
