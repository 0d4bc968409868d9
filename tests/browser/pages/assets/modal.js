document.querySelector("[data-open-dialog]").addEventListener("click", () => document.querySelector("dialog").showModal());
