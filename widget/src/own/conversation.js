// One request of somebody the site vouches for: what was written, and room for an answer. What it
// shares with the body comes with `app`.
import { ask, wasRead } from "./calls.js";
import { dressed } from "./dressed.js";

const EVERY = 30_000;

export function conversationView(app, reference) {
  const { t, core } = app;
  const { h, press } = core.lent;
  const { day, icon, newKey, nodes, trouble } = app.parts;
  const turns = h("ol", { class: "turns" });
  const head = h("p", { class: "request", role: "status" }, t("loading"));
  const path = `/${encodeURIComponent(reference)}`;
  const id = `answer-${reference}`;
  const field = h("textarea", { id, rows: 3, maxlength: 20_000, dir: "auto", on: { input: () => { app.answers[reference] = field.value; } } });
  const wrong = h("p", { class: "error", role: "alert", hidden: true });
  const send = press("button primary", submit, t("send"));
  const form = h("div", { class: "field", hidden: true }, h("label", { for: id }, t("your_answer")), field, wrong, send);
  const node = h("div", { class: "conversation" }, head, turns, form);
  let timer = 0;
  let alive = true;
  let key = "";
  let sent = "";
  let known = -1; // how many messages stand there
  field.value = app.answers[reference] || "";
  load();

  function load() {
    clearTimeout(timer);
    ask(app, path).then(show, (failure) => {
      if (!alive) return;
      if (known < 0) head.replaceChildren(trouble(app, load));
      else timer = setTimeout(load, EVERY);
      if (failure.problem) core.emit("error", { code: failure.problem.code || "unreachable", message: failure.message });
    });
  }

  function show(found) {
    if (!alive) return;
    timer = setTimeout(load, EVERY);
    wasRead(app, reference);
    head.setAttribute("data-state", found.state);
    head.replaceChildren(h("strong", {}, h("bdi", {}, found.reference)), " ", h("span", { class: "badge" }, found.words), found.detail ? h("small", {}, found.detail) : "");
    form.hidden = false;
    if (found.messages.length === known) return;
    if (known >= 0) app.announce(t("unread", { n: found.messages.length - known }));
    known = found.messages.length;
    turns.replaceChildren(...found.messages.map(turn));
    turns.lastChild?.scrollIntoView({ block: "nearest" });
  }

  function turn(one) {
    const team = one.from === "team";
    const said = one.html ? nodes(one.html, core.config?.home_url || location.href, t) : h("p", { class: "said", dir: "auto" }, one.text);
    return h("li", { class: "turn", "data-from": one.from },
      h("p", { class: "hint" }, h("strong", {}, t(team ? "our_team" : "you")), " ", h("time", { datetime: one.at }, day(one.at, core.lang))),
      said,
      one.attachments.map((file) => h("p", { class: "hint" }, icon("page", "icon small"), h("bdi", {}, file.name))),
      team && one.attachments.length > 0 && h("p", { class: "hint" }, t("files_in_mail")));
  }

  function complain(text) {
    wrong.textContent = text;
    wrong.hidden = !text;
    field.setAttribute("aria-invalid", String(!!text));
  }

  function submit() {
    const text = field.value.trim();
    complain(text ? "" : t("please_fill"));
    if (!text) {
      field.focus();
      return;
    }
    // The same words are the same message, however often they are sent.
    if (text !== sent) key = newKey();
    sent = text;
    send.disabled = true;
    ask(app, `${path}/messages`, { message: text, idempotency_key: key }).then((found) => {
      if (field.value.trim() === text) field.value = "";
      app.answers[reference] = field.value;
      sent = "";
      send.disabled = false;
      app.announce(t("sent_title"));
      clearTimeout(timer);
      show(found);
    }, (failure) => {
      send.disabled = false;
      complain(failure.problem?.message ? `${failure.message} ${failure.problem.next || ""}` : t("not_yet"));
      core.emit("error", { code: failure.problem?.code || "not_sent", message: failure.message });
      field.focus();
    });
  }

  return {
    name: "conversation", title: t("requests"), node,
    focus: () => null,
    left: () => clearTimeout(timer),
    shown() {
      dressed(node, core.lent);
      if (known >= 0) load();
    },
    end() { alive = false; clearTimeout(timer); },
  };
}
