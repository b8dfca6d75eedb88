/**
 * Sets the height of the page to its visible height. On iOS the keyboard covers the page instead of
 * shrinking it; `dvh` doesn't reflect that, but the visual viewport does.
 */
export function followVisibleHeight({ document, window }) {
  const { visualViewport } = window;
  if (!visualViewport) return;
  visualViewport.addEventListener("resize", () => {
    const height = visualViewport.height * visualViewport.scale; // zooming in doesn't count
    document.documentElement.style.setProperty("--visible-height", `${height}px`);
    window.scrollTo(0, 0);
  });
}
