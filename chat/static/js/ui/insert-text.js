/** Inserts text as if typed, so that undo works. Only the deprecated `execCommand` can do that. */
export function insertText(field, from, to, text) {
  field.focus();
  field.setSelectionRange(from, to);
  keepingHeight(field.form, () => {
    if (document.execCommand("insertText", false, text)) return;
    field.setRangeText(text, from, to, "end");
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  });
}

/** Inserts text in the place of the selection, apart from the word before it. */
export function insertApart(field, text) {
  const { value, selectionStart: from, selectionEnd: to } = field;
  const isApart = from === 0 || /\s/u.test(value[from - 1]);
  insertText(field, from, to, isApart ? text : ` ${text}`);
}

/** Fixes the height of a growing field while its text is replaced; otherwise the messages would scroll. */
function keepingHeight({ style, offsetHeight }, task) {
  style.minHeight = `${offsetHeight}px`;
  task();
  style.minHeight = "";
}
