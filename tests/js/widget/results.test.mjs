import assert from "node:assert/strict";
import { test } from "node:test";

import { take } from "../../../widget/src/body/from_loader.js";
import { danger } from "../../../widget/src/body/results.js";

// Elements as a tree of what they are made of.
const h = (name, props, ...children) => ({ name, props: props || {}, children: children.flat().filter(Boolean) });
take({ h, drawing: () => h("svg"), press: (className, _click, ...children) => h("button", { class: className }, ...children) });

const found = (node, wanted) => (node.children || []).flatMap((one) => [...(one.name === wanted ? [one] : []), ...found(one, wanted)]);
const urgent = {
  lang: "ar", title: "ابتعد", text: "اتصل بنا",
  channel: { label: "خط الطوارئ", value: "+31 10 555 0199", href: "tel:+31105550199" },
  article: { slug: "hot", lang: "en", title: "Hot or smoking" },
};

test("the number to call keeps its order in a line from right to left", () => {
  const [link] = found(danger(urgent), "a");
  assert.deepEqual(link.children, ["خط الطوارئ", " ", h("bdi", {}, "+31 10 555 0199")]);
  const [plain] = found(danger({ ...urgent, channel: { label: "اكتب لنا", value: "" } }), "p").filter((one) => one.props.class === "button");
  assert.deepEqual(plain.children, ["اكتب لنا", " "], "a channel without a value leaves no empty element");
});

test("the article it names runs its own way and says its language", () => {
  const [button] = found(danger(urgent, { open() {} }), "button");
  assert.deepEqual(button.children, [h("span", { lang: "en", dir: "auto" }, "Hot or smoking")]);
});
