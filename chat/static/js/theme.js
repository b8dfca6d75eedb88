/** The theme switch. The server reads the cookie, so the next page has the theme from its first paint. */

const A_YEAR_S = 365 * 24 * 60 * 60;

for (const option of document.querySelectorAll("[data-theme-switch] input")) {
  option.addEventListener("change", () => choose(option.value));
}

function choose(theme) {
  document.documentElement.dataset.theme = theme;
  for (const meta of document.querySelectorAll("[data-scheme]")) {
    meta.media = mediaOf(meta.dataset.scheme, theme);
  }
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing in older Safari and Firefox
  document.cookie = `theme=${theme}; path=/; max-age=${A_YEAR_S}; SameSite=Lax`;
}

/** The media query for the colour of the browser's own bars in that scheme. */
function mediaOf(scheme, theme) {
  if (theme === "system") return `(prefers-color-scheme: ${scheme})`;
  return theme === scheme ? "all" : "not all";
}
