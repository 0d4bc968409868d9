// What is typed into a form survives a reload, another language, going back and a lost connection: in this tab
// (sessionStorage), for a day, until it is sent or cleared. Never passwords, files or consents. Only what was typed is
// kept, not what the page filled in, and nothing that was typed is written over. Does nothing where storage is forbidden.

const LASTS = 24 * 60 * 60 * 1000;
const KINDS = new Set(["text", "search", "url", "email", "tel", "number", "date", "textarea", "select-one", "radio"]);

// The kept values by field, as somebody known as `who` typed them; what another person left is forgotten.
export function draftStore(key, { who = "", now = Date.now } = {}) {
  function forget() {
    try {
      window.sessionStorage.removeItem(key);
    } catch { /* Then there was nothing either. */ }
  }
  return {
    read() {
      try {
        const found = JSON.parse(window.sessionStorage.getItem(key)) || {};
        const fresh = now() - found.at < LASTS && now() >= found.at && !(who && found.who && found.who !== who);
        if (fresh) return Object.fromEntries(Object.entries(found.values).filter(([, value]) => typeof value === "string"));
      } catch { /* Something else wrote there. */ }
      forget();
      return {};
    },
    // Whether it is kept now.
    write(values) {
      if (!Object.keys(values).length) {
        forget();
        return false;
      }
      try {
        window.sessionStorage.setItem(key, JSON.stringify({ at: now(), who, values }));
        return true;
      } catch {
        return false;
      }
    },
    forget,
  };
}

export const kept = (field) => !!field.name && KINDS.has(field.type) && !field.closest?.("[data-not-kept]");

const untouched = (field) => {
  if (field.type === "radio") return field.checked === field.defaultChecked;
  if (field.type === "select-one") return [...field.options].every((one) => one.selected === one.defaultSelected) || field.value === "";
  return field.value === field.defaultValue;
};

// What stands in the fields. Unless `all`, only what differs from what the page came with.
export function typed(fields, { all = false } = {}) {
  const values = {};
  for (const field of fields) {
    if (!kept(field) || (field.type === "radio" && !field.checked)) continue;
    if (all ? field.value : !untouched(field)) values[field.name] = field.value;
  }
  return values;
}

// Puts values back into fields nobody has touched meanwhile.
export function restore(fields, values) {
  for (const field of fields) {
    if (!kept(field) || !Object.hasOwn(values, field.name)) continue;
    if (field.type === "radio") {
      if (field.value === values[field.name]) field.checked = true;
    } else if (untouched(field)) {
      const before = field.value;
      field.value = values[field.name];
      if (field.type === "select-one" && field.value !== values[field.name]) field.value = before; // Not offered any more.
    }
  }
}

export function blank(fields) {
  for (const field of fields) {
    if (kept(field) && field.type !== "radio") field.value = "";
  }
}

// Keeps the form's draft. `changed(kept)` is called when there is something kept, or nothing any more.
export function keepDraft(form, store, { posted = false, changed = () => {} } = {}) {
  const fields = () => [...form.elements];
  let here = false;
  function save() {
    const names = new Set(fields().map((field) => field.name));
    const elsewhere = Object.entries(store.read()).filter(([name]) => !names.has(name)); // Of another form.
    const values = { ...Object.fromEntries(elsewhere), ...typed(fields(), { all: posted }) };
    here = store.write(values);
    changed(here);
  }
  if (!posted) restore(fields(), store.read());
  save();
  form.addEventListener("input", save);
  form.addEventListener("change", save);
  return {
    save,
    get kept() { return here; },
    // Empties the form; what is returned puts everything back.
    clear() {
      const before = typed(fields(), { all: true });
      blank(fields());
      store.forget();
      here = false;
      return () => {
        for (const field of fields()) if (kept(field) && field.type !== "radio" && Object.hasOwn(before, field.name)) field.value = before[field.name];
        save();
      };
    },
  };
}
