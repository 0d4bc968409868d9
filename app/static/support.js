// The contact form made pleasanter: answers while typing, judged without leaving the page, one ticket for a double
// click. Without this file the same form does the same with one more button; nothing here ever stops sending.
import { challenge } from "./challenge.js";
import { draftStore, keepDraft } from "./draft.js";
import { entryName } from "./place.js";
import { emailHint } from "./email-hint.js";
import { fileFields } from "./files.js";
import { formErrors } from "./form-errors.js";
import { journey as remembered } from "./memory.js";
import { report, visit } from "./visit.js";

const WAIT = 600;
// So many letters are looked at; of Chinese, Japanese and Korean two say as much (the widget's inline.js has the same).
const LEAST = 4;
const DENSE = /[\u3040-\u9fff\uac00-\ud7af]{2}/;
const MOST = 20_000;
const DRAFT = entryName("contact");

document.documentElement.classList.add("js");
const form = document.querySelector("[data-contact-form]");
if (form) contactForm(form);
if (document.querySelector("[data-sent]")) draftStore(DRAFT).forget(); // It has arrived.
for (const plain of document.querySelectorAll("form[data-once]")) onceOnly(plain);
for (const limited of document.querySelectorAll("form[data-max-files]")) fileFields(limited, announce);

function announce(text) {
  const place = document.querySelector("[data-announcer]");
  if (!place) return;
  place.textContent = "";
  window.setTimeout(() => { place.textContent = text; }, 50);
}

function onceOnly(form) {
  const button = form.querySelector("[data-send]");
  const label = button.textContent;
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) { event.preventDefault(); return; }
    // In the next turn: a disabled button's own value would be left out of what is sent.
    window.setTimeout(() => {
      if (event.defaultPrevented) return;
      form.dataset.sent = "yes";
      button.textContent = form.dataset.textSending;
    });
  });
  // Back from the next page, the form can be sent again.
  window.addEventListener("pageshow", () => { delete form.dataset.sent; button.textContent = label; });
}

