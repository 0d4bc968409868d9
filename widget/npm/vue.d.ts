import type { Directive, Plugin, ShallowRef } from "vue";
import type SignpostApi from "./index.js";
import type { SignpostLoadOptions, SignpostState } from "./index.js";

export function createSignpost(options: SignpostLoadOptions): Plugin;
export function useSignpost(): Omit<typeof SignpostApi, "state"> & { state: Readonly<ShallowRef<SignpostState>> };
export const help: Directive<HTMLElement, string | undefined>;

declare module "vue" {
  interface ComponentCustomProperties {
    $signpost: typeof SignpostApi;
  }
}
