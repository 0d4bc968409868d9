import type SignpostApi from "./index.js";
import type { SignpostLoadOptions, SignpostState } from "./index.js";

/** For `onMount`: begins, and returns what ends it without logging anybody out. */
export function signpost(options: SignpostLoadOptions): () => void;
export const state: { subscribe(run: (value: SignpostState) => void): () => void };
/** `use:help={"contact"}` */
export function help(node: HTMLElement, to?: string): { update(to?: string): void; destroy(): void };
declare const api: typeof SignpostApi;
export default api;
