// Waits for the next save and loads the page again; the browser keeps the place on the page.
(() => {
  "use strict";
  const known = document.body.dataset.previewVersion;
  const state = document.querySelector("[data-preview-state]");

  const wait = async () => {
    for (;;) {
      try {
        const answer = await fetch(`${document.body.dataset.previewUrl}?known=${known}`, { cache: "no-store" });
        const { version } = await answer.json();
        if (String(version) !== known) {
          location.reload();
          return;
        }
        state.textContent = "Reloads when you save";
      } catch {
        state.textContent = "The preview has stopped";
        await new Promise((resolve) => setTimeout(resolve, 2000));
      }
    }
  };

  wait();
})();
