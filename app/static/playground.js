// The playground kept in step with its form: what was chosen is asked of the server, which makes preview and lines, and
// put in their place; the form itself, and where one is in it, stays. Without this file the button does the same.

const form = document.querySelector("[data-playground]");
let latest = 0;

form.addEventListener("change", (event) => {
  if (event.target.id === "accent") form.elements.own_accent.checked = true;
  // Another site has other languages: then the whole page is asked for.
  if (event.target.id === "site") form.requestSubmit();
  else show();
});
document.addEventListener("click", copy);
offerCopying();

async function show() {
  const mine = ++latest;
  const address = `${form.action}?${new URLSearchParams(new FormData(form))}`;
  try {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine !== latest) return;
    document.querySelector("[data-shown]").replaceWith(page.querySelector("[data-shown]"));
    history.replaceState(null, "", address);
    offerCopying();
  } catch {
    form.requestSubmit();
  }
}

function offerCopying() {
  if (navigator.clipboard) for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;
}

async function copy(event) {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.closest("section").querySelector("[data-copied-text]").textContent);
  } catch {
    return;
  }
  document.querySelector("[data-announcer]").textContent = button.dataset.textCopied;
}
