/**
 * Keeps the page as high as what can be seen of it. Where the keyboard of a phone covers the page
 * instead of shrinking it (iOS), `dvh` doesn't know; the visual viewport does.
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
