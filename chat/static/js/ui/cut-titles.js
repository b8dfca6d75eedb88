/** A name that is cut shows the whole of it when the mouse rests on it. */
export function titleWhatIsCut(document) {
  document.addEventListener("pointerover", ({ target }) => {
    const element = target.closest("[data-cut]");
    if (!element) return;
    if (element.scrollWidth > element.clientWidth) element.title = element.textContent;
    else element.removeAttribute("title");
  });
}
