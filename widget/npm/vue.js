// Vue: `app.use(createSignpost({ host, site }))`, then `useSignpost()` in components and `v-signpost` on buttons.
import { getCurrentScope, onScopeDispose, readonly, shallowRef } from "vue";
import * as api from "./index.js";

export function createSignpost(options) {
  return {
    install(app) {
      app.directive("signpost", help);
      app.config.globalProperties.$signpost = api.default;
      const end = api.mount(options);
      if (app.onUnmount) app.onUnmount(end);
    },
  };
}

// The verbs, and `state` as a ref.
export function useSignpost() {
  const state = shallowRef(api.state());
  const end = api.watch((now) => { state.value = now; });
  if (getCurrentScope()) onScopeDispose(end);
  return { ...api.default, state: readonly(state) };
}

// `v-signpost`, `v-signpost="'contact'"`: opens help, and stays the link it is where the widget is not here.
const set = (node, { value }) => node.setAttribute("data-signpost-open", value || "");
export const help = {
  mounted: set,
  updated: set,
  getSSRProps: ({ value }) => ({ "data-signpost-open": value || "" }),
};
