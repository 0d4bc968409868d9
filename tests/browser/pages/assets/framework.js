// A modal that takes the focus back whenever it goes elsewhere, as frameworks do.
const modal = document.querySelector(".modal");
modal.hidden = false;
document.addEventListener("focusin", (event) => {
  if (event.target !== document && event.target !== modal && !modal.contains(event.target)) modal.querySelector("input").focus();
});
