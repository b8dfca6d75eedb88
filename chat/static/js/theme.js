/** The theme switch. The server reads the cookies, so the next page has the theme from its first paint. */
import { CHOSEN_HERE, OF_PERSON, themeIn, themeOfPerson } from "./lib/themes.js";

const A_YEAR_S = 365 * 24 * 60 * 60;

const options = document.querySelectorAll("[data-theme-switch] input");

onThemeChosen((theme) => keep(CHOSEN_HERE, theme));

/** Calls back when somebody chooses a theme here. */
export function onThemeChosen(listener) {
  for (const option of options) option.addEventListener("change", () => listener(option.value));
}

/** The person has chosen this theme on some device. It is shown if none was chosen in this browser. */
export function followTheme(theme) {
  if (theme !== themeOfPerson(document.cookie)) keep(OF_PERSON, theme);
}

function keep(cookie, theme) {
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing in older Safari and Firefox
  document.cookie = `${cookie}=${theme}; path=/; max-age=${A_YEAR_S}; SameSite=Lax`;
  show(themeIn(document.cookie));
}

function show(theme) {
  document.documentElement.dataset.theme = theme;
  for (const option of options) option.checked = option.value === theme;
  for (const meta of document.querySelectorAll("[data-scheme]")) {
    meta.media = mediaOf(meta.dataset.scheme, theme);
  }
}

/** The media query for the colour of the browser's own bars in that scheme. */
function mediaOf(scheme, theme) {
  if (theme === "system") return `(prefers-color-scheme: ${scheme})`;
  return theme === scheme ? "all" : "not all";
}
