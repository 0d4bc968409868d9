// Types of the Signpost widget: https://help.example.com/widget/widget.d.ts

/** What it looks like. CSS custom properties on `signpost-widget` do the same from a stylesheet. */
export interface SignpostTheme {
  mode?: "auto" | "light" | "dark";
  /** Any CSS colour; text on it and links are made readable. */
  accent?: string;
  /** `end`, `start`, `left`, `right`; with `top-` in front, at the upper edge. */
  position?: string;
  /** Pixels from the edges: one number, or "block inline". */
  offset?: number | string;
  zIndex?: number;
  /** Empty for a round button without words. */
  launcherText?: string;
  launcherIcon?: "question" | "chat" | "person" | "signpost" | "none";
  /** `none` hides it, anything else shows it. */
  launcher?: "none" | string | boolean;
}

export interface SignpostOptions extends SignpostTheme {
  /** The site's public key. */
  site: string;
  /** The help centre's address, where it is not the script's own. */
  host?: string;
  locale?: string;
  theme?: SignpostTheme;
  /** Words by language tag, over the built-in ones. */
  strings?: Record<string, Record<string, string>>;
  /** What this page is about, besides its address, title and heading. */
  context?: string;
  /** Ways to a person when the help centre cannot be reached. */
  email?: string;
  phone?: string;
  contactUrl?: string;
}

/** What is written into the contact form where it is empty. */
export interface SignpostPrefill {
  name?: string;
  email?: string;
  phone?: string;
  preferred_channel?: "email" | "phone";
  subject?: string;
  message?: string;
  category?: string;
  fields?: Record<string, string>;
}

/** What the page says of the ticket without the customer typing it; null takes one back. */
export type SignpostAttributes = Record<string, string | number | boolean | null>;

/** A line beside the launcher, shown by rule; see docs/embed/api.md#messages-by-rule. */
export interface SignpostMessage {
  /** By which it is remembered that it was closed. */
  id: string;
  /** One text, or one for each language. */
  text: string | Record<string, string>;
  /** Paths, with `*` for anything; whole addresses where they begin with `https:`. */
  page?: string | string[];
  not?: string | string[];
  /** Seconds on the page; 5 without it. */
  delay?: number;
  /** So many pages seen on this device, or a page that was visited before. */
  visited?: number | string | (number | string)[];
  /** What a click opens, as in `data-signpost-open`; the panel without it. */
  open?: string;
}

/** How things stand, as `Signpost("state")` returns it, frozen. */
export interface SignpostState {
  readonly site: string;
  readonly lang: string;
  /** The site is known. */
  readonly ready: boolean;
  readonly open: boolean;
  /** What the panel shows; empty while it is closed. */
  readonly view: string;
  /** False where the token is for another site, or was refused. */
  readonly identified: boolean;
  /** null: nobody has said anything yet. */
  readonly consent: boolean | null;
  /** Answers the customer has not seen. */
  readonly unread: number;
  readonly version: string;
}

export type SignpostVerdict = "answer" | "suggest" | "ask_human";

/** What goes with each event, besides `type` and `at`. */
export interface SignpostEvents {
  ready: { site: string; lang: string };
  open: { view: string };
  close: {};
  view: { view: "home" | "article" | "contact" | "sent" | "status" | "conversation" };
  suggest: { verdict: SignpostVerdict; count: number; query?: string; inline?: boolean };
  search: { query: string; verdict: SignpostVerdict; count: number };
  article: { slug: string; lang: string; title: string };
  solved: { slug: string; lang: string };
  rejected: { slug: string; lang: string };
  contact: { reason: string };
  human: { by: string };
  sent: { reference: string };
  status: { requests: { reference: string; state: string }[] };
  consent: { given: boolean };
  unread: { count: number };
  message: { id: string; action: "shown" | "opened" | "closed" };
  locale: { lang: string };
  error: { code: string; message: string };
  destroy: {};
}

export type SignpostEvent<Name extends keyof SignpostEvents = keyof SignpostEvents> = Readonly<
  { type: Name; at: string } & SignpostEvents[Name]
>;

export interface SignpostFunction {
  (verb: "init", options?: SignpostOptions | string): void;
  (verb: "open"): void;
  (verb: "close"): void;
  (verb: "toggle"): void;
  /** No launcher and no panel until `show`; verbs that open it still do. */
  (verb: "hide"): void;
  (verb: "show"): void;
  (verb: "search", text?: string): void;
  /** Suggestions for the page as it is now, or for what is said here. */
  (verb: "suggest", about?: string | { context?: string; heading?: string; title?: string; query?: string }): void;
  (verb: "article", slug: string, lang?: string): void;
  (verb: "contact", prefill?: SignpostPrefill): void;
  (verb: "status"): void;
  /** A signed token, or a function that gets a fresh one; null forgets it. */
  (verb: "identify", token: string | null | (() => string | Promise<string>)): void;
  (verb: "prefill", values: SignpostPrefill | null): void;
  /** Added to those said before; null forgets them. */
  (verb: "attributes", values: SignpostAttributes | null): void;
  /** In place of those said before. */
  (verb: "tags", list: string[] | null): void;
  (verb: "messages", list: SignpostMessage[] | null): void;
  (verb: "state"): SignpostState;
  (verb: "locale", tag: string, strings?: Record<string, string>): void;
  (verb: "theme", theme: SignpostTheme | "auto" | "light" | "dark"): void;
  (verb: "consent", given: boolean): void;
  /** Returns a function that ends the listening. `*` hears everything. */
  <Name extends keyof SignpostEvents>(verb: "on", name: Name, listener: (event: SignpostEvent<Name>) => void): () => void;
  (verb: "on", name: "*", listener: (event: SignpostEvent) => void): () => void;
  /** As `on`, for the first time only. */
  <Name extends keyof SignpostEvents>(verb: "once", name: Name, listener: (event: SignpostEvent<Name>) => void): () => void;
  (verb: "off", name?: keyof SignpostEvents | "*", listener?: (event: never) => void): void;
  /** Off the page for now; `init` brings it back with everything the customer has. */
  (verb: "unmount"): void;
  /** On log-out: takes everything away and forgets it. */
  (verb: "destroy"): void;
  readonly version: string;
}

declare const Signpost: SignpostFunction;
export default Signpost;

declare global {
  interface Window {
    Signpost: SignpostFunction;
  }
  interface HTMLElementTagNameMap {
    "signpost-widget": HTMLElement;
  }
}
