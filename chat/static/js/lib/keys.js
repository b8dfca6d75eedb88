/** An input method takes keys for itself. Safari reports 229 after isComposing is already false. */
export const isComposing = (event) => event.isComposing || event.keyCode === 229;

const isMac = (platform) => /Mac|iP/.test(platform);

/** What the key of commands is called. */
export const commandName = (platform = navigator.platform) => (isMac(platform) ? "⌘" : "Ctrl");

/** Whether the key of commands is held, and no Alt: on a Mac Ctrl moves the caret, as in Emacs. */
export function isCommand({ altKey, ctrlKey, metaKey }, platform = navigator.platform) {
  const [held, other] = isMac(platform) ? [metaKey, ctrlKey] : [ctrlKey, metaKey];
  return held && !other && !altKey;
}
