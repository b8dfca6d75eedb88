/**
 * Says so where the browser lacks what the page needs: the modules would not even be read, and the
 * page would look empty and dead. A classic script, in the JavaScript of 2009.
 */
(() => {
  function hasAll() {
    try {
      return Boolean(
        /[a--b]/v &&
          CSS.supports("color", "light-dark(#000, #fff)") &&
          AbortSignal.timeout &&
          Array.prototype.toSorted &&
          "".toWellFormed &&
          URL.canParse &&
          Intl.Segmenter &&
          "noModule" in HTMLScriptElement.prototype &&
          "popover" in HTMLElement.prototype &&
          "showModal" in HTMLDialogElement.prototype,
      );
    } catch (_error) {
      return false;
    }
  }

  function warn() {
    document.querySelector("[data-too-old]").hidden = false;
  }

  if (hasAll()) return;
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", warn);
  else warn();
})();
