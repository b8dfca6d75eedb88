/** The theme switch. The server reads the cookie, so the next page's first paint is already right. */

const A_YEAR_S = 365 * 24 * 60 * 60;

for (const option of document.querySelectorAll("[data-theme-switch] input")) {
  option.addEventListener("change", () => choose(option.value));
}

function choose(theme) {
  document.documentElement.dataset.theme = theme;
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing in older Safari and Firefox
  document.cookie = `theme=${theme}; path=/; max-age=${A_YEAR_S}; SameSite=Lax`;
}
