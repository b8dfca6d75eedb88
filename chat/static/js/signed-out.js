/** On the page for signing in: the page without a connection shows nothing of anybody any more. */
import { initials } from "./lib/avatars.js";
import { Belongings } from "./models/belongings.js";
import { LastReader } from "./models/last-reader.js";
import { SafeStorage } from "./models/safe-storage.js";

const storage = new SafeStorage(() => window.localStorage);
new LastReader({ storage }).forget();
new Belongings({ storage }).clear();

/** The face that one will have; its colour is chosen by the server's id, which isn't there yet. */
const field = document.getElementById("name");
const face = document.querySelector("[data-face]");

function paintFace() {
  face.textContent = field.value.trim() ? initials(field.value) : "";
}

field.addEventListener("input", paintFace);
paintFace();
