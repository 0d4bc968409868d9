// File fields: a button in the language of the page, files that are dropped or pasted, and what the server would say of
// them before anything is sent. Without this file the browser's own field does the same in its own language.

export function fileFields(form, announce = () => {}) {
  const inputs = [...form.querySelectorAll("input[type=file]")];
  const place = form.querySelector("[data-file-error]");
  const refused = new Set((form.dataset.refusedEndings || "").split(" "));
  for (const input of inputs) {
    input.addEventListener("change", () => { update(); });
    const pick = input.closest("[data-file-pick]");
    if (pick) ready(pick);
  }
  const many = inputs.find((input) => input.multiple);
  if (many) taking(many);
  form.addEventListener("reset", () => window.setTimeout(update));
  if (inputs.some((input) => input.files.length)) update();
  return { problems: () => inputs.some((input) => input.validity.customError) };

  function ready(pick) {
    pick.classList.add("is-ready");
    pick.querySelector("[data-face]").hidden = false;
  }

  function update() {
    const kept = form.querySelectorAll("input[name=kept]").length;
    const problems = [];
    for (const input of inputs) {
      const found = [...input.files].map(wrong).filter(Boolean);
      input.setCustomValidity(found.join(" "));
      problems.push(...found);
      list(input);
    }
    if (kept + inputs.reduce((count, input) => count + input.files.length, 0) > Number(form.dataset.maxFiles)) {
      problems.push(form.dataset.textTooMany);
      inputs.at(-1).setCustomValidity(problems.join(" "));
    }
    if (!place) return;
    place.textContent = problems.join("\n");
    place.hidden = !problems.length;
  }

  // What is chosen, each with a button that takes it out again.
  function list(input) {
    const pick = input.closest("[data-file-pick]");
    if (!pick) return;
    const rows = pick.querySelector("[data-chosen]");
    rows.hidden = !input.files.length;
    rows.replaceChildren(...[...input.files].map((file, at) => {
      const row = document.createElement("li");
      const name = document.createElement("bdi");
      name.textContent = file.name;
      const remove = document.createElement("button");
      remove.type = "button";
      remove.className = "button button--quiet button--small";
      const hidden = document.createElement("span");
      hidden.className = "visually-hidden";
      hidden.textContent = ` ${file.name}`;
      remove.append(pick.dataset.textRemove, hidden);
      remove.addEventListener("click", () => {
        give(input, [...input.files].filter((_, number) => number !== at));
        input.focus();
      });
      row.append(name, remove);
      return row;
    }));
  }

  function give(input, files) {
    const held = new DataTransfer();
    for (const file of files) held.items.add(file);
    input.files = held.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  // Files that are dropped anywhere on the form, or pasted into it. Text stays text: who pastes cells of a table means
  // the words, though the clipboard has their picture as well.
  function taking(input) {
    const pick = input.closest("[data-file-pick]");
    const carries = (data) => !!data && [...data.types].includes("Files");
    const add = (files) => {
      give(input, [...input.files, ...files]);
      announce((pick?.dataset.textAdded || "{name}").replace("{name}", () => files.map((file) => file.name).join(" · ")));
    };
    const over = (on) => pick?.classList.toggle("is-over", on);
    form.addEventListener("dragover", (event) => {
      if (!carries(event.dataTransfer)) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "copy";
      over(true);
    });
    form.addEventListener("dragleave", (event) => { if (!form.contains(event.relatedTarget)) over(false); });
    form.addEventListener("drop", (event) => {
      over(false);
      if (!carries(event.dataTransfer) || event.target.closest("input[type=file]")) return;
      event.preventDefault();
      const files = [...event.dataTransfer.files];
      if (files.length) add(files);
    });
    form.addEventListener("paste", (event) => {
      const data = event.clipboardData;
      if (!carries(data) || [...data.types].includes("text/plain")) return;
      const files = [...data.files];
      if (!files.length) return;
      event.preventDefault();
      add(files);
    });
  }

  // The name comes last, for it may look like a placeholder.
  function wrong(file) {
    const { textTooBig, textEmpty, textRefused, maxBytes } = form.dataset;
    const ending = file.name.includes(".") ? file.name.split(".").pop().toLowerCase() : "";
    let text = "";
    if (file.size > Number(maxBytes)) text = textTooBig;
    else if (!file.size) text = textEmpty;
    else if (ending && refused.has(ending)) text = textRefused.replace("{found}", `.${ending}`);
    return text.replace("{name}", () => file.name);
  }
}
