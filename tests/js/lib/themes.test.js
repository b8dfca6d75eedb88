import assert from "node:assert/strict";
import test from "node:test";
import { themeIn, themeOfPerson } from "../../../chat/static/js/lib/themes.js";

test("what was chosen in this browser counts, then what the person chose elsewhere", () => {
  for (const [cookies, theme] of [
    ["", "system"],
    ["theme=dark", "dark"],
    ["person_theme=dark", "dark"],
    ["a=1; person_theme=dark; theme=light; b=2", "light"],
    ["theme=system; person_theme=dark", "system"],
    ["theme=sepia; person_theme=dark", "dark"],
    ["theme=darker; my_theme=dark; dark", "system"],
  ]) {
    assert.equal(themeIn(cookies), theme, cookies);
  }
});

test("what the person chose elsewhere is known, whatever was chosen here", () => {
  assert.equal(themeOfPerson("theme=light; person_theme=dark"), "dark");
  assert.equal(themeOfPerson("theme=light"), "system");
});
