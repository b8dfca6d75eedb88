import { EmojiBook } from "../models/emoji-book.js";
import { staticFile } from "../static-files.js";

export async function fetchEmoji() {
  const answer = await fetch(staticFile("vendor/emoji.txt"));
  if (!answer.ok) throw new Error(`The emoji could not be loaded: ${answer.status}`);
  return new EmojiBook(await answer.text());
}
