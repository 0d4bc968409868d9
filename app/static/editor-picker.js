// A dialog in which one looks something up and chooses it, after the ARIA combobox pattern: focus stays in the input,
// arrows move through the list. The editor's links and snippets come from it.

const WAIT_MS = 150;

// `ask(words)` promises [{ text, detail, lang, indent, … }]; `choose` gets the one that was chosen.
export function attachPicker(dialog, { ask, choose, told }) {
  const input = dialog.querySelector("[role=combobox]");
  const list = dialog.querySelector("[role=listbox]");
  const state = dialog.querySelector("[data-picker-state]");
  let found = [];
  let active = -1;
  let timer = 0;
  let number = 0;

  function select(index) {
    active = index;
    const options = [...list.children];
    for (const [n, option] of options.entries()) option.setAttribute("aria-selected", String(n === active));
    if (active < 0) input.removeAttribute("aria-activedescendant");
    else {
      input.setAttribute("aria-activedescendant", options[active].id);
      options[active].scrollIntoView({ block: "nearest" });
    }
  }

  function option(one, n) {
    const item = document.createElement("li");
    item.id = `${list.id}-${n}`;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    if (one.indent) item.className = "is-part";
    const text = document.createElement("span");
    text.textContent = one.text;
    text.dir = "auto";
    if (one.lang) text.lang = one.lang;
    item.append(text);
    if (one.detail) {
      const detail = document.createElement("span");
      detail.className = "small muted";
      detail.dir = "auto";
      detail.textContent = one.detail;
      item.append(" ", detail);
    }
    return item;
  }

  async function look() {
    const mine = ++number;
    let made;
    try {
      made = await ask(input.value.trim());
    } catch {
      if (mine === number) state.textContent = told.failed;
      return;
    }
    if (mine !== number) return;
    found = made;
    list.replaceChildren(...found.map(option));
    input.setAttribute("aria-expanded", String(found.length > 0));
    select(found.length ? 0 : -1);
    state.textContent = found.length ? told.many.replace("{}", String(found.length)) : told.none;
  }

  function take(index) {
    if (!found[index]) return;
    const one = found[index];
    dialog.close();
    choose(one);
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, WAIT_MS);
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (found.length) select((active + (event.key === "ArrowDown" ? 1 : -1) + found.length) % found.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      take(active);
    }
  });
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const item = event.target.closest("[role=option]");
    if (item) take([...list.children].indexOf(item));
  });
  return {
    open(words = "") {
      input.value = words;
      dialog.showModal();
      input.select();
      look();
    },
  };
}
