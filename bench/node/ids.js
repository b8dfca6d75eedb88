import { randomBytes } from "node:crypto";

const PROCESS = randomBytes(4).toString("hex");
let last = 0; // microseconds since the epoch
let count = 0;

/** The next id of a message: 2026-11-22T10:47:12.123456Z.7f3ac21e00, strictly increasing. */
export function nextId() {
  last = Math.max(Date.now() * 1000, last + 1);
  count = (count + 1) % 256;
  const milliseconds = Math.floor(last / 1000);
  const time = new Date(milliseconds).toISOString().slice(0, 23);
  const micros = String(last - milliseconds * 1000).padStart(3, "0");
  return `${time}${micros}Z.${PROCESS}${count.toString(16).padStart(2, "0")}`;
}
