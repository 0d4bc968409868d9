// The requests made on this device, and where each stands.
import { day } from "./article.js";
import { icon } from "./icons.js";
import { h, press } from "./from_loader.js";
import { trouble } from "./unreachable.js";

export function requestsView(app) {
  const { t, core, kept, api } = app;
  const node = h("div", { class: "requests" });
  load();

  function load() {
    const tokens = kept.all().map((one) => one.token);
    if (!tokens.length) {
      node.replaceChildren(h("p", { class: "none" }, t("no_requests")));
      return;
    }
    node.replaceChildren(h("p", { class: "wait", role: "status" }, t("loading")));
    api.requests(tokens).then((answer) => {
      const found = answer.requests || [];
      kept.prune(found.map((one) => one.token));
      core.emit("status", { requests: found.map(({ reference, state }) => ({ reference, state })) });
      node.replaceChildren(
        found.length ? h("ul", { class: "list" }, found.map((one) => h("li", { class: "request", "data-state": one.state },
          h("strong", {}, h("bdi", {}, one.reference)), h("span", { class: "badge" }, one.words || one.state),
          one.subject && h("span", { class: "name", dir: "auto" }, one.subject),
          one.detail && h("small", {}, one.detail),
          h("small", {}, icon("clock", "icon small"), t("updated", { date: day(one.updated_at || one.created_at, core.lang) }))))) : h("p", { class: "none" }, t("no_requests")),
        h("p", { class: "hint" }, t("requests_text")),
        press("text", forget, t("forget")));
    }, () => node.replaceChildren(trouble(app, load)));
  }

  function forget() {
    kept.forget();
    core.agreed = null;
    core.emit("consent", { given: false });
    load();
  }

  return { name: "status", title: t("requests"), node, focus: () => null };
}
