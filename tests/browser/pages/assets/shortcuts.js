// Like web mail: single keys do things unless somebody types into one of the page's own fields.
const typed = document.querySelector("#typed");
for (const type of ["keydown", "keypress"]) {
  document.addEventListener(type, (event) => {
    if (/^(INPUT|TEXTAREA)$/.test(event.target.tagName)) return;
    typed.textContent += event.key;
    event.preventDefault();
  });
}
document.addEventListener("focusin", () => document.querySelector("#filter").focus());