function contactForm(form) {
  formErrors(form);
  emailHint(form);
  offline(form);
  onceOnly(form);
  form.elements.namedItem("time_zone").value = timeZone();
  const field = form.elements.namedItem("journey");
  const trip = withRemembered(parse(field.value));
  const box = form.querySelector("[data-suggestions]");
  const list = box.querySelector("[data-list]");
  const template = document.querySelector("[data-suggestion-template]");
  const urgent = urgentBox(form);
  const arrived = trip.queries.length; // Searches from before this page; what is typed here is one further entry.
  let timer = 0;
  let request = null;
  let asked = "";
  let raised = ""; // The sentence that raised the alarm: the box stays as long as it stands there.
  save();
  // What appears while somebody types stands below the text, so that the text does not move under their eyes.
  // Danger stands between the two.
  if (box.hidden) (form.querySelector("[data-message] + [data-urgent]") || form.querySelector("[data-message]")).after(box);

  for (const name of ["subject", "message"]) {
    form.elements.namedItem(name).addEventListener("input", () => {
      window.clearTimeout(timer);
      timer = window.setTimeout(suggest, WAIT);
    });
  }
  for (const item of list.querySelectorAll("[data-suggestion]")) behave(item);
  drafts(form);
  preferredChannel(form);
  const work = form.elements.namedItem("altcha");
  if (work) challenge(form, work);

  async function suggest() {
    const subject = form.elements.namedItem("subject").value.trim();
    const message = form.elements.namedItem("message").value.trim();
    const text = `${subject}\n${message}`.trim();
    if (text === asked) return;
    asked = text;
    request?.abort();
    if (text.length < LEAST && !DENSE.test(text)) {
      urgent(null);
      return;
    }
    request = new AbortController();
    let found;
    try {
      const response = await fetch(form.dataset.suggestUrl, {
        method: "POST",
        headers: { "Content-Type": "application/json", ...(visit() && { "X-Signpost-Visit": visit() }) },
        body: JSON.stringify({ subject: subject.slice(0, 300), message: message.slice(0, MOST), raised_by: raised, lang: form.dataset.lang, page_url: window.location.pathname }),
        signal: request.signal,
      });
      found = await response.json();
      if (!response.ok) {
        // Asked too often: what somebody in danger must be told stands all the same.
        if (found.error.urgent) urgent(found.error.urgent);
        return;
      }
    } catch {
      return; // Superseded, or search is down: the form works without.
    }
    raised = found.raised_by || raised;
    urgent(found.urgent);
    show(found, text);
  }

  function show(found, text) {
    const words = text.replace(/\s+/g, " ").slice(0, 500);
    trip.queries = [...trip.queries.slice(0, arrived), { text: words, verdict: found.verdict, at: new Date().toISOString().slice(0, 19) + "Z" }].slice(-20);
    const rejected = new Set(trip.suggestions.filter((one) => one.rejected).map((one) => `${one.lang}/${one.slug}`));
    const hits = found.results.filter((hit) => !rejected.has(`${hit.lang}/${hit.slug}`)).slice(0, 3);
    const open = new Map([...list.querySelectorAll("details[data-suggestion][open]")].map((item) => [`${item.dataset.lang}/${item.dataset.slug}`, item]));
    // What somebody is reading stays where it is and as it is.
    const items = hits.map((hit) => open.get(`${hit.lang}/${hit.slug}`) || render(hit));
    for (const [about, item] of open) if (!hits.some((hit) => `${hit.lang}/${hit.slug}` === about)) items.unshift(item);
    list.replaceChildren(...items);
    box.hidden = items.length === 0;
    for (const hit of hits) note(hit.slug, hit.lang, { title: hit.title.slice(0, 500) });
    save();
    if (hits.length) announce(form.dataset.textFound);
  }

  function render(hit) {
    const item = template.content.firstElementChild.cloneNode(true);
    const about = `${hit.lang}/${hit.slug}`;
    item.dataset.lang = hit.lang;
    item.dataset.slug = hit.slug;
    const part = (name) => item.querySelector(`[data-part="${name}"]`);
    part("title").textContent = hit.title;
    part("title").lang = hit.lang;
    part("title").dir = "auto";
    part("heading").textContent = hit.heading;
    part("heading").lang = hit.lang;
    part("heading").hidden = !hit.heading || hit.heading === hit.title;
    // Sanitised by the server, and parsed into a document of its own, in which nothing runs or loads.
    part("passage").replaceChildren(...new DOMParser().parseFromString(hit.answer_html || "", "text/html").body.childNodes);
    part("passage").querySelectorAll("table").forEach(scrolling);
    part("passage").lang = hit.lang;
    part("passage").dir = "auto";
    const link = new URL(hit.url, window.location.href);
    if (hit.anchor) link.hash = hit.anchor;
    part("link").href = link.pathname + link.search + link.hash;
    if (hit.lang !== form.dataset.lang) {
      part("language").textContent = languageName(hit.lang);
      part("language").hidden = false;
    }
    for (const button of item.querySelectorAll("button[name=action]")) button.value = button.value.replace(/:.*$/, `:${about}`);
    for (const input of item.querySelectorAll("input[name]")) input.name = input.name.replace(/:.*$/, `:${about}`);
    behave(item);
    return item;
  }

  // As the server has tables on its pages: they scroll by themselves, by keyboard too.
  function scrolling(table) {
    const wrap = document.createElement("div");
    wrap.className = "table-wrap";
    wrap.tabIndex = 0;
    wrap.setAttribute("role", "group");
    wrap.setAttribute("aria-label", form.dataset.textTable);
    table.replaceWith(wrap);
    wrap.append(table);
  }

  function behave(item) {
    const { slug, lang } = item.dataset;
    let since = 0;
    item.addEventListener("toggle", () => {
      if (item.open) {
        since = Date.now();
        note(slug, lang, { opened: true });
        report("suggestion_opened", { slug, article_lang: lang });
      } else if (since) {
        read();
      }
      save();
    });
    item.querySelector("[data-part=link]").addEventListener("click", () => { note(slug, lang, { opened: true }); save(); report("suggestion_opened", { slug, article_lang: lang }); });
    item.querySelector("[data-solved]").addEventListener("click", (event) => {
      event.preventDefault();
      read();
      note(slug, lang, { solved: true, opened: true });
      save();
      report("suggestion_solved", { slug, article_lang: lang });
      done(form.dataset.textSolved);
    });
    item.querySelector("[data-reject]").addEventListener("click", (event) => {
      event.preventDefault();
      read();
      const comment = item.querySelector("input[name^='comment:']").value.trim();
      const chosen = item.querySelector("input[name^='reason:']:checked")?.value;
      const reason = chosen || (comment ? "other" : "not_related");
      note(slug, lang, { rejected: reason, comment });
      save();
      report("suggestion_rejected", { slug, article_lang: lang, reason });
      const next = item.nextElementSibling || item.previousElementSibling;
      item.remove();
      if (!list.children.length) box.hidden = true;
      announce(form.dataset.textNoted);
      (next?.querySelector("summary") || form.elements.namedItem("message")).focus();
    });
    function read() {
      if (!since) return;
      const known = trip.suggestions.find((one) => one.slug === slug && one.lang === lang);
      const seconds = Math.round((Date.now() - since) / 1000);
      report("article_read", { slug, article_lang: lang, seconds });
      note(slug, lang, { seconds_read: Math.min(86400, (known?.seconds_read || 0) + seconds) });
      since = 0;
    }
    form.addEventListener("submit", () => { if (item.open) { read(); save(); } });
  }

  function done(text) {
    const notice = document.createElement("div");
    notice.className = "notice notice--ok";
    notice.setAttribute("role", "status");
    notice.tabIndex = -1;
    const inside = document.createElement("p");
    inside.textContent = text;
    notice.append(inside);
    box.hidden = true;
    form.before(notice);
    notice.focus();
  }

  function note(slug, lang, changes) {
    const known = trip.suggestions.find((one) => one.slug === slug && one.lang === lang);
    if (known) Object.assign(known, changes);
    else if (trip.suggestions.length < 30) trip.suggestions.push({ slug, lang, title: "", ...changes });
  }

  function save() {
    field.value = JSON.stringify(trip);
    const place = form.querySelector("[data-journey-list]");
    const row = form.querySelector("[data-journey-template]");
    const out = new Set([...place.querySelectorAll("input:checked")].map((box) => box.value));
    const said = (one) => (one.rejected ? place.dataset.textRejected : one.opened ? place.dataset.textRead : place.dataset.textShown);
    const parts = [
      ...trip.queries.map((one) => [`query:${one.text}`, place.dataset.textSearched.replace("{text}", one.text)]),
      ...trip.suggestions.map((one) => [`article:${one.lang}/${one.slug}`, said(one).replace("{title}", one.title || one.slug)]),
    ];
    place.replaceChildren(...parts.map(([name, words]) => {
      const line = row.content.firstElementChild.cloneNode(true);
      const box = line.querySelector("input");
      box.value = name;
      box.checked = out.has(name);
      line.querySelector("[data-part=words]").textContent = words;
      return line;
    }));
  }
}

