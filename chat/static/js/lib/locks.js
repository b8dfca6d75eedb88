/** The browser's locks between tabs. Without a secure context there are none: each tab for itself. */
export const tabLocks = globalThis.navigator?.locks ?? { request: (_name, task) => task() };
