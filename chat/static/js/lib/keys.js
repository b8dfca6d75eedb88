/** Whether an input method uses the key. In Safari isComposing is false too early; the code is 229. */
export const isComposing = (event) => event.isComposing || event.keyCode === 229;

const isMac = (platform) => /Mac|iP/.test(platform);

/** The name of the command key. */
export const commandName = (platform = navigator.platform) => (isMac(platform) ? "⌘" : "Ctrl");

/** Whether only the command key is held. On a Mac it isn't Ctrl, which moves the caret as in Emacs. */
export function isCommand({ altKey, ctrlKey, metaKey }, platform = navigator.platform) {
  const [held, other] = isMac(platform) ? [metaKey, ctrlKey] : [ctrlKey, metaKey];
  return held && !other && !altKey;
}
