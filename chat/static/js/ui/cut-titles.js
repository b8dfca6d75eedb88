/** Shows a name that is cut off in full as a tooltip. */
export function titleWhatIsCut(document) {
  document.addEventListener("pointerover", ({ target }) => {
    const element = target.closest("[data-cut]");
    if (!element) return;
    if (element.scrollWidth > element.clientWidth) element.title = element.textContent;
    else element.removeAttribute("title");
  });
}
