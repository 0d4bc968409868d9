import { ask, count } from "./calls.js";
import { dressed } from "./dressed.js";

// The customer's requests: those the site vouches for, from any device, and those made on this device.
// `open(reference)` shows the conversation of one that is theirs.
export function requestsView(app, open) {
  const { t, core, kept, api } = app;
  const { h, press } = core.lent;
  const { day, icon, trouble } = app.parts;
  const node = h("div", { class: "requests" });
  load();

  function load() {
    const tokens = kept.all().map((one) => one.token);
    if (!tokens.length && !core.vouched()) {
      node.replaceChildren(h("p", { class: "none" }, t("no_requests")));
      return;
    }
    node.replaceChildren(h("p", { class: "wait", role: "status" }, t("loading")));
    Promise.all([
      core.vouched() ? ask(app, "") : { requests: [] },
      tokens.length ? api.requests(tokens) : { requests: [] },
    ]).then(([mine, here]) => show(mine.requests, here.requests || [], tokens.length), () => node.replaceChildren(trouble(app, load)));
  }

  function show(mine, here, asked) {
    if (asked) kept.saw(here);
    app.mine = mine;
    const known = mine.map((one) => one.reference);
    const others = here.filter((one) => !known.includes(one.reference));
    const found = [...mine, ...others];
    core.emit("status", { requests: found.map(({ reference, state }) => ({ reference, state })) });
    count(app);
    node.replaceChildren(...[
      found.length ? h("ul", { class: "list" }, found.map((one) => h("li", {}, row(one)))) : h("p", { class: "none" }, t(core.vouched() ? "no_own" : "no_requests")),
      asked > 0 && h("p", { class: "hint" }, t("requests_text")),
      asked > 0 && press("text", forget, t("forget"))].filter(Boolean));
  }

  function row(one) {
    const inside = [h("strong", {}, h("bdi", {}, one.reference)), h("span", { class: "badge" }, one.words || one.state),
      one.badge = one.unread > 0 && h("span", { class: "badge new" }, t("unread", { n: one.unread })),
      one.subject && h("span", { class: "name", dir: "auto" }, one.subject),
      one.detail && h("small", {}, one.detail),
      h("small", {}, icon("clock", "icon small"), t("updated", { date: day(one.updated_at || one.created_at, core.lang) }))];
    // Only those of the token can be opened here: a device's own tell where they stand, no more.
    const made = "unread" in one ? press("request", () => open(one.reference), ...inside) : h("div", { class: "request" }, ...inside);
    made.setAttribute("data-state", one.state);
    return made;
  }

  function forget() {
    kept.forget();
    core.agreed = null;
    core.emit("consent", { given: false });
    load();
  }

  return { name: "status", title: t("requests"), node, focus: () => null, shown: () => dressed(node, core.lent) };
}
