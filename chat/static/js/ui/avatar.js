import { colourOf, initials } from "../lib/avatars.js";

export function paintAvatar(element, { id, name }) {
  element.textContent = initials(name);
  element.dataset.colour = colourOf(id);
}

/** Avatars that the server wrote into the page. */
export function paintAvatars(root) {
  for (const element of root.querySelectorAll("[data-avatar-of]")) {
    const { avatarOf: id, avatarName: name } = element.dataset;
    paintAvatar(element, { id, name });
  }
}
