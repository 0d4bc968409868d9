// What the server looks up beside the text: articles that say nearly the same, and where the questions find this one.

const TITLE_PAUSE = 700;
const AGAIN = 1500;

export function attachAids(form, words, body) {
  const twins = form.querySelector("[data-twins]");
  const tried = form.querySelector("[data-tried]");
  const button = form.querySelector("[data-try]");
  let timer = 0;
  let about = null;
  let trying = false;

  const send = (url) => fetch(url, { method: "POST", headers: { "X-CSRF-Token": form.dataset.csrf }, body: body() });

  // Parts of the page, made by its templates.
  async function near() {
    const wanted = about;
    try {
      const answer = await send(form.dataset.twinsUrl);
      const html = answer.ok ? await answer.text() : "";
      if (wanted === about && twins.innerHTML.trim() !== html.trim()) twins.innerHTML = html;
    } catch { /* Without a connection nothing is near. */ }
  }

  async function trial() {
    if (trying) return;
    trying = true;
    tried.textContent = words.trying;
    try {
      let answer = await send(form.dataset.trialUrl);
      while (answer.ok) {
        tried.innerHTML = await answer.text();
        if (!tried.querySelector("[data-running]")) break;
        await new Promise((done) => { setTimeout(done, AGAIN); });
        answer = await fetch(form.dataset.trialUrl);
      }
      if (!answer.ok) tried.textContent = words.trial_failed;
    } catch {
      tried.textContent = words.offline;
    } finally {
      trying = false;
    }
  }

  button.addEventListener("click", (event) => { event.preventDefault(); trial(); });
  return {
    // Something was typed. `first` is the title and how the text begins.
    typed(first) {
      const older = tried.querySelector("[data-older]");
      if (older) older.hidden = false;
      if (first === about) return;
      about = first;
      clearTimeout(timer);
      timer = setTimeout(near, TITLE_PAUSE);
    },
    begin(first, draft) {
      about = first;
      if (draft) near();
    },
    trial,
  };
}
