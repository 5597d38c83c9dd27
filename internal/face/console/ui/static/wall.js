// The wall screen says how old its figures are, counting on from what the
// platform said, so that a screen that gets no more figures shows it.
(() => {
  "use strict";
  let since = performance.now();
  const show = () => {
    for (const el of document.querySelectorAll("[data-age]")) {
      const age = Math.floor(Number(el.dataset.age) + (performance.now() - since) / 1000);
      el.textContent = el.dataset.words.replace("{n}", age);
      el.classList.toggle("stale", age > 60);
    }
  };
  document.addEventListener("htmx:load", (e) => {
    if (e.target.querySelector?.("[data-age]")) since = performance.now();
    show();
  });
  setInterval(show, 1000);
  show();
})();
