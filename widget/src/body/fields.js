// The configured form as nodes, and what stands in it as a ticket.
import { likely } from "./email_typos.js";
import { h, press } from "./from_loader.js";

const COMPLETE = { email: "email", tel: "tel", name: "name" };

let numbered = 0;

// {node, values(), fill(values), errors(list), files(), first()} for the form's specification.
export function formFields(form, app, kept) {
  const { t } = app;
  const rows = new Map();
  const node = h("div", { class: "fields" });
  for (const spec of form.fields || []) put(spec);
  const files = form.attachments?.max ? put({ name: "attachments", type: "file", label: t("files"), hint: t("files_hint", { max: form.attachments.max, mb: form.attachments.max_mb }), multiple: true }) : null;
  for (const spec of form.consents || []) put({ ...spec, name: spec.name === "consent" ? "consent" : `consents.${spec.name}`, type: "consent", label: spec.text });
  node.addEventListener("change", reach);
  reach();
  // Files that are dropped or pasted anywhere on the form; without this a browser would leave the page for them.
  for (const type of files ? ["paste", "drop", "dragover"] : []) node.addEventListener(type, take);

  function take(event) {
    const given = event.clipboardData || event.dataTransfer;
    if (!given.types.includes("Files")) return;
    event.preventDefault();
    event.stopPropagation();
    const all = new DataTransfer();
    for (const one of [...files.input.files, ...given.files]) all.items.add(one);
    files.input.files = all.files;
    files.input.onchange();
  }

  function put(spec) {
    const id = `f${numbered += 1}`;
    const row = { spec, id, error: h("p", { class: "error", id: `${id}-e`, hidden: true }) };
    const described = `${id}-e${spec.hint ? ` ${id}-h` : ""}`;
    const common = { id, name: spec.name, "aria-describedby": described, required: spec.required, "aria-required": spec.required ? "true" : null };
    const mark = spec.required ? null : h("span", { class: "soft" }, t("optional"));
    const label = h("label", { for: id }, spec.label, " ", mark);
    row.mark = mark;
    if (spec.type === "consent") {
      row.input = h("input", { ...common, type: "checkbox" });
      row.node = h("div", { class: "field check" }, row.input, label, row.error);
    } else if (spec.type === "channel") {
      const name = `${id}-c`;
      const radios = spec.options.map((one, at) => h("label", { class: "radio" }, h("input", { type: "radio", name, value: one.value, checked: at === 0 }), one.label));
      row.node = h("fieldset", { class: "field", "aria-describedby": described }, h("legend", {}, spec.label), h("div", { class: "radios" }, radios), row.error);
      row.input = {
        get value() { const on = row.node.querySelector("input:checked"); return on ? on.value : ""; },
        set value(value) { for (const one of row.node.querySelectorAll("input")) one.checked = one.value === value; },
        focus: () => row.node.querySelector("input").focus(),
        setAttribute() {}, removeAttribute() {},
      };
    } else if (spec.type === "choice" || spec.type === "category") {
      row.input = h("select", common, h("option", { value: "" }, spec.required ? "" : "–"), (spec.options || []).map((one) => h("option", { value: one.value }, one.label)));
    } else if (spec.type === "textarea") {
      row.input = h("textarea", { ...common, rows: 5, maxlength: spec.max || null, dir: "auto" });
    } else if (spec.type === "file") {
      // The words of the browser's own button are in the browser's language: ours stand in front of them.
      const words = h("span", {}, t("choose"));
      row.input = h("input", { ...common, type: "file", multiple: spec.multiple, accept: accepted(form) });
      row.input.onchange = () => { words.textContent = [...row.input.files].map((one) => one.name).join(" · ") || t("choose"); };
      row.box = h("div", { class: "pick" }, row.input, words);
    } else {
      row.input = h("input", {
        ...common, type: spec.type === "number" ? "text" : spec.type, maxlength: spec.max || null, autocomplete: COMPLETE[spec.name === "name" ? "name" : spec.type] || "off",
        inputmode: spec.type === "number" ? "decimal" : null, dir: /email|tel/.test(spec.type) ? "ltr" : "auto",
      });
      if (spec.type === "email") row.guess = h("p", { role: "status" });
    }
    row.node ||= h("div", { class: "field" }, label, row.box || row.input, spec.hint && h("p", { class: "hint", id: `${id}-h` }, spec.hint), row.guess, row.error);
    row.node.setAttribute("data-field", spec.name);
    node.append(row.node);
    if (holds(row)) row.given = row.input.value;
    rows.set(spec.name, row);
    return row;
  }

  // Who wants a call gives a number, everybody else an address.
  function reach() {
    const chosen = rows.get("preferred_channel");
    const phone = chosen?.input.value === "phone";
    if (chosen && rows.has("phone")) rows.get("phone").node.hidden = !phone;
    for (const [name, needed] of [["email", !phone], ["phone", phone]]) {
      const row = rows.get(name);
      if (!row || row.node.hidden) continue;
      row.input.toggleAttribute("required", needed);
      row.input.setAttribute("aria-required", String(needed));
      if (row.mark) row.mark.hidden = needed;
    }
  }

  function holds({ spec }) { return spec.type !== "file" && spec.type !== "consent"; }

  const api = {
    node,
    row: (name) => rows.get(name),
    values() {
      const found = { fields: {}, consents: [] };
      for (const [name, row] of rows) {
        const { type } = row.spec;
        if (type === "file") continue;
        if (type === "consent") {
          if (name === "consent") found.consent = row.input.checked;
          else if (row.input.checked) found.consents.push(name.slice(9));
        } else if (name.startsWith("fields.")) {
          if (row.input.value) found.fields[name.slice(7)] = row.input.value;
        } else if (row.input.value) {
          found[name] = row.input.value;
        }
      }
      if (!(form.consents || []).some((one) => one.name !== "consent")) delete found.consents;
      else if (found.consent) { found.consents.push("consent"); delete found.consent; }
      return found;
    },
    // What was typed by hand is never written over.
    fill(given) {
      const flat = { ...given };
      for (const key of Object.keys(given.fields || {})) flat[`fields.${key}`] = given.fields[key];
      for (const [name, row] of rows) {
        const value = flat[name];
        if (typeof value === "string" && value && holds(row) && row.input.value === row.given) {
          row.input.value = value;
          row.given = row.input.value;
        }
      }
      reach();
    },
    // Asks about an address that was hardly meant as it stands.
    guess() {
      const row = rows.get("email");
      const meant = row && likely(row.input.value, form.email_typos);
      row?.guess.replaceChildren(meant ? press("text", () => {
        row.input.value = meant;
        row.input.focus();
        row.input.dispatchEvent(new Event("input", { bubbles: true }));
      }, t("did_you_mean"), " ", h("bdi", {}, meant)) : "");
    },
    // What was typed by hand, by the fields' names; `type` puts it back.
    typed() {
      const found = {};
      for (const [name, row] of rows) if (holds(row) && row.input.value !== row.given) found[name] = row.input.value;
      return found;
    },
    type(values) {
      for (const [name, row] of rows) if (holds(row) && typeof values[name] === "string") row.input.value = values[name];
      reach();
    },
    clear() {
      for (const [, row] of rows) if (holds(row) && row.spec.name !== "preferred_channel") row.input.value = "";
    },
    files: () => {
      const found = [];
      for (const [name, { input }] of rows) for (const file of input.files || []) found.push([name, file]);
      return found;
    },
    // Marks what is wrong and returns the first of it; an error for a field that is not here is returned as text.
    errors(list) {
      let first = null;
      let strange = "";
      for (const [, row] of rows) mark(row, "");
      for (const { field, message } of list) {
        const row = rows.get(field) || rows.get(`fields.${field}`);
        if (!row || row.node.hidden) strange = message;
        else {
          mark(row, message);
          first ||= row;
        }
      }
      return { first: first?.input, strange };
    },
    // What can be seen to be missing without asking the server.
    missing() {
      const found = [];
      for (const [name, row] of rows) {
        const input = row.input;
        if (row.node.hidden || !input.validity) continue;
        if (input.validity.valueMissing) found.push({ field: name, message: t(row.spec.type === "consent" ? "please_agree" : "please_fill") });
        else if (input.validity.typeMismatch) found.push({ field: name, message: t("bad_email") });
      }
      if (files) {
        const chosen = api.files();
        for (const [name, file] of chosen) {
          const text = refusal(file, form.attachments, t);
          if (text) found.push({ field: name, message: text });
        }
        if (chosen.length > form.attachments.max) found.push({ field: "attachments", message: files.spec.hint });
      }
      return found;
    },
    hide(names, hidden) {
      for (const name of names) {
        const row = rows.get(name);
        if (!row) continue;
        row.node.hidden = hidden;
        if (hidden) row.input.removeAttribute("required");
      }
      reach();
    },
  };
  api.fill(kept);
  return api;

  function mark(row, message) {
    row.error.textContent = message;
    row.error.hidden = !message;
    if (message) row.input.setAttribute("aria-invalid", "true");
    else row.input.removeAttribute("aria-invalid");
  }
}

// Why the server would not take this file; "" when it may.
function refusal(file, { max_mb: mb, refused }, t) {
  const named = /\.([^.]+)$/.exec(file.name);
  const values = { name: file.name, mb };
  if (file.size > mb * 1048576) return t("file_big", values);
  if (!file.size) return t("file_empty", values);
  return named && refused?.includes(named[1].toLowerCase()) ? t("file_refused", values) : "";
}

function accepted(form) {
  const types = form.attachments?.types || [];
  return types.map((one) => (/[./]/.test(one) ? one : `.${one}`)).join(",") || null;
}
