// What scripts add to pages that work without them: copying, menus that close,
// uploads with progress, keys.
(() => {
  "use strict";
  const ready = (root) => {
    for (const b of root.querySelectorAll("[data-copy]")) b.hidden = !navigator.clipboard;
    for (const p of root.querySelectorAll("progress[data-max]")) p.max = p.dataset.max.replaceAll(",", "");
  };

  document.addEventListener("click", (e) => {
    const copy = e.target.closest("[data-copy]");
    if (copy) {
      navigator.clipboard.writeText(copy.dataset.copy).then(() => {
        copy.classList.add("copied");
        setTimeout(() => copy.classList.remove("copied"), 1500);
      });
    }
    for (const d of document.querySelectorAll("details.drop[open]")) {
      if (!d.contains(e.target)) d.open = false;
    }
    const all = e.target.closest("[data-check-all]");
    if (all) {
      for (const box of document.querySelectorAll(`input[type=checkbox][name="${all.dataset.checkAll}"]`)) box.checked = all.checked;
    }
  });

  // "/" goes to the search box, Escape closes an open menu.
  document.addEventListener("keydown", (e) => {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName ?? "");
    if (e.key === "/" && !typing) {
      const find = document.getElementById("find");
      if (find) { e.preventDefault(); find.focus(); }
    }
    if (e.key === "Escape") {
      for (const d of document.querySelectorAll("details.drop[open]")) { d.open = false; d.querySelector("summary").focus(); }
    }
  });

  // A select that says so sends its form when it changes; without scripts there is a button.
  document.addEventListener("change", (e) => {
    if (e.target.matches("[data-auto-send]")) e.target.form.requestSubmit();
  });

  // A drop zone hands its files to the file input in it.
  for (const type of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(type, (e) => {
      const zone = e.target.closest?.("[data-drop-zone]");
      if (!zone) return;
      e.preventDefault();
      zone.classList.toggle("over", type === "dragover");
      if (type === "drop" && e.dataTransfer.files.length) {
        const input = zone.querySelector("input[type=file]");
        input.files = e.dataTransfer.files;
        input.dispatchEvent(new Event("change", { bubbles: true }));
      }
    });
  }

  // On a small screen the menu begins closed.
  if (matchMedia("(max-width: 61.9rem)").matches) {
    const side = document.querySelector(".side-all");
    if (side) side.open = false;
  }
  ready(document);
  document.addEventListener("htmx:load", (e) => ready(e.target));
})();
