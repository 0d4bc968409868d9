// Suggestions while typing, after the ARIA combobox pattern: focus stays in the input, arrows move through the list.
// Only the newest question counts: an older request is aborted, and an abort is no error.

const WAIT_MS = 140;
const SHORTEST = 2;
const QUERY_SHOWN = 60;

export function attachCombobox(field, announce) {
  const input = field.querySelector("input[type=search]");
  const list = field.querySelector("[role=listbox]");
  const text = field.dataset;
  let controller = null;
  let timer = 0;
  let active = -1;
  let lastAsked = "";

  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-expanded", "false");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-haspopup", "listbox");

  const options = () => [...list.querySelectorAll("[role=option]")];

  function close() {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function open() {
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
  }

  function select(index) {
    const all = options();
    active = index;
    for (const [number, option] of all.entries()) option.setAttribute("aria-selected", String(number === active));
    if (active < 0) {
      input.removeAttribute("aria-activedescendant");
      return;
    }
    input.setAttribute("aria-activedescendant", all[active].id);
    all[active].scrollIntoView({ block: "nearest" });
  }

  function addOption(url, icon, className) {
    const option = document.createElement("li");
    option.id = `${list.id}-${list.children.length}`;
    option.className = `option ${className}`;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    option.dataset.url = url;
    option.append(drawing(icon));
    const body = document.createElement("span");
    body.className = "option__body";
    option.append(body);
    list.append(option);
    return body;
  }

  function drawing(name) {
    const model = field.querySelector(".search-field__icon");
    const svg = model.cloneNode(true);
    svg.setAttribute("class", "icon");
    const use = svg.querySelector("use");
    use.setAttribute("href", use.getAttribute("href").replace(/#.*$/, `#${name}`));
    return svg;
  }

  function line(body, className, content) {
    const span = document.createElement("span");
    span.className = className;
    span.append(content);
    body.append(span);
    return span;
  }

  // What authors wrote may be in a language that runs the other way than the page.
  function written(body, className, lang, content) {
    const span = line(body, className, content);
    span.lang = lang;
    span.dir = "auto";
    return span;
  }

  function address(result) {
    const url = new URL(result.url, location.href);
    // A reader of one Chinese script stays on their own pages when the article is in the other.
    if (result.lang.startsWith("zh") && text.lang.startsWith("zh")) {
      url.pathname = url.pathname.replace(`/${result.lang}/a/`, `/${text.lang}/a/`);
    }
    if (result.anchor) url.hash = result.anchor;
    return url.href;
  }

  function show(query, answer) {
    const results = answer.results;
    const chosen = options()[active]?.dataset.url;
    list.replaceChildren();
    const { urgent } = answer;
    if (urgent) {
      const call = urgent.channel;
      const body = addOption(call?.href || urgent.article?.url || text.contactUrl, "urgent", "option--urgent");
      written(body, "option__title", urgent.lang, urgent.title);
      written(body, "option__passage", urgent.lang, urgent.text);
      if (call) {
        // Digits in groups change places in a line from right to left.
        const value = document.createElement("bdi");
        value.append(call.value);
        written(body, "option__title", urgent.lang, call.label).append(" ", value);
      }
    }
    for (const result of results) {
      const body = addOption(address(result), "page", "");
      written(body, "option__title", result.lang, result.title);
      // Where the page would send the visitor to a person, a title is offered, and no text as if it were the answer.
      if (answer.verdict === "ask_human") continue;
      written(body, "option__passage", result.lang, marked(result.passage, result.highlight ? [result.highlight] : result.highlights));
    }
    const all = `${text.searchUrl}?q=${encodeURIComponent(query)}`;
    line(addOption(all, "search", "option--last"), "option__title", text.textAll.replace("{query}", () => shortened(query)));
    const person = new URL(text.contactUrl, location.href);
    person.searchParams.set("q", query);
    line(addOption(person.pathname + person.search, "person", "option--human"), "option__title", text.textHuman);
    // What was chosen stays chosen while further letters bring the same article again.
    select(options().findIndex((option) => option.dataset.url === chosen));
    open();
    const count = results.length;
    const found = count === 0 ? text.textNone : count === 1 ? text.textOne : text.textMany.replace("{count}", count);
    announce(urgent ? `${urgent.title}. ${urgent.text} ${results.length ? found : ""}`.trim() : found);
  }

  async function ask() {
    const query = input.value.trim();
    if (query === lastAsked && !list.hidden) return;
    lastAsked = query;
    controller?.abort();
    if (query.length < shortest(query)) {
      close();
      return;
    }
    controller = new AbortController();
    const url = new URL(text.apiUrl, location.href);
    url.searchParams.set("q", query);
    url.searchParams.set("lang", text.lang);
    try {
      const response = await fetch(url, { signal: controller.signal, headers: { Accept: "application/json" } });
      let answer = await response.json();
      if (!response.ok) {
        // Asked too often: what somebody in danger must be told stands all the same.
        const { urgent } = answer.error;
        if (!urgent) {
          close();
          return;
        }
        answer = { verdict: "ask_human", results: [], urgent };
      }
      if (input.value.trim() === query && document.activeElement === input) show(query, answer);
    } catch (error) {
      if (error.name !== "AbortError") close();
    }
  }

  function go(option) {
    if (option) location.assign(option.dataset.url);
  }

  input.addEventListener("input", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(ask, WAIT_MS);
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return; // Enter and arrows belong to the input method while it composes.
    const count = options().length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (list.hidden) {
        if (count && input.value.trim() === lastAsked) open();
        else ask();
        if (list.hidden) return;
      }
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      // One place more than there are options: the input itself, where nothing is chosen.
      select(((active + 1 + step + count + 1) % (count + 1)) - 1);
    } else if (event.key === "Escape") {
      if (!list.hidden) {
        event.preventDefault();
        close();
      }
    } else if (event.key === "Enter" && !list.hidden && active >= 0) {
      event.preventDefault();
      go(options()[active]);
    } else if (event.key === "Tab") {
      close();
    }
  });
  input.addEventListener("blur", () => window.setTimeout(close, 150));
  input.addEventListener("focus", () => {
    if (options().length && input.value.trim() && input.value.trim() === lastAsked) open();
  });
  // The list takes no focus: pressing must not blur the input before the click arrives.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => go(event.target.closest("[role=option]")));
  field.closest("form").addEventListener("submit", () => { controller?.abort(); close(); });
}

