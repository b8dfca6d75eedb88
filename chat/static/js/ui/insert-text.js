/** As if it was typed, so that undo takes it back. There is no other way to that than this old one. */
export function insertText(field, from, to, text) {
  field.focus();
  field.setSelectionRange(from, to);
  keepingHeight(field.form, () => {
    if (document.execCommand("insertText", false, text)) return;
    field.setRangeText(text, from, to, "end");
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  });
}

/** A field that grows with its text has no height while the text is replaced: the messages would scroll. */
function keepingHeight({ style, offsetHeight }, task) {
  style.minHeight = `${offsetHeight}px`;
  task();
  style.minHeight = "";
}
