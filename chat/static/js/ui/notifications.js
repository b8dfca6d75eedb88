const LONGEST_BODY = 200;
const LATE_AFTER_MS = 500;

/** Whether this browser can show notifications here: only over HTTPS, and not on every phone. */
export const canNotify = () => "Notification" in window && window.isSecureContext;

/** Shows a notification, if the reader has allowed it. A click on it opens the room. */
export async function showNotification({ room, title, body }, onClick) {
  if (!canNotify() || Notification.permission !== "granted") return;
  const options = {
    body: body.slice(0, LONGEST_BODY),
    icon: document.querySelector("link[rel=apple-touch-icon]").href,
    tag: `room ${room}`, // a newer notification replaces an older one of the room
    renotify: true,
    silent: true, // the sound is a setting of the page
    data: { path: `/rooms/${encodeURIComponent(room)}` },
  };
  const worker = await navigator.serviceWorker?.getRegistration();
  if (worker?.active) return worker.showNotification(title, options); // the only way on phones
  new Notification(title, options).addEventListener("click", () => {
    window.focus();
    onClick(room);
  });
}

let context = null;

/** Plays two soft notes, synthesized instead of loaded; silent if the browser blocks audio. */
export async function playSound() {
  context ??= new AudioContext(); // browsers allow only a few
  const late = new Promise((resolve) => setTimeout(resolve, LATE_AFTER_MS));
  await Promise.race([context.resume(), late]);
  if (context.state === "running") playNotes();
}

function playNotes() {
  for (const [index, frequency] of [587, 880].entries()) {
    const start = context.currentTime + index * 0.11;
    const tone = context.createOscillator();
    const volume = context.createGain();
    tone.frequency.value = frequency;
    volume.gain.setValueAtTime(0, start);
    volume.gain.linearRampToValueAtTime(0.12, start + 0.015);
    volume.gain.exponentialRampToValueAtTime(0.001, start + 0.35);
    tone.connect(volume).connect(context.destination);
    tone.start(start);
    tone.stop(start + 0.4);
  }
}
