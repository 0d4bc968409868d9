// Content tabs of an article. Without this file all panels stand one below the other, each below its title, as they do
// on paper; so every word is there, is found by the page's search and is read out in order.

export function contentTabs(root) {
  root.querySelectorAll(".tabbed-set").forEach((set, number) => { build(set, `tabs-${number + 1}`); });
  const reveal = () => {
    let id = "";
    try { id = decodeURIComponent(window.location.hash.slice(1)); } catch { return; }
    const target = id && document.getElementById(id);
    if (!target || !root.contains(target)) return;
    let hidden = false;
    for (let block = target.closest(".tabbed-block"); block; block = block.parentElement.closest(".tabbed-block")) {
      const tab = document.getElementById(block.getAttribute("aria-labelledby"));
      if (tab && tab.getAttribute("aria-selected") === "false") { tab.click(); hidden = true; }
    }
    if (hidden) target.scrollIntoView();
  };
  window.addEventListener("hashchange", reveal);
  reveal();
}

function build(set, id) {
  const panels = [...set.querySelectorAll(":scope > .tabbed-block")];
  if (panels.length < 2) return;
  const list = document.createElement("div");
  list.className = "tabbed-list";
  list.setAttribute("role", "tablist");
  const tabs = panels.map((panel, at) => {
    const tab = document.createElement("button");
    tab.type = "button";
    tab.className = "tabbed-tab";
    tab.id = `${id}-${at + 1}`;
    tab.setAttribute("role", "tab");
    tab.textContent = panel.querySelector(":scope > .tabbed-title")?.textContent || String(at + 1);
    panel.id ||= `${tab.id}-panel`;
    tab.setAttribute("aria-controls", panel.id);
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", tab.id);
    panel.tabIndex = 0;
    tab.addEventListener("click", () => show(at));
    list.append(tab);
    return tab;
  });
  function show(chosen) {
    tabs.forEach((tab, at) => {
      tab.setAttribute("aria-selected", String(at === chosen));
      tab.tabIndex = at === chosen ? 0 : -1;
      panels[at].toggleAttribute("data-shown", at === chosen);
    });
  }
  list.addEventListener("keydown", (event) => {
    const at = tabs.indexOf(event.target);
    const onwards = getComputedStyle(set).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
    const back = onwards === "ArrowRight" ? "ArrowLeft" : "ArrowRight";
    const to = { [onwards]: at + 1, [back]: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    const next = (to + tabs.length) % tabs.length;
    show(next);
    tabs[next].focus();
  });
  set.prepend(list);
  set.dataset.ready = "";
  show(0);
}
