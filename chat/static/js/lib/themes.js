/** The cookies that keep the theme, which the server reads, too. */

const THEMES = ["system", "light", "dark"];

/** The theme that was chosen in this browser. */
export const CHOSEN_HERE = "theme";

/** The theme that the person has chosen last, on any device; for browsers where none was chosen. */
export const OF_PERSON = "person_theme";

/** The theme of this browser, by its cookies. */
export const themeIn = (cookies) => firstOf([CHOSEN_HERE, OF_PERSON], cookies);

/** The theme that the person has chosen last, as far as this browser knows. */
export const themeOfPerson = (cookies) => firstOf([OF_PERSON], cookies);

function firstOf(names, cookies) {
  const chosen = names.map((name) => valueIn(name, cookies));
  return chosen.find((theme) => THEMES.includes(theme)) ?? "system";
}

const valueIn = (name, cookies) => cookies.match(`(?:^|; )${name}=([^;]*)`)?.[1];
