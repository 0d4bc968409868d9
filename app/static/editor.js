// What makes writing an article quicker: a text editor with lint in its margin, a preview beside it, and a copy of what
// is not saved on this device (localStorage). The page is whole without it: a form with text fields.

import { attachAids } from "./editor-aids.js";
import { attachPicker } from "./editor-picker.js";
import { attachPictures } from "./editor-pictures.js";

const KNOWN = 300; // Milliseconds from a pause in typing within which the preview is to be there.
const KEEP = 400;
const AGAIN = 5000; // Between two questions whether the help centre is there again.
const LASTS = 30 * 24 * 60 * 60 * 1000;
const BESIDE = 3; // Copies of other pages of one article.
const FIELDS = ["title", "summary", "questions", "category", "tags", "owner", "status", "head", "reason", "weight", "body"];
// What is said about a change is none by itself.
const ABOUT = ["reason", "weight"];

// The copy of one article as one account left it. Nothing is kept where storage is forbidden.
export function copyStore(key, { storage = window.localStorage, now = Date.now, tab = Math.random() } = {}) {
  const name = `signpost:article:${key}`;
  let taken = ""; // The copy that this page has put back, as it was then.
  const stored = () => {
    try {
      const found = JSON.parse(storage.getItem(name));
      if (found && now() - found.at < LASTS && typeof found.base === "string" && found.values) return found;
    } catch { /* Something else wrote there. */ }
    return null;
  };
  // What other pages of this article have kept: one of them is the copy itself, the others stand beside it.
  const ofOthers = (there) => {
    if (!there) return [];
    const { beside = [], ...copy } = there;
    return [copy, ...beside].filter((one) => one.tab !== tab && `${one.tab} ${one.at}` !== taken && !one.sent).slice(0, BESIDE);
  };
  const put = (copy, beside) => storage.setItem(name, JSON.stringify(beside.length ? { ...copy, beside } : copy));
  return {
    read() {
      const found = stored();
      if (found) taken = `${found.tab} ${found.at}`;
      return found;
    },
    // Whether it is kept now.
    write(base, values, sent = false) {
      const copy = { at: now(), base, values, sent, tab };
      try {
        put(copy, ofOthers(stored()));
        return true;
      } catch { /* Full, perhaps with the others. */ }
      try {
        put(copy, []);
        return true;
      } catch {
        return false;
      }
    },
    // Then the copy of another page, where there is one, is the next to be put back.
    forget() {
      try {
        const [next, ...rest] = ofOthers(stored());
        if (next) put(next, rest);
        else storage.removeItem(name);
      } catch { /* Then there was nothing either. */ }
    },
  };
}

FIELDS.push("slug", "lang", "translation_of", "aliases", "synonyms", "audience", "handoff", "position", "review_by", "publish_date", "expiry_date", "updated");

// Whether the help centre answers: a form that is sent when it does not is a page of the browser's, without the text.
export async function reachable(url, { ask = fetch, most = 8000 } = {}) {
  try {
    const answer = await ask(url, { cache: "no-store", signal: AbortSignal.timeout(most) });
    return answer.status < 500;
  } catch {
    return false;
  }
}

