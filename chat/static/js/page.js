import { isAnswerTo, REQUESTS } from "./contract.js";

const MOST_CHARACTERS = 50_000; // if the server sets no limit; the history takes 200,000 bytes

/** The data that the server wrote into the page. */
export function readPage(document) {
  const { title, userId, userName, administrator, room, textLimit, pageSize } =
    document.body.dataset;
  return {
    title,
    me: { id: userId, name: userName, isAdministrator: administrator !== undefined },
    roomId: room,
    rooms: readRooms(document),
    textLimit: Number(textLimit) || MOST_CHARACTERS,
    pageSize: Number(pageSize) || undefined,
  };
}

function readRooms(document) {
  return [...document.querySelectorAll("[data-room-link]")].map((link) => ({
    id: link.dataset.roomLink,
    title: link.querySelector(".room-link-title").textContent,
    topic: link.dataset.topic,
  }));
}

/**
 * The newest messages of the page's room, which the browser has already preloaded.
 *
 * @returns {Promise<{messages: object[], more: boolean}>}
 */
export async function firstSight(document) {
  const answer = await fetch(document.querySelector("[data-first-sight]").href);
  const page = answer.ok && (await answer.json());
  return isAnswerTo(REQUESTS.history, page) ? page : { messages: [], more: true };
}
