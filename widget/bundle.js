// Makes `built` of `src`: `make widget`, or `node bundle.js [folder]`. What it makes is committed, so that set-up needs
// no Node; a test holds it against the sources. Same sources, same bytes, on every machine.
import { createHash } from "node:crypto";
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const SOURCES = join(HERE, "src");
// Where the oldest browsers stand that docs/embed/quality.md names.
const TARGET = ["chrome88", "firefox101", "safari16.4"];
// They all know `?.`, only Chrome before 91 fails where such a call spreads its arguments (v8.dev/issue/11558), so esbuild
// would write every one of them out. None of ours does (tests/widget/test_build.py).
const SUPPORTED = { "optional-chain": true };
// Browsers that know it (Chrome from 136 on, v8.dev/blog/explicit-compile-hints) compile everything while it arrives, in
// another thread, instead of each function on the page's own when it is called first: 3.5 ms of script instead of 5.3.
const HINT = "//# allFunctionsCalledOnLoad\n";
// The words that are needed when nothing but the loader is there.
const FIRST = ["launcher", "close", "down_title", "down_text", "contact_page", "email", "phone"];

const minifiedCss = {
  name: "minified css",
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, "utf8"), { loader: "css", minify: true, charset: "utf8", target: TARGET });
      // esbuild keeps the space in front of a custom property's value.
      return { contents: code.trim().replace(/(--[\w-]+): /g, "$1:"), loader: "text" };
    });
  },
};

async function bundled(entry, define = {}) {
  const { outputFiles } = await build({
    entryPoints: [join(SOURCES, entry)], define, bundle: true, write: false, format: "esm", minify: true, charset: "utf8",
    target: TARGET, supported: SUPPORTED, plugins: [minifiedCss], legalComments: "none", logLevel: "error",
  });
  return outputFiles[0].text;
}

async function words() {
  const found = {};
  for (const name of (await readdir(join(SOURCES, "strings"))).sort()) {
    found[basename(name, ".json")] = JSON.parse(await readFile(join(SOURCES, "strings", name), "utf8"));
  }
  return found;
}

// Every page pays for these: of the languages that a site has to switch on, the loader brings the launcher's word only.
const WHOLE = ["en", "tr", "zh-Hant", "zh-Hans"];

function first(lang, texts) {
  return (WHOLE.includes(lang) ? FIRST : FIRST.slice(0, 1)).map((name) => texts[name]);
}

// The English words stay whole: whoever translates begins with them.
function withoutFirst(lang, texts) {
  return lang === "en" || !WHOLE.includes(lang) ? texts : Object.fromEntries(Object.entries(texts).filter(([name]) => !FIRST.includes(name)));
}

function hash(algorithm, text) {
  return createHash(algorithm).update(text);
}

async function make() {
  const languages = await words();
  const integrity = (text) => JSON.stringify(`sha256-${hash("sha256", text).digest("base64")}`);
  const own = HINT + (await bundled("own/own.js"));
  const more = HINT + (await bundled("more/more.js"));
  const body = HINT + (await bundled("body/body.js", { OWN_INTEGRITY: integrity(own) }));
  const loaders = async (version) => {
    const define = {
      VERSION: JSON.stringify(version),
      BODY_INTEGRITY: integrity(body),
      MORE_INTEGRITY: integrity(more),
      FIRST_WORDS: JSON.stringify([FIRST, Object.fromEntries(Object.entries(languages).map(([lang, texts]) => [lang, first(lang, texts)]))]),
    };
    const script = (await bundled("loader/script.js", define)).trim();
    return {
      // The server looks for this end, and puts what it knows of its sites there (`app/widget/asset_releases.py`).
      "loader.js": `${HINT}(function(SITES){"use strict";${script}})([]);\n`,
      "loader.mjs": HINT + (await bundled("loader/module.js", define)),
    };
  };
  const files = { "body.js": body, "more.js": more, "own.js": own };
  for (const [lang, texts] of Object.entries(languages)) files[`strings/${lang}.json`] = JSON.stringify(withoutFirst(lang, texts));
  // Named after everything in the release; it cannot be named after its own name, so that is empty here.
  const named = Object.values({ ...files, ...(await loaders("")) }).join("\0");
  const version = hash("sha256", named).digest("hex").slice(0, 16);
  return { ...files, ...(await loaders(version)), "manifest.json": `${JSON.stringify({ version })}\n` };
}

// The package's types are the widget's.
if (!argv[2]) await copyFile(join(HERE, "widget.d.ts"), join(HERE, "npm", "widget.d.ts"));
const folder = argv[2] || join(HERE, "built");
const files = await make();
await rm(folder, { recursive: true, force: true });
for (const [name, text] of Object.entries(files)) {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), text);
}
