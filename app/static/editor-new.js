// A new article: articles that say nearly the same are named while its title is typed.

const PAUSE = 500;

const form = document.querySelector("[data-new]");
if (form) watch(form);

function watch(form) {
  const place = form.querySelector("[data-twins]");
  let timer = 0;
  let about = "";

  async function near() {
    const wanted = about;
    const body = new FormData();
    body.append("title", form.elements.title.value);
    body.append("lang", form.elements.lang.value);
    try {
      const answer = await fetch(form.dataset.twinsUrl, { method: "POST", headers: { "X-CSRF-Token": form.dataset.csrf }, body });
      const html = answer.ok ? await answer.text() : "";
      if (wanted === about && place.innerHTML.trim() !== html.trim()) place.innerHTML = html;
    } catch { /* Without a connection nothing is near. */ }
  }

  function typed() {
    const now = `${form.elements.lang.value}\n${form.elements.title.value.trim()}`;
    if (now === about) return;
    about = now;
    clearTimeout(timer);
    timer = setTimeout(near, PAUSE);
  }

  form.addEventListener("input", typed);
  form.addEventListener("change", typed);
  if (form.elements.title.value) typed();
}
