// Svelte: `onMount(() => signpost({ host, site }))`, the store `$state`, and `use:help={"contact"}` on buttons.
import * as api from "./index.js";

export const signpost = api.mount;

// A readable store.
export const state = {
  subscribe(run) {
    run(api.state());
    return api.watch(run);
  },
};

// Opens help, and stays the link it is where the widget is not here.
export function help(node, to = "") {
  node.setAttribute("data-signpost-open", to);
  return {
    update: (other = "") => node.setAttribute("data-signpost-open", other),
    destroy: () => node.removeAttribute("data-signpost-open"),
  };
}

export default api.default;
