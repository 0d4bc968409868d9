import type SignpostApi from "./index.js";
import type { SignpostEvent, SignpostEvents, SignpostLoadOptions, SignpostMessage, SignpostPrefill, SignpostState, SignpostTheme } from "./index.js";

type Handlers = { [Name in keyof SignpostEvents as `on${Capitalize<Name>}`]?: (event: SignpostEvent<Name>) => void };

export interface SignpostProps extends SignpostLoadOptions, Handlers {
  /** A signed token, or a function that gets a fresh one; null when nobody is signed in. */
  identity?: string | null | (() => string | Promise<string>);
  attributes?: Record<string, string | number | boolean | null> | null;
  tags?: string[] | null;
  messages?: SignpostMessage[] | null;
  prefill?: SignpostPrefill | null;
  consent?: boolean;
  theme?: SignpostTheme;
  onEvent?: (event: SignpostEvent) => void;
}

export function Signpost(props: SignpostProps): null;
export default Signpost;

export function useSignpost(): Omit<typeof SignpostApi, "state"> & { state: SignpostState };
