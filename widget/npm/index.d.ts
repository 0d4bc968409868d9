import type { SignpostEvent, SignpostEvents, SignpostFunction, SignpostMessage, SignpostOptions, SignpostPrefill, SignpostState, SignpostTheme } from "./widget.js";

export type * from "./widget.js";

export interface SignpostLoadOptions extends Partial<SignpostOptions> {
  /** The site's public key. */
  site: string;
  /** The help centre's address, like `https://help.example.com`. Leave it out where the page has the script itself. */
  host?: string;
  /** For pages whose policy asks for one. */
  nonce?: string;
  /** A release to stay with, and its hash, as the playground of the help centre shows them. */
  version?: string;
  integrity?: string;
}

/** Resolves with whether the help centre's script came; never rejects. */
export function init(options?: SignpostLoadOptions | { site?: string }): Promise<boolean>;
/** Begins; returns what ends it without logging anybody out. */
export function mount(options: SignpostLoadOptions): () => void;
export function open(): void;
export function close(): void;
export function toggle(): void;
export function hide(): void;
export function show(): void;
export function search(text?: string): void;
export function suggest(about?: string | { context?: string; heading?: string; title?: string; query?: string }): void;
export function article(slug: string, lang?: string): void;
export function contact(values?: SignpostPrefill): void;
export function status(): void;
export function identify(token: string | null | (() => string | Promise<string>)): void;
export function prefill(values: SignpostPrefill | null): void;
export function attributes(values: Record<string, string | number | boolean | null> | null): void;
export function tags(list: string[] | null): void;
export function messages(list: SignpostMessage[] | null): void;
export function locale(tag: string, words?: Record<string, string>): void;
export function theme(values: SignpostTheme | "auto" | "light" | "dark"): void;
export function consent(given: boolean): void;
export function on<Name extends keyof SignpostEvents>(name: Name, listener: (event: SignpostEvent<Name>) => void): () => void;
export function on(name: "*", listener: (event: SignpostEvent) => void): () => void;
export function once<Name extends keyof SignpostEvents>(name: Name, listener: (event: SignpostEvent<Name>) => void): () => void;
export function state(): SignpostState;
/** Calls `changed` after every change of `state`; returns what ends it. */
export function watch(changed: (state: SignpostState) => void): () => void;
/** Off the page, for now: nothing is forgotten. */
export function unmount(): void;
/** On log-out: takes everything away and forgets it. */
export function destroy(): void;
export const serverState: SignpostState;

declare const Signpost: {
  init: typeof init; mount: typeof mount; open: typeof open; close: typeof close; toggle: typeof toggle; hide: typeof hide;
  show: typeof show; search: typeof search; suggest: typeof suggest; article: typeof article; contact: typeof contact;
  status: typeof status; identify: typeof identify; prefill: typeof prefill; attributes: typeof attributes; tags: typeof tags;
  messages: typeof messages; locale: typeof locale; theme: typeof theme; consent: typeof consent; on: typeof on;
  once: typeof once; state: typeof state; watch: typeof watch; unmount: typeof unmount; destroy: typeof destroy;
};
export default Signpost;
