import type { EnvironmentProviders, InjectionToken, Signal } from "@angular/core";
import type SignpostApi from "./index.js";
import type { SignpostLoadOptions, SignpostState } from "./index.js";

export type SignpostService = Omit<typeof SignpostApi, "state"> & { state: Signal<SignpostState> };
export const SIGNPOST: InjectionToken<SignpostService>;
export function provideSignpost(options: SignpostLoadOptions): EnvironmentProviders;
export function injectSignpost(): SignpostService;
