/** An input method takes keys for itself. Safari reports 229 after isComposing is already false. */
export const isComposing = (event) => event.isComposing || event.keyCode === 229;
