/** The browser's locks between tabs. Without a secure context there are none: each tab for itself. */
export const tabLocks = globalThis.navigator?.locks ?? {
  request: (name, ...optionsAndTask) => optionsAndTask.at(-1)({ name }),
};
