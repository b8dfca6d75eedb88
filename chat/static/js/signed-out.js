/** On the sign-in page: deletes the data of the person who signed out, also for the offline page. */
import { leave } from "./leaving.js";
import { initials } from "./lib/avatars.js";
import { Belongings } from "./models/belongings.js";
import { LastReader } from "./models/last-reader.js";
import { SafeStorage } from "./models/safe-storage.js";
import { paintAvatars } from "./ui/avatar.js";

const storage = new SafeStorage(() => window.localStorage);
new LastReader({ storage }).forget();
new Belongings({ storage }).clear();

paintAvatars(document);

leave();

/** A preview of the avatar, without its colour, which depends on the id that the sign-in makes. */
function previewFace(field, face) {
  const paint = () => {
    face.textContent = field.value.trim() ? initials(field.value) : "";
  };
  field.addEventListener("input", paint);
  paint();
}

const field = document.getElementById("name"); // none with an OpenID provider
if (field) previewFace(field, document.querySelector("[data-face]"));
