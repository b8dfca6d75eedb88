/**
 * Says so where the browser lacks what the page needs, and keeps the page's modules from running:
 * they would fail there, or half of them. A classic script, in the JavaScript of 2009, which every
 * browser can read.
 */
(function () {
  function hasAll() {
    try {
      new RegExp("[a--b]", "v");
      return Boolean(
        "noModule" in HTMLScriptElement.prototype &&
          "popover" in HTMLElement.prototype &&
          "inert" in HTMLElement.prototype &&
          "checkVisibility" in HTMLElement.prototype &&
          "showModal" in HTMLDialogElement.prototype &&
          CSS.supports("color", "light-dark(#000, #fff)") &&
          CSS.supports("selector(:has(a))") &&
          AbortSignal.timeout &&
          URL.canParse &&
          Intl.Segmenter &&
          Array.prototype.toSorted &&
          String.prototype.toWellFormed
      );
    } catch (_error) {
      return false;
    }
  }

  function stopModules() {
    var policy = document.createElement("meta");
    policy.httpEquiv = "Content-Security-Policy";
    policy.content = "script-src 'none'"; // for what comes after this script in the page
    document.head.appendChild(policy);
  }

  function showMessage() {
    var message = document.querySelector("[data-too-old]");
    Array.prototype.forEach.call(document.body.children, function (part) {
      part.hidden = part !== message;
    });
  }

  if (hasAll()) return;
  stopModules();
  document.addEventListener("DOMContentLoaded", showMessage);
})();
