// The configured contact form, with what was typed and read carried over.
import { formFields } from "./fields.js";
import { icon } from "./icons.js";
import { add, h, hasWays, press, ways } from "./from_loader.js";
import { latest } from "./latest.js";
import { danger } from "./results.js";
import { told } from "./told.js";
import { newKey, packed, sending } from "./sending.js";
import { notice, trouble } from "./unreachable.js";
import { work } from "./proof_of_work.js";

const RETRY = 5000;

// `act.sent(answer, note)` is called once the ticket is stored.
export function contactView(app, reason, act) {
  const { t, core, trip, api } = app;
  const node = h("div", { class: "contact" }, h("p", { class: "wait", role: "status" }, t("loading")));
  const { draft, drafts } = app;
  let fields = null;
  let job = null;
  let timer = 0;
  let alive = true;
  let keeping = null; // says that the draft is kept
  load();

  function load() {
    clearTimeout(timer);
    api.form().then(show, () => {
      if (!alive) return;
      node.replaceChildren(trouble(app, load, { typed: draft.typed?.message || app.question }));
      timer = setTimeout(load, RETRY);
    });
  }

  function show(form) {
    if (!alive) return;
    fields = formFields(form, app, { ...core.prefill, message: core.prefill.message || app.question });
    fields.type(draft.typed || {});
    const state = h("div", { class: "state", "aria-live": "polite" });
    // By click and not by the form: a sandbox may forbid forms, and Enter in a field clicks this button too.
    const send = h("button", { type: "submit", class: "button primary large", on: { click: submit } }, t("send"));
    const who = h("p", { class: "who" });
    const alarm = h("div");
    const next = latest();
    let pause = 0;
    let asked = "\n";
    let posted = null; // the token the message went with
    keeping = h("p", { class: "hint", hidden: true }, t("draft_kept"), " ", press("text", () => { clear(); view.focus().focus(); }, t("clear")));
    const inside = h("div", {}, who, fields.node, goesAlong(app), send, keeping);
    const plain = h("form", { class: "form", novalidate: true, "aria-label": t("contact") },
      form.intro && h("p", { class: "intro" }, form.intro), alarm, inside, state,
      form.promise && h("p", { class: "hint" }, icon("clock", "icon small"), form.promise));
    node.replaceChildren(plain, ...(hasWays(core) ? [h("h3", { class: "label" }, t("other_ways")), ways(core)] : []));
    known();
    view.known = known;
    act.here();
    keep();
    fields.node.addEventListener("input", () => {
      keep();
      clearTimeout(pause);
      pause = setTimeout(look, 600);
    });
    look();
    fields.node.addEventListener("input", () => { if (core.config?.challenge) draft.work ||= work(api); }, { once: true });

    // Whether somebody in danger is writing, wherever they say so; where they did, as long as it stands there.
    function look() {
      if (!fields) return;
      fields.guess();
      const { subject, message } = fields.values();
      const text = [subject, message].join("\n");
      if (text === asked) return;
      asked = text;
      api.typing("", next(), text).then(({ urgent }) => {
        if (text !== asked) return;
        const box = danger(urgent) || "";
        if (alarm.textContent !== box.textContent) alarm.replaceChildren(box);
      }, () => {});
    }

    function known() {
      const person = app.identity();
      // What one person wrote is not shown to another who signs in here.
      if (person && draft.who && draft.who !== person.email) clear();
      draft.who = person ? person.email : draft.who;
      fields.hide(["name", "email"], !!person);
      who.hidden = !person;
      who.replaceChildren();
      if (person) who.append(icon("person"), " ", t("writing_as", { who: [person.name, person.email].filter(Boolean).join(" · ") || "✓" }));
    }

    function submit(event) {
      event.preventDefault();
      if (job) return;
      const { first } = fields.errors(fields.missing());
      if (first) {
        first.focus();
        app.announce(t("check_form"));
        return;
      }
      draft.key ||= newKey();
      busy(true);
      app.token().then((identity) => {
        if (!alive || job) return;
        if (!identity && app.identity()) {
          busy(false);
          unknown("no token");
          const { first: empty } = fields.errors(fields.missing());
          add(state, [notice("bad", h("p", {}, t("check_form")))]);
          (empty || view.focus()).focus();
          return;
        }
        posted = identity;
        go(packed({
          ...fields.values(), form: form.id, lang: core.lang, journey: trip.data(reason), time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone, identity: identity || undefined,
          ...(trip.left("told") ? {} : told(core)), started: form.started, altcha: draft.work?.proof(),
        }, fields.files(), draft.key));
      });
    }

    // Nobody vouches for the customer any more: the fields for who they are come back.
    function unknown(why) {
      app.refusedIdentity(why, posted);
      known();
      state.replaceChildren();
    }

    function clear() {
      fields.clear();
      draft.key = draft.sent = draft.who = undefined;
      drafts.forget();
      keeping.hidden = true;
    }

    function go(body) {
      if (job) return;
      busy(true);
      keep(body);
      state.replaceChildren();
      job = sending(body, api, {
        slow() {
          if (draft.sent === undefined) draft.sent = body; // It may have arrived: these bytes are what the key stands for.
          if (state.firstChild) return;
          add(state, [notice("warn",
            h("h3", {}, t("not_yet")), h("p", {}, t("not_yet_text")),
            h("p", { class: "buttons" },
              press("button", () => job?.now(), t("send_again")),
              press("text", change, t("change"))),
            hasWays(core) && h("p", {}, t("down_text")), hasWays(core) && ways(core, fields.values().message))]);
          core.emit("error", { code: "not_sent", message: "not through yet" });
          state.firstChild.scrollIntoView({ block: "nearest" });
        },
        done(answer) { finish(answer, ""); },
        refused(failure) {
          job = null;
          // The key was used: the message as it was first sent has arrived. Ask for its reference with those very bytes.
          if (failure.problem.code === "idempotency_conflict" && draft.sent) {
            const first = draft.sent;
            draft.sent = undefined;
            job = sending(first, api, { slow() {}, done: (answer) => finish(answer, t("first_version")), refused: () => busy(false) });
            return;
          }
          busy(false);
          keep();
          state.replaceChildren();
          const details = failure.problem.details || {};
          if (details.field === "identity") {
            unknown(details.reason);
            draft.key = draft.sent = undefined; // Nothing was stored: the next one is another message.
            details.errors = fields.missing();
          }
          const wrong = (details.errors || [failure.message]).map((one) => (one.field ? one : { field: details.field, message: one }));
          const { first, strange } = fields.errors(wrong);
          const words = strange || (first ? t("check_form") : failure.message);
          add(state, [notice("bad", h("p", {}, words, " ", failure.problem.next))]);
          (first || send).focus();
        },
      });
    }

    function finish(answer, note) {
      if (answer.left_out) console.warn(`Signpost: not taken: ${answer.left_out.join(", ")}`);
      job = null;
      app.draft = {};
      drafts.forget();
      fields = null;
      api.forget(); // The next message begins with a form of its own.
      act.sent(answer, note);
    }

    function change() {
      job?.stop();
      job = null;
      busy(false);
      state.replaceChildren();
      fields.row("message")?.input.focus();
    }

    function busy(on) {
      inside.inert = on;
      send.disabled = on;
      send.textContent = t(on ? "sending" : "send");
      plain.setAttribute("aria-busy", String(on));
    }
  }

  // `sent` is what was posted, while nobody knows whether it arrived.
  function keep(sent) {
    if (!fields) return;
    draft.typed = fields.typed();
    keeping.hidden = !drafts.write(draft, sent || draft.sent);
  }

  const view = {
    name: "contact", title: t("contact"), node, human: true,
    focus: () => node.querySelector("input, textarea, select"),
    filled() { fields?.fill(core.prefill); },
    left: () => keep(),
    end() { alive = false; clearTimeout(timer); job?.stop(); },
    get busy() { return !!job; },
  };
  return view;
}