export function shortest(query) {
  // One Chinese character already says something.
  return /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/.test(query) ? 1 : SHORTEST;
}

// A pasted message or log as a line shows it; all of it is searched. Cut between words where there are some.
export function shortened(query) {
  const characters = [...query.replace(/\s+/g, " ")];
  if (characters.length <= QUERY_SHOWN) return characters.join("");
  const start = characters.slice(0, QUERY_SHOWN).join("");
  const space = start.lastIndexOf(" ");
  return `${space > QUERY_SHOWN / 2 ? start.slice(0, space) : start}…`;
}

export function marked(passage, highlights) {
  const fragment = document.createDocumentFragment();
  const points = [...passage.replaceAll(" | ", " · ")]; // Offsets count characters, not UTF-16 units.
  const part = (left, right) => points.slice(left, right).join("");
  const first = highlights.length ? highlights[0][0] : 0;
  const from = first > 90 ? wordFrom(points, first - 60) : 0;
  const end = Math.min(points.length, from + 220);
  let position = from;
  if (from) fragment.append("… ");
  for (const [left, right] of highlights) {
    if (left < position || left >= end) continue;
    fragment.append(part(position, left));
    const mark = document.createElement("mark");
    mark.textContent = part(left, Math.min(right, end));
    fragment.append(mark);
    position = Math.min(right, end);
  }
  fragment.append(part(position, end));
  if (end < points.length) fragment.append(" …");
  return fragment;
}

function wordFrom(points, index) {
  // The next word's beginning, if there is one near: Chinese has no spaces to look for.
  const space = points.indexOf(" ", index);
  return space >= 0 && space < index + 20 ? space + 1 : index;
}
