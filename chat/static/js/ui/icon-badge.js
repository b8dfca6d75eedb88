const SIZE = 64; // pixels of the icon in the tab
const MOST = 99;

/** The number of unread messages on the icon of the tab, and on that of the installed app. */
export class IconBadge {
  #lobby;
  #link;
  #plain;
  #shown = 0;

  constructor({ document, lobby }) {
    this.#lobby = lobby;
    this.#link = document.querySelector("link[rel=icon]");
    this.#plain = this.#link.href;
  }

  render() {
    const { totalUnread } = this.#lobby;
    if (totalUnread === this.#shown) return;
    this.#shown = totalUnread;
    this.#badgeApp(totalUnread);
    if (totalUnread > 0) this.#draw(totalUnread);
    else this.#link.href = this.#plain;
  }

  #badgeApp(count) {
    const done = count > 0 ? navigator.setAppBadge?.(count) : navigator.clearAppBadge?.();
    done?.catch(() => {}); // fails if the app isn't installed
  }

  async #draw(count) {
    const icon = new Image(SIZE, SIZE);
    icon.src = this.#plain;
    await icon.decode().catch(() => {}); // offline: only the badge is drawn
    if (count === this.#shown) this.#link.href = withBadge(icon, count);
  }
}

function withBadge(icon, count) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIZE;
  const pen = canvas.getContext("2d");
  if (icon.naturalWidth > 0) pen.drawImage(icon, 0, 0, SIZE, SIZE);
  const text = count > MOST ? "∞" : String(count);
  const width = text.length > 1 ? 46 : 38;
  pen.fillStyle = "#c62828"; // the same in both themes: the browser sets the tab's colour
  pen.beginPath();
  pen.roundRect(SIZE - width, SIZE - 38, width, 38, 19);
  pen.fill();
  pen.fillStyle = "#fff";
  pen.font = "700 32px system-ui, sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(text, SIZE - width / 2, SIZE - 17);
  return canvas.toDataURL();
}