// What goes along, each with a box to leave it out.
function goesAlong(app) {
  const { t, trip } = app;
  return h("details", { class: "along" }, h("summary", {}, t("along")), h("p", { class: "hint" }, t("along_text")),
    h("ul", {}, trip.parts(t).map(([name, words]) => h("li", {}, h("label", {},
      h("input", { type: "checkbox", checked: !trip.left(name), on: { change: (event) => trip.leave(name, !event.target.checked) } }), h("span", {}, words))))));
}

export function sentView(app, answer, note, act) {
  const { t, core, kept } = app;
  const box = h("div", { class: "keep" });
  const node = h("div", {}, danger(answer.urgent, act), h("div", { class: "sent", role: "status" },
    h("span", { class: "face good" }, icon("check")),
    h("h3", { tabindex: "-1" }, t("sent_title")),
    h("p", {}, answer.promise || t("sent_text")),
    h("p", { class: "reference" }, h("span", {}, t("reference")), " ", h("strong", {}, h("bdi", {}, answer.reference))),
    note && h("p", { class: "hint" }, note),
    answer.status_url && h("a", { class: "button primary", href: answer.status_url, target: "_blank", rel: "noopener noreferrer" }, t("follow"), icon("out", "icon small")),
    box));
  offer();

  function offer() {
    if (!answer.status_token) return;
    if (kept.keeps()) box.replaceChildren(h("p", { class: "hint" }, icon("check", "icon small"), t("on_device")));
    else if (core.agreed !== false) {
      box.replaceChildren(press("button", agree, t("keep_here")), h("p", { class: "hint" }, t("keep_text")));
    }
  }

  function agree() {
    core.agreed = true;
    const worked = kept.agreed();
    core.emit("consent", { given: true });
    box.replaceChildren(h("p", { class: "hint", role: "status" }, t(worked && kept.keeps() ? "on_device" : "cannot_keep")));
  }

  return { name: "sent", title: t("contact"), node, human: true, focus: () => node.querySelector("[tabindex]") };
}
