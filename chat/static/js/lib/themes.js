/** The cookies that keep the theme, which the server reads, too. */

const THEMES = ["system", "light", "dark"];

/** The theme that was chosen in this browser. */
export const CHOSEN_HERE = "theme";

/** The theme that the person has chosen last, on any device; for browsers where none was chosen. */
export const OF_PERSON = "person_theme";

/** The theme of this browser, by its cookies. */
export function themeIn(cookies) {
  const chosen = [CHOSEN_HERE, OF_PERSON].map((name) => valueIn(name, cookies));
  return chosen.find((theme) => THEMES.includes(theme)) ?? "system";
}

const valueIn = (name, cookies) => cookies.match(`(?:^|; )${name}=([^;]*)`)?.[1];
