import { EmojiBook } from "../models/emoji-book.js";

/** In a file of its own: built files are in this folder, too, so the address is the same from there. */
export async function fetchEmoji() {
  const answer = await fetch(new URL("../../vendor/emoji.txt", import.meta.url));
  if (!answer.ok) throw new Error(`The emoji could not be loaded: ${answer.status}`);
  return new EmojiBook(await answer.text());
}
