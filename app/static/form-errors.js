// What is missing, said in the language of the page and in one place: a summary that takes the focus, the same words at
// each field, and “Error:” before the title. The browser's own bubbles speak the browser's language, one at a time.

export function formErrors(form) {
  const template = document.querySelector("[data-errors-template]");
  if (!template) return;
  const title = document.title;
  form.noValidate = true;
  // As the server sent it. The fragment of the form's address takes the focus away while the page loads.
  const sent = document.querySelector("[data-errors]");
  if (sent) {
    sent.focus();
    if (document.readyState !== "complete") window.addEventListener("load", () => window.setTimeout(() => sent.focus()), { once: true });
  }
  form.addEventListener("submit", (event) => {
    if (event.submitter?.formNoValidate) return;
    forget();
    // A fieldset is invalid with its fields; one radio button stands for its group.
    const wrong = [...form.elements].filter((field) => field.willValidate && !field.validity.valid);
    if (!wrong.length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    show(wrong);
  });

  function words(field) {
    const { customError, valueMissing } = field.validity;
    if (customError) return field.validationMessage;
    return (valueMissing ? field.dataset.missing : field.dataset.mismatch) || field.validationMessage;
  }

  function show(wrong) {
    const summary = template.content.firstElementChild.cloneNode(true);
    const list = summary.querySelector("ul");
    for (const field of wrong) {
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.href = `#${field.id}`;
      link.textContent = words(field);
      link.addEventListener("click", (event) => { event.preventDefault(); field.focus(); });
      item.append(link);
      list.append(item);
      if (field.type !== "file") mark(field);
    }
    form.before(summary);
    document.title = title.startsWith(form.dataset.textError) ? title : `${form.dataset.textError} ${title}`;
    summary.focus();
  }

  function mark(field) {
    const text = document.createElement("p");
    text.className = "error";
    text.id = `${field.id}-error`;
    text.dataset.said = "here";
    const prefix = document.createElement("span");
    prefix.className = "visually-hidden";
    prefix.textContent = `${form.dataset.textError} `;
    text.append(prefix, words(field));
    field.setAttribute("aria-invalid", "true");
    const described = (field.getAttribute("aria-describedby") || "").split(" ").filter((one) => one && one !== text.id);
    field.setAttribute("aria-describedby", [...described, text.id].join(" "));
    const box = field.closest(".field");
    box?.classList.add("has-error");
    (box || field.parentElement).append(text);
  }

  // Also what the server said, which this attempt supersedes.
  function forget() {
    for (const one of document.querySelectorAll("[data-errors]")) one.remove();
    for (const one of form.querySelectorAll(".has-error")) one.classList.remove("has-error");
    for (const one of form.querySelectorAll("p.error:not([data-file-error])")) one.remove();
    for (const one of form.querySelectorAll("[aria-invalid]")) one.removeAttribute("aria-invalid");
    document.title = title.startsWith(form.dataset.textError) ? title.slice(form.dataset.textError.length).trim() : title;
  }
}
