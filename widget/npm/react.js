"use client";
// React: <Signpost host site … /> where the page has it, `useSignpost()` for buttons and badges of your own.
import { useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import * as api from "./index.js";

const KEPT = ["identity", "attributes", "tags", "messages", "prefill", "consent", "locale", "theme"];

// What is passed along with each change of it, however often the component renders.
function useVerb(verb, value) {
  const before = useRef(undefined);
  const said = JSON.stringify(value);
  useEffect(() => {
    if (value === undefined && before.current === undefined) return;
    before.current = value;
    verb(value === undefined ? null : value);
  }, [said]);
}

// Renders nothing: the widget stands beside the page's body.
export function Signpost(props) {
  const options = {};
  for (const name of Object.keys(props)) {
    if (!KEPT.includes(name) && typeof props[name] !== "function" && props[name] !== undefined) options[name] = props[name];
  }
  const latest = useRef(props);
  useEffect(() => { latest.current = props; });
  const wanted = JSON.stringify(options);
  useEffect(() => api.mount(JSON.parse(wanted)), [wanted]);
  useEffect(() => api.on("*", (event) => {
    const { [`on${event.type[0].toUpperCase()}${event.type.slice(1)}`]: handler, onEvent } = latest.current;
    handler?.(event);
    onEvent?.(event);
  }), []);

  // A function is asked for each token; a new one in each render is still the same question.
  const { identity } = props;
  const kind = typeof identity === "function" ? "function" : identity === undefined ? "" : JSON.stringify(identity);
  const told = useRef(false);
  useEffect(() => {
    if (!kind && !told.current) return;
    told.current = true;
    api.identify(kind === "function" ? () => latest.current.identity?.() : identity ?? null);
  }, [kind]);
  useVerb(api.attributes, props.attributes);
  useVerb(api.tags, props.tags);
  useVerb(api.messages, props.messages);
  useVerb(api.prefill, props.prefill);
  useEffect(() => { if (props.consent !== undefined) api.consent(props.consent); }, [props.consent]);
  useEffect(() => { if (props.locale) api.locale(props.locale); }, [props.locale]);
  const theme = JSON.stringify(props.theme);
  useEffect(() => { if (props.theme) api.theme(props.theme); }, [theme]);
  return null;
}

// The verbs, and `state` that renders anew when it changes.
export function useSignpost() {
  const state = useSyncExternalStore(api.watch, api.state, () => api.serverState);
  return useMemo(() => ({ ...api.default, state }), [state]);
}

export default Signpost;
