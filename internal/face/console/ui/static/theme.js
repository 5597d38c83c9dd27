// Before the first paint: dark where the reader's machine prefers it and the
// reader chose nothing else.
(() => {
  const root = document.documentElement;
  if (!root.dataset.bsTheme && matchMedia("(prefers-color-scheme: dark)").matches) {
    root.dataset.bsTheme = "dark";
  }
  root.classList.add("scripted");
})();
