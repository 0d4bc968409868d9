// Sets the colours chosen on this device before the first paint. Loaded without `defer` on purpose.
(() => {
  "use strict";
  try {
    const theme = window.localStorage.getItem("signpost:theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // Storage is forbidden here: the system's colours it is.
  }
  document.documentElement.classList.add("js");
})();