// What somebody in danger is told: beside the message, and on a phone its line at the top of the screen as well.
function urgentBox(form) {
  const place = form.querySelector("[data-urgent]");
  const template = document.querySelector("[data-urgent-template]");
  return (found) => {
    if (!found) {
      place.replaceChildren();
      return;
    }
    const shown = place.querySelector("[data-part=title]");
    if (shown && shown.textContent === found.title) return; // The alert is read out once.
    const box = template.content.cloneNode(true);
    const fill = (name, words) => {
      for (const part of box.querySelectorAll(`[data-part=${name}]`)) {
        part.textContent = words;
        if (name === "article") part.lang = found.article?.lang || "";
        else if (name !== "value") part.lang = found.lang;
      }
    };
    const lead = (name, href, hidden) => {
      for (const part of box.querySelectorAll(`[data-part=${name}]`)) {
        part.hidden = hidden;
        if (href) part.href = href;
        else part.removeAttribute("href");
      }
    };
    fill("title", found.title);
    fill("text", found.text);
    fill("label", found.channel?.label || "");
    fill("value", found.channel?.value || "");
    fill("article", found.article?.title || "");
    lead("call", found.channel?.href, !found.channel);
    lead("article", found.article?.url, !found.article);
    place.replaceChildren(box);
  };
}

