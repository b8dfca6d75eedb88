/**
 * If the browser lacks a feature that the page needs, shows a message and keeps the page's modules
 * from running: some or all of them would fail. A classic script, in the JavaScript of 2009 (ES5),
 * which every browser can read.
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
    policy.content = "script-src 'none'"; // applies to the scripts after this one
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
