// The little of a browser that the modules under test ask for.
import { readFile } from "node:fs/promises";

// Sets globals, also those Node itself has as getters.
export function give(globals) {
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
}

// A Storage; `full` refuses to keep anything, as it does when its quota is used up.
export function storage({ full = false } = {}) {
  const kept = new Map();
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem(key, value) {
      if (full) throw new Error("QuotaExceededError");
      kept.set(key, String(value));
    },
    removeItem: (key) => { kept.delete(key); },
  };
}

// A module of app/static, loaded anew each time, with what it imports. From its text: those files have no package.json
// that would tell Node they are modules.
let loaded = 0;
export async function fresh(name) {
  return import(await asData(name));
}

async function asData(name) {
  let text = await readFile(new URL(`../../app/static/${name}`, import.meta.url), "utf8");
  for (const [whole, other] of text.matchAll(/from "\.\/([\w-]+\.js)"/g)) text = text.replace(whole, `from "${await asData(other)}"`);
  loaded += 1;
  return `data:text/javascript;charset=utf-8,${encodeURIComponent(text)}//${loaded}`;
}

// Lets everything that is waiting for nothing but its turn happen.
export const settled = () => new Promise((done) => { setTimeout(done); });
