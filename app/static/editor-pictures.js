// Pictures that are pasted, dropped or chosen: the description is asked for, and what comes back is put into the text.

export function attachPictures(form, words, put) {
  const panel = form.querySelector("[data-picture]");
  const state = form.querySelector("[data-picture-state]");
  const button = form.querySelector("[data-add-picture]");
  const { picture, alt, decorative } = form.elements;
  let waiting = null; // What was pasted or dropped; the field's file otherwise.
  let sending = false;

  async function send() {
    const file = waiting || picture.files[0];
    if (!file) return say(words.picture_none);
    if (!alt.value.trim() && !decorative.checked) {
      say(words.picture_alt);
      alt.focus();
      return;
    }
    if (sending) return;
    sending = true;
    say(words.picture_sending);
    const body = new FormData();
    body.append("picture", file);
    body.append("alt", alt.value);
    if (decorative.checked) body.append("decorative", "1");
    try {
      const answer = await fetch(form.dataset.pictureUrl, { method: "POST", headers: { "X-CSRF-Token": form.dataset.csrf }, body });
      const made = await answer.json().catch(() => null);
      if (!answer.ok || !made?.markdown) return say(made?.error?.message || words.picture_failed);
      put(made.markdown);
      waiting = null;
      picture.value = "";
      alt.value = "";
      decorative.checked = false;
      say("");
      panel.open = false;
    } catch {
      say(words.offline);
    } finally {
      sending = false;
    }
  }

  function say(text) {
    state.textContent = text;
  }

  button.addEventListener("click", (event) => { event.preventDefault(); send(); });
  alt.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    send();
  });
  picture.addEventListener("change", () => { waiting = null; say(""); });
  // A file that was chosen and not added is not part of the text that is saved.
  form.addEventListener("formdata", (event) => event.formData.delete("picture"));
  return {
    // A file from the clipboard, or one that was dropped.
    take(file) {
      waiting = file;
      panel.open = true;
      say(words.picture_waits.replace("{}", file.name || words.picture));
      alt.focus();
    },
    open() {
      panel.open = true;
      picture.focus();
    },
  };
}
