/** Popovers: keeps `aria-expanded` of their buttons up to date. */
export class Menus {
  constructor({ document }) {
    for (const menu of document.querySelectorAll("[popover]")) {
      const buttons = document.querySelectorAll(
        `[popovertarget="${menu.id}"]:not([popovertargetaction="hide"])`,
      );
      menu.addEventListener("toggle", ({ newState }) => {
        for (const button of buttons) {
          button.setAttribute("aria-expanded", String(newState === "open"));
        }
      });
    }
    const [account, settings] = ["account", "settings"].map((id) => document.getElementById(id));
    document.querySelector("[data-open-settings]").addEventListener("click", () => {
      account.hidePopover();
      settings.showPopover();
    });
  }
}
