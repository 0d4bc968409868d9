// Angular: `provideSignpost({ host, site })` among the application's providers, `injectSignpost()` where it is used.
// Functions and tokens only, so that no compiler of Angular's has to have seen this package.
import { DestroyRef, ENVIRONMENT_INITIALIZER, InjectionToken, inject, makeEnvironmentProviders, signal } from "@angular/core";
import * as api from "./index.js";

export const SIGNPOST = new InjectionToken("Signpost", {
  providedIn: "root",
  factory() {
    const state = signal(api.state());
    const end = api.watch((now) => state.set(now));
    inject(DestroyRef).onDestroy(end);
    return { ...api.default, state: state.asReadonly() };
  },
});

export function provideSignpost(options) {
  return makeEnvironmentProviders([{
    provide: ENVIRONMENT_INITIALIZER,
    multi: true,
    useValue: () => inject(DestroyRef).onDestroy(api.mount(options)),
  }]);
}

// The verbs, and `state` as a signal.
export function injectSignpost() {
  return inject(SIGNPOST);
}