function withRemembered(trip) {
  const before = remembered.read();
  for (const query of before.queries.slice(-20)) {
    if (!trip.queries.some((one) => one.text === query.text)) trip.queries.push({ text: String(query.text).slice(0, 500), verdict: query.verdict || "", at: String(query.at || "").slice(0, 40) });
  }
  for (const one of before.suggestions) {
    const known = trip.suggestions.find((other) => other.slug === one.slug && other.lang === one.lang);
    const seconds = Number.isInteger(one.seconds_read) ? Math.max(0, Math.min(86400, one.seconds_read)) : 0;
    if (known) Object.assign(known, { opened: known.opened || one.opened === true, seconds_read: Math.max(known.seconds_read || 0, seconds) });
    else if (one.slug && one.lang) trip.suggestions.push({ slug: String(one.slug), lang: String(one.lang), title: String(one.title || "").slice(0, 500), opened: one.opened === true, seconds_read: seconds });
  }
  trip.queries = trip.queries.slice(-20);
  trip.suggestions = trip.suggestions.slice(-30);
  return trip;
}

function parse(text) {
  let trip = {};
  try { trip = JSON.parse(text); } catch { /* A fresh journey then. */ }
  return { ...trip, queries: trip.queries || [], suggestions: trip.suggestions || [] };
}

// What was typed is kept in this tab, and said so, with a button that clears it.
function drafts(form) {
  const note = form.querySelector("[data-draft-note]");
  const button = note.querySelector("[data-draft-clear]");
  const identity = form.elements.namedItem("identity");
  const store = draftStore(DRAFT, { who: identity ? form.elements.namedItem("email").defaultValue : "" });
  let undo = null;
  const words = (label) => { button.textContent = button.dataset[label]; };
  const draft = keepDraft(form, store, {
    posted: form.dataset.posted === "yes",
    changed(kept) {
      note.hidden = !kept;
      if (undo) { undo = null; words("textClear"); }
    },
  });
  button.addEventListener("click", () => {
    if (undo) {
      undo();
      return;
    }
    undo = draft.clear();
    words("textUndo");
    announce(button.dataset.textCleared);
  });
  // Where the text cannot be kept, or files are chosen, another language takes along what the form holds.
  for (const link of document.querySelectorAll("[data-language]")) {
    link.addEventListener("click", (event) => {
      const files = form.querySelector("input[name=kept]") || [...form.elements].some((field) => field.type === "file" && field.files.length);
      const way = [...form.querySelectorAll("button[name=action][value=language]")].find((one) => one.lang === link.dataset.language);
      if (!way || (draft.kept && !files) || event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      way.click();
    });
  }
}

// Without a connection the browser would leave for a page of its own, and chosen files would be gone.
function offline(form) {
  const notice = form.querySelector("[data-offline]");
  form.addEventListener("submit", (event) => {
    notice.hidden = window.navigator.onLine !== false;
    if (notice.hidden) return;
    event.preventDefault();
    notice.scrollIntoView({ block: "nearest" });
  });
  window.addEventListener("online", () => { notice.hidden = true; });
}

function preferredChannel(form) {
  const update = () => {
    const phone = form.elements.namedItem("preferred_channel").value === "phone";
    form.elements.namedItem("phone").required = phone;
    form.elements.namedItem("email").required = !phone;
    for (const hint of form.querySelectorAll("[data-for]")) hint.hidden = (hint.dataset.for === "phone") !== phone;
  };
  form.addEventListener("change", update);
  update();
}

function timeZone() {
  try {
    return Intl.DateTimeFormat().resolvedOptions().timeZone || "";
  } catch {
    return "";
  }
}

function languageName(tag) {
  try {
    return new Intl.DisplayNames([tag], { type: "language" }).of(tag);
  } catch {
    return tag;
  }
}
