// When the help centre does not answer: the ways to a person that are known, and another try.
import { icon } from "./icons.js";
import { h, hasWays, press, ways } from "./from_loader.js";

// `kind` is `warn` or `bad`.
export function notice(kind, ...children) {
  return h("div", { class: `notice ${kind}` }, icon("warn"), h("div", {}, children));
}

export function trouble(app, again, { typed = "" } = {}) {
  const { t, core } = app;
  return h("div", { class: "trouble", role: "alert" },
    notice("warn", h("h3", {}, t("down_title")), typed && h("p", {}, t("kept"), " ", h("q", {}, typed)), again && press("button", again, t("again"))),
    hasWays(core) && h("h3", { class: "label" }, t("down_text")),
    hasWays(core) && ways(core, typed));
}