// Whether a key saves: Ctrl+S, on a Mac Cmd+S, whatever the keyboard's layout writes on it.
export function saves(event) {
  return (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && (event.key.toLowerCase() === "s" || (event.code === "KeyS" && !/^[a-z]$/i.test(event.key)));
}

// What of a copy is not what the page came with.
export function differs(values, page) {
  return FIELDS.some((name) => !ABOUT.includes(name) && typeof values[name] === "string" && values[name] !== page[name]);
}

// How long without typing before the preview is asked for, where the last one took so many milliseconds. As long as that:
// then one that began in the middle of a word is back when the next one is due. Less where that would be too late.
export function pauseFor(took) {
  return Math.max(80, Math.min(took, KNOWN - 40 - took));
}

// HTML, sanitised by the renderer, as nodes for `patch`.
export function parsed(html) {
  const made = document.createElement("template");
  made.innerHTML = html;
  return made.content;
}

// Makes the children of `place` those of `made`, and leaves alone what is there already: a long article is not laid out
// anew for a word, and what somebody looks at stays where it is. What changed within an element is changed there: to put
// another element beside those of a page has the browser work out the looks of all of them anew (`* + *` in its styles).
export function patch(place, made) {
  const old = [...place.childNodes];
  const fresh = [...made.childNodes];
  let first = 0;
  while (first < old.length && first < fresh.length && old[first].isEqualNode(fresh[first])) first += 1;
  let last = 0;
  while (last < Math.min(old.length, fresh.length) - first && old[old.length - 1 - last].isEqualNode(fresh[fresh.length - 1 - last])) last += 1;
  const after = old[old.length - last] ?? null;
  const [gone, come] = [old.slice(first, old.length - last), fresh.slice(first, fresh.length - last)];
  let same = 0;
  while (same < gone.length && same < come.length && become(gone[same], come[same])) same += 1;
  for (const one of gone.slice(same)) one.remove();
  if (same === come.length) return;
  const changed = document.createDocumentFragment();
  changed.append(...come.slice(same));
  place.insertBefore(changed, after);
}

// Makes a node say what another one says; false where it is of another kind.
function become(node, other) {
  if (node.nodeType !== other.nodeType || node.nodeName !== other.nodeName) return false;
  if (node.nodeType === Node.TEXT_NODE) {
    if (node.data !== other.data) node.data = other.data;
    return true;
  }
  if (node.namespaceURI !== "http://www.w3.org/1999/xhtml") return false; // Formulas and drawings are not taken apart.
  for (const { name } of [...node.attributes]) {
    if (!other.hasAttribute(name) && name !== "open") node.removeAttribute(name); // What a reader opened stays open.
  }
  for (const { name, value } of other.attributes) {
    if (node.getAttribute(name) !== value) node.setAttribute(name, value);
  }
  patch(node, other);
  return true;
}

// Sets a text where it is another one: to set the same one has the page laid out, too.
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

const form = typeof document === "undefined" ? null : document.querySelector("[data-editor]");
if (form) open(form);
const from = typeof document === "undefined" ? null : document.querySelector("[data-sent]");
if (from) forgetSent(from.dataset.sent);

// What was sent from the editor to another page is there now.
function forgetSent(key) {
  try {
    const store = copyStore(key);
    if (store.read()?.sent) store.forget();
  } catch { /* Storage is forbidden here. */ }
}

async function open(form) {
  const words = JSON.parse(form.dataset.words);
  const find = (name) => form.querySelector(`[data-${name}]`);
  const area = form.elements.body;
  const state = find("state");
  const names = FIELDS.filter((name) => form.elements[name]);
  const field = Object.fromEntries(names.map((name) => [name, form.elements[name]]));
  const loaded = Object.fromEntries(names.map((name) => [name, field[name].value]));
  let store = null;
  try {
    store = copyStore(form.dataset.key);
  } catch { /* Storage is forbidden here. */ }
  let editor = null;

  const values = () => ({ ...Object.fromEntries(names.map((name) => [name, field[name].value])), ...(editor ? { body: editor.text } : {}) });
  // What is wrong stands beside where the text is kept: neither says the other away.
  const told = { trouble: "", kept: "" };
  const say = (name, text) => {
    told[name] = text;
    const both = [told.trouble, told.kept].filter(Boolean).join(" ");
    if (state.textContent !== both) state.textContent = both;
  };

  // From here on, wherever the focus is; the text's own editor does it by itself.
  document.addEventListener("keydown", (event) => {
    if (!saves(event) || event.defaultPrevented) return;
    event.preventDefault();
    if (!event.repeat) form.requestSubmit(find("save"));
  });

  restore();
  const pictures = attachPictures(form, words, (markdown) => (editor ? editor.block(markdown) : atCaret(`\n\n${markdown}\n\n`)));
  const aids = attachAids(form, words, sent);
  const link = attachPicker(document.querySelector("[data-picker=link]"), {
    ask: linkTargets, told: { many: words.picker_many, none: words.picker_none, failed: words.offline },
    choose: (one) => editor.insert("[", one.words.replace(/[[\]\\]/g, "\\$&"), `](${one.target})`, "\0"),
  });
  const snippet = attachPicker(document.querySelector("[data-picker=snippet]"), {
    ask: snippets, told: { many: words.picker_many, none: words.picker_none, failed: words.offline },
    choose: (one) => editor.block(one.include),
  });
  try {
    await begin();
  } catch {
    area.dataset.alone = ""; // The text field does, as it does without scripts.
  }
  form.querySelector("[data-without-script]").hidden = true;

  let keeping = 0;
  let pausing = 0;
  let unsaved = false;
  let asking = false;
  let recheck = 0;
  let again = false; // Something was typed while the preview was made.
  let took = 0;
  let shown = null;
  const changed = () => {
    unsaved = true;
    aids.typed(beginning());
    clearTimeout(keeping);
    keeping = setTimeout(keep, KEEP);
    clearTimeout(pausing);
    pausing = setTimeout(preview, pauseFor(took));
  };
  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  addEventListener("online", () => preview());
  addEventListener("pagehide", () => { if (unsaved) keep(); });
  document.addEventListener("visibilitychange", () => { if (document.hidden && unsaved) keep(); });
  let asked = false;
  let sure = false; // That the help centre answers: then the form goes as any form does.
  // What is wrong with a field that is folded away cannot be said where nobody sees it.
  form.addEventListener("invalid", (event) => {
    for (let fold = event.target.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  }, true);
  form.addEventListener("submit", async (event) => {
    if (!sure) {
      event.preventDefault();
      if (asked) return;
      asked = true;
      const by = event.submitter ?? find("save");
      const there = await reachable(form.dataset.alive);
      asked = false;
      if (!there) return unsent(by);
      sure = true;
      form.requestSubmit(by);
      return;
    }
    sure = false;
    if (editor) area.value = editor.text;
    clearTimeout(keeping);
    store?.write(form.elements.base.value, values(), true);
    unsaved = false;
  });
  preview();
  aids.begin(beginning(), field.status.value === "draft");
  if (form.dataset.done === "saved" && field.questions.value.trim()) aids.trial();

  // Nothing was sent: the page stays, with what was typed, and asks again.
  function unsent(by) {
    keep();
    const box = find("unsent");
    const why = document.createElement("p");
    why.textContent = words.not_sent;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button--small";
    button.textContent = words.try_again;
    button.addEventListener("click", () => form.requestSubmit(by));
    box.replaceChildren(why, button);
    box.hidden = false;
    clearInterval(recheck);
    recheck = setInterval(async () => {
      if (document.hidden || !(await reachable(form.dataset.alive))) return;
      clearInterval(recheck);
      why.textContent = words.there_again;
      button.textContent = by.textContent;
    }, AGAIN);
  }

  function beginning() {
    return `${field.title.value}\n${editor ? editor.beginning(900) : area.value.slice(0, 900)}`;
  }

  function keep() {
    clearTimeout(keeping);
    if (!differs(values(), loaded) && !("posted" in form.dataset)) {
      store?.forget();
      say("kept", "");
      return;
    }
    say("kept", store?.write(form.elements.base.value, values()) ? words.kept : words.not_kept);
  }

  // Puts back what was not saved: after a reload, a closed tab, an ended session.
  function restore() {
    const copy = store?.read();
    if (!copy) return;
    if ("posted" in form.dataset) return; // What came back from the server is newer.
    if (("done" in form.dataset && copy.sent) || !differs(copy.values, loaded)) {
      store.forget();
      return;
    }
    const older = copy.base !== form.elements.base.value;
    for (const name of names) {
      if (typeof copy.values[name] !== "string") continue;
      if (field[name].tagName === "SELECT" && ![...field[name].options].some((one) => one.value === copy.values[name])) continue;
      field[name].value = copy.values[name];
    }
    form.elements.base.value = copy.base;
    const box = find("restored");
    const back = document.createElement("p");
    back.textContent = older ? `${words.restored} ${words.older}` : words.restored;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button--small";
    button.textContent = words.discard;
    button.addEventListener("click", () => {
      unsaved = false;
      clearTimeout(keeping);
      store.forget();
      location.replace(location.pathname + location.search);
    });
    box.replaceChildren(back, button);
    box.hidden = false;
  }

  async function begin() {
    const { createEditor } = await import("./vendor/codemirror.js");
    const place = find("code");
    area.hidden = true;
    place.hidden = false;
    try {
      editor = createEditor({
        parent: place, text: area.value, label: document.getElementById("body-label").textContent,
        changed: () => changed(), save: () => form.requestSubmit(find("save")), pasted,
        picture: find("picture").hidden ? null : pictures.take, link: () => link.open(editor.selected),
      });
    } catch (problem) {
      area.hidden = false;
      place.hidden = true;
      throw problem;
    }
    document.getElementById("body-label").addEventListener("click", (event) => { event.preventDefault(); editor.focus(); });
    tools(find("tools"));
  }

  // HTML of the clipboard as Markdown.
  async function pasted(html) {
    const body = new FormData();
    body.append("html", html.slice(0, 600_000));
    const answer = await fetch(form.dataset.paste, { method: "POST", headers: { "X-CSRF-Token": form.dataset.csrf }, body });
    if (!answer.ok) throw new Error(String(answer.status));
    const { markdown } = await answer.json();
    return markdown.trimEnd();
  }

  // One stop of the Tab key; arrows move within.
  function tools(bar) {
    const buttons = [...bar.querySelectorAll("button")];
    const does = {
      bold: () => editor.wrap("**"),
      italic: () => editor.wrap("*"),
      heading: () => editor.prefix("## "),
      bullets: () => editor.prefix("- "),
      numbers: () => editor.prefix("#. "),
      quote: () => editor.prefix("> "),
      code: () => editor.wrap("`"),
      link: () => link.open(editor.selected),
      picture: () => pictures.open(),
      snippet: () => snippet.open(),
      find: () => editor.find(),
    };
    buttons.forEach((button, n) => {
      button.tabIndex = n ? -1 : 0;
      button.addEventListener("click", () => does[button.dataset.tool]());
    });
    bar.addEventListener("keydown", (event) => {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!by) return;
      event.preventDefault();
      const here = buttons.indexOf(document.activeElement);
      const way = document.dir === "rtl" ? -by : by;
      const next = buttons[(here + way + buttons.length) % buttons.length];
      for (const one of buttons) one.tabIndex = one === next ? 0 : -1;
      next.focus();
    });
    bar.hidden = false;
  }

  async function preview() {
    clearTimeout(pausing);
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    again = false;
    const began = performance.now();
    try {
      await made();
    } finally {
      asking = false;
    }
    took = performance.now() - began;
    if (again) preview();
  }

  // What stands in the form, as a request has it.
  function sent() {
    const body = new FormData();
    for (const [name, value] of Object.entries(values())) body.append(name, value);
    body.append("base", form.elements.base.value);
    return body;
  }

  // The text field of a browser that has no editor.
  function atCaret(text) {
    area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
    changed();
  }

  // Articles, the headings of those that fit best below them; or the address that was typed.
  async function linkTargets(q) {
    if (/^(https?:\/\/|mailto:|tel:)\S+$/i.test(q)) return [{ text: q, words: words.link_text, target: q.replaceAll(")", "%29") }];
    const answer = await fetch(`${form.dataset.linksUrl}?${new URLSearchParams({ q })}`);
    if (!answer.ok) throw new Error(String(answer.status));
    const { results } = await answer.json();
    return results.flatMap((one, n) => [
      { text: one.title, detail: one.draft ? `${one.path} · ${words.draft}` : one.path, lang: one.lang, words: one.title, target: one.target },
      ...one.headings.slice(0, n < 3 ? 12 : 0).map((part) => ({ text: part.heading, lang: one.lang, indent: true, words: part.heading, target: `${one.target}#${part.anchor}` })),
    ]);
  }

  async function snippets(q) {
    const answer = await fetch(`${form.dataset.snippetsUrl}&${new URLSearchParams({ q })}`);
    if (!answer.ok) throw new Error(String(answer.status));
    const { results } = await answer.json();
    return results.map((one) => ({ text: one.name, detail: `${one.used} · ${one.text}`, include: one.include }));
  }

  async function made() {
    const body = sent();
    let answer;
    let found;
    try {
      answer = await fetch(form.dataset.preview, { method: "POST", headers: { "X-CSRF-Token": form.dataset.csrf }, body });
    } catch {
      return say("trouble", words.offline);
    }
    if (answer.status === 503) {
      pausing = setTimeout(preview, 2 * KNOWN);
      return;
    }
    if (answer.status === 401 || answer.status === 403) return say("trouble", words.signed_out);
    try {
      found = await answer.json();
    } catch {
      return say("trouble", words.preview_failed);
    }
    if (found.error) return say("trouble", found.error.message || words.preview_failed);
    say("trouble", found.problem);
    for (const place of form.querySelectorAll("[data-wrong]")) {
      const wrong = found.fields?.[place.dataset.wrong] ?? "";
      place.textContent = wrong;
      place.hidden = !wrong;
      if (wrong) field[place.dataset.wrong].setAttribute("aria-invalid", "true");
      else field[place.dataset.wrong].removeAttribute("aria-invalid");
    }
    await new Promise((done) => { setTimeout(done); }); // A key that was pressed meanwhile goes first.
    if (found.html !== shown?.html) {
      const nodes = parsed(found.html);
      await new Promise((done) => { setTimeout(done); });
      patch(find("shown"), nodes);
    }
    show(found);
  }

  function show(made) {
    write(find("shown-title"), made.title);
    write(find("count"), words.words.replace("{}", String(made.words)));
    write(find("reading"), made.reading);
    if (JSON.stringify(made.findings) !== JSON.stringify(shown?.findings)) {
      const list = find("list");
      list.replaceChildren(...(made.findings.length ? made.findings.map(item) : [nothing()]));
      find("findings").hidden = false;
      editor?.show(made.findings.filter((one) => one.line > 0));
    }
    shown = made;
  }

  function nothing() {
    const one = document.createElement("li");
    one.textContent = words.nothing;
    return one;
  }

  function item(found) {
    const one = document.createElement("li");
    one.className = `is-${found.severity}`;
    const where = document.createElement(found.line && editor ? "button" : "span");
    where.textContent = found.line ? words.line.replace("{}", String(found.line)) : words.in_header;
    if (where.tagName === "BUTTON") {
      where.type = "button";
      where.addEventListener("click", () => editor.goTo(found.line));
    }
    const what = document.createElement("span");
    what.dir = "auto";
    what.textContent = found.message;
    one.append(where, " ", what);
    return one;
  }
}
